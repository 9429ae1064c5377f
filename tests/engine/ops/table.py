"""The test table of the ops: draws inputs from the samples an op declares and runs graphs of ops on the machine."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from engine.differentiate import differentiate
from engine.graph import Graph, Value
from engine.machine.run import Runner
from engine.ops import REGISTRY, Op
from engine.ops.samples import Sample
from engine.program import Program

FACTOR = 43  # enlarged sizes are no multiples of 64 and span several blocks
SIZE_ATTRIBUTES = {"classes", "rows", "total", "shape", "sizes"}
COLUMN_ATTRIBUTES = {"start", "stop"}  # columns in "slice" and "pad", dimensions elsewhere
Build = Callable[..., Sequence[Value]]


@dataclass(frozen=True)
class Case:
    """One sample of one op, as declared or enlarged."""

    op: Op
    samples: tuple[Sample, ...]
    attrs: dict[str, Any]
    name: str

    @property
    def integer(self) -> tuple[bool, ...]:
        """Which inputs are whole numbers."""
        return tuple(sample.kind == "labels" for sample in self.samples)

    @property
    def derived(self) -> tuple[bool, ...]:
        """Which inputs are made from another one, and so cannot be moved alone."""
        return tuple(sample.kind == "maximum of 1" for sample in self.samples)

    def rng(self, salt: int = 0) -> np.random.Generator:
        """A generator of this case's own."""
        return np.random.default_rng([zlib.crc32(self.name.encode()), salt])

    def arrays(self, dtype: str = "float64", salt: int = 0) -> list[np.ndarray]:
        """Fresh inputs; floats are exact in `dtype`."""
        rng = self.rng(salt)
        return self.derive([draw(sample, rng, dtype) for sample in self.samples])

    def derive(self, arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
        """The inputs with derived ones made anew."""
        return [
            arrays[1].max(-1, keepdims=True) if sample.kind == "maximum of 1" else array
            for sample, array in zip(self.samples, arrays, strict=True)
        ]

    def build(self, graph: Graph, *inputs: Value) -> Sequence[Value]:
        """The op itself, as a list of outputs."""
        return as_list(graph.apply(self.op, *inputs, **self.attrs))

    def expansion(self, graph: Graph, *inputs: Value) -> Sequence[Value]:
        """The op's expansion, as a list of outputs."""
        return as_list(self.op.expand(graph, *inputs, **self.attrs))

    def reference(self, arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
        """What NumPy or SciPy gives, in float64."""
        exact = [array if array.dtype == np.int64 else array.astype(np.float64) for array in arrays]
        return [np.asarray(result) for result in as_list(self.op.reference(*exact, **self.attrs))]


def as_list(value: Any) -> list[Any]:
    """One output or several, as a list."""
    return list(value) if isinstance(value, tuple | list) else [value]


def declared() -> list[Case]:
    """Every sample of every op."""
    return [_case(op, sample, i) for op in REGISTRY.values() for i, sample in enumerate(op.samples)]


def enlarged() -> list[Case]:
    """The first sample of every op, every size above 1 times `FACTOR`; or what the sample names as `large` itself."""
    given = {op.name: op.samples[0].get("large") for op in REGISTRY.values() if op.samples}
    return [
        _enlarge(case) if given[case.op.name] is None else _case(case.op, given[case.op.name], "large")
        for case in declared()
        if case.name.endswith("-0")
    ]


def _case(op: Op, sample: dict[str, Any], name: object) -> Case:
    return Case(op, tuple(sample["inputs"]), sample.get("attrs", {}), f"{op.name}-{name}")


def params(cases: Sequence[Case]) -> list[Any]:
    """Cases for pytest.mark.parametrize."""
    return [pytest.param(case, id=case.name) for case in cases]


def differentiable(cases: Sequence[Case]) -> list[Case]:
    """Those with a gradient and something to take it by."""
    return [case for case in cases if case.op.differentiable and not all(case.integer)]


def _enlarge(case: Case) -> Case:
    samples = tuple(Sample(s.kind, tuple(map(_larger, s.shape)), _larger(s.high), s.low) for s in case.samples)
    columns = COLUMN_ATTRIBUTES if case.op.name in ("slice", "pad") else set()
    attrs = {k: _larger(v) if k in SIZE_ATTRIBUTES | columns else v for k, v in case.attrs.items()}
    return Case(case.op, samples, attrs, f"{case.op.name}-large")


def _larger(size: Any) -> Any:
    if isinstance(size, tuple):
        return tuple(map(_larger, size))
    return FACTOR * size if size > 1 else size


def draw(sample: Sample, rng: np.random.Generator, dtype: str = "float64") -> np.ndarray:
    """An array as `sample` describes it. Raises KeyError for an unknown kind."""
    shape = sample.shape
    if sample.kind == "labels":
        return rng.integers(sample.low, sample.high, shape)
    draws: dict[str, Callable[[], np.ndarray]] = {
        "normal": lambda: rng.standard_normal(shape),
        "away": lambda: rng.choice([-1.0, 1.0], shape) * (0.1 + np.abs(rng.standard_normal(shape))),
        "positive": lambda: rng.uniform(0.2, 3.0, shape),
        "unit": lambda: rng.uniform(0.05, 0.95, shape),
        "large": lambda: 30.0 * rng.standard_normal(shape),
        "above one": lambda: rng.uniform(1.2, 4.0, shape),
        "steps": lambda: rng.integers(-1, 2, shape),
        "spread": lambda: _spread(rng, shape),
        "weights": lambda: rng.standard_normal(shape) / (2 * np.sqrt(shape[0])),
        "maximum of 1": lambda: np.zeros(shape),
    }
    return np.asarray(draws[sample.kind]()).astype(dtype).reshape(shape)


def _spread(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    size = int(np.prod(shape))
    return (rng.permutation(size) - size / 2).reshape(shape) * 0.15


class Machine:
    """A graph made by `build(graph, *inputs)`, ready to be called with arrays; gives copies of the built values."""

    def __init__(self, build: Build, like: Sequence[np.ndarray], dtype: str = "float64", workers: int = 1) -> None:
        graph = Graph()
        self.inputs = [
            graph.source(array.shape, "data", dtype="int" if array.dtype == np.int64 else "float") for array in like
        ]
        self.outputs = list(build(graph, *self.inputs))
        self.program = Program(dtype, workers)
        self.program.place([*self.inputs, *(value for value in self.outputs if value.call is None)])
        self.program.finish(graph)
        self.runner = Runner(self.program.arena, self.program.ints, self.program.table, workers)

    def __call__(self, arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
        for value, array in zip(self.inputs, arrays, strict=True):
            self.program.fill(value, np.asarray(array))
        self.runner.rows(0, len(self.program.calls))
        return [self.program.view(value).copy() for value in self.outputs]


def run(build: Build, arrays: Sequence[np.ndarray], dtype: str = "float64", workers: int = 1) -> list[np.ndarray]:
    """Values that `build` makes out of `arrays`."""
    return Machine(build, arrays, dtype, workers)(arrays)


def weighted(graph: Graph, outputs: Sequence[Value], weights: Sequence[Value], curved: bool = False) -> Value:
    """Σ w·y over all outputs but whole numbers (y + y²/2 in place of y if `curved`): depends on everything."""
    total = None
    for y, w in zip(outputs, weights, strict=True):
        if y.dtype == "int":
            continue
        y = graph.add(y, graph.scale(graph.square(y), factor=0.5)) if curved else y
        term = graph.sum(graph.mul(y, w))
        total = term if total is None else graph.add(total, term)
    return total


def gradients_of(build: Build, count: int, moved: Sequence[bool], curved: bool = False) -> Build:
    """Builds [total, gradient of each moved input] for `count` inputs followed by one weight per output."""

    def build_all(graph: Graph, *values: Value) -> list[Value]:
        inputs, weights = values[:count], values[count:]
        total = weighted(graph, build(graph, *inputs), weights, curved)
        wrt = [value for value, move in zip(inputs, moved, strict=True) if move]
        found = differentiate(graph, total, wrt)
        filled = [graph.zeros(shape=v.shape) if g is None else g for v, g in zip(wrt, found, strict=True)]
        return [total, *filled]

    return build_all


def random_weights(case: Case, arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
    """A weight array for each output of the case."""
    rng = case.rng(99)
    return [rng.standard_normal(result.shape) for result in case.reference(arrays)]
