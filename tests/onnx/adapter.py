"""ONNX models as graphs of the engine's ops.

Every tensor of a model is a float value of the graph: booleans are 0 and 1, integers whole numbers; `dtypes` keeps what
ONNX calls them. `MAPPINGS` holds one small function for each ONNX operator. What decides shapes (axes, sizes, pads,
trip counts …) is read when the graph is built: from constants, from inputs, or by running the graph built so far.
Results come from the engine's ops alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engine.graph import Graph, Value
from engine.machine.run import Runner
from engine.program import Program

Mapping = Callable[..., Any]
MAPPINGS: dict[str, tuple[Mapping, Any]] = {}
EXACT = ("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
SINGLE = ("float16", "bfloat16", "float32")  # computed in float32
DEEPEST = 5  # dimensions that the engine broadcasts in one go
SMALLEST, HIGHEST = -(2**63), 2**63 - 1


class Unsupported(Exception):
    """The model needs what the engine does not have; `rule` is "operator", "element type" or "attribute"."""

    def __init__(self, rule: str, what: str) -> None:
        super().__init__(f"{rule}: {what}")
        self.rule, self.what = rule, what


@dataclass
class Node:
    """One operation of a model: attributes as Python values, which outputs are asked for, whether it is the whole
    model, and what is known around it."""

    op: str
    attrs: dict[str, Any]
    wanted: list[bool]
    opset: int
    alone: bool = False
    scope: dict[str, Any] = field(default_factory=dict)

    def get(self, name: str, default: Any = None) -> Any:
        """Attribute `name`."""
        return self.attrs.get(name, default)


def maps(*names: str, gives: Any = None) -> Callable[[Mapping], Mapping]:
    """Enter `mapping(g, node, *inputs)` for operators; `gives`: type of the results (None: that of the first input)."""

    def enter(mapping: Mapping) -> Mapping:
        for name in names:
            if name in MAPPINGS:
                raise ValueError(f"{name} is mapped twice")
            MAPPINGS[name] = mapping, None if gives is None else np.dtype(gives)
        return mapping

    return enter


def read(dtype: Any) -> np.dtype:
    """`dtype`, if the engine can stand for it. Raises Unsupported."""
    dtype = np.dtype(dtype)
    if dtype.name not in (*EXACT, *SINGLE, "float64"):
        raise Unsupported("element type", "strings" if dtype.name in ("object", "str") else dtype.name)
    return dtype


@dataclass
class Adapter(Graph):
    """A graph that knows the ONNX types of its values and the numbers that are known while it is built."""

    precision: str = "float32"
    dtypes: dict[int, np.dtype] = field(default_factory=dict)
    arrays: dict[int, np.ndarray] = field(default_factory=dict)

    def given(self, array: Any, dtype: Any = None) -> Value:
        """A value whose numbers are known."""
        array = np.asarray(array, dtype)
        value = self.source(array.shape, "data")
        self.dtypes[id(value)], self.arrays[id(value)] = read(array.dtype), array
        return value

    def places(self, numbers: Any) -> Value:
        """Integers for ops that take row numbers; they follow from shapes and attributes alone."""
        array = np.asarray(numbers, np.int64)
        value = self.source(array.shape, "data", dtype="int")
        self.arrays[id(value)] = array
        return value

    def dtype_of(self, value: Value) -> np.dtype:
        """What ONNX calls the elements."""
        return self.dtypes[id(value)]

    def is_whole(self, value: Value) -> bool:
        """Whether the elements are integers."""
        return self.dtype_of(value).kind in "iu"

    def typed(self, value: Value, dtype: Any) -> Value:
        """`value` under the type `dtype`."""
        value = self.reshape(value, shape=value.shape)
        self.dtypes[id(value)] = read(dtype)
        return value

    def known(self, value: Value) -> np.ndarray:
        """The numbers of `value`: as given, or as the graph built so far computes them."""
        if id(value) not in self.arrays:
            (array,) = run(self, [value])
            dtype = self.dtypes.get(id(value), np.dtype(self.precision))
            self.arrays[id(value)] = np.rint(array).astype(dtype) if dtype.kind in "iub" else array
        return self.arrays[id(value)]

    def ints(self, value: Value) -> list[int]:
        """The numbers of `value` as Python integers."""
        return [int(number) for number in self.known(value).reshape(-1)]

    def pair(self, op: str, x: Value, y: Value) -> Value:
        """Binary op `op` under broadcasting, of any number of dimensions."""
        if max(len(x.shape), len(y.shape)) > DEEPEST:
            shape = np.broadcast_shapes(x.shape, y.shape)
            x, y = self.spread(x, shape), self.spread(y, shape)
        return getattr(self, op)(x, y)

    def spread(self, x: Value, shape: Sequence[int]) -> Value:
        """`x` broadcast to `shape`."""
        shape = tuple(shape)
        sizes = (1,) * (len(shape) - len(x.shape)) + x.shape
        if sizes == shape:
            return self.reshape(x, shape=shape) if x.shape != shape else x
        axis = 0
        while axis < len(shape):
            stop = axis
            while stop < len(shape) and sizes[stop] == 1 != shape[stop]:
                stop += 1
            if stop > axis:
                x = self.reshape(x, shape=sizes[:axis] + sizes[stop:])
                x = self.repeat(x, start=axis, sizes=shape[axis:stop])
                sizes = sizes[:axis] + shape[axis:stop] + sizes[stop:]
            axis = max(stop, axis + 1)
        return x

    def number(self, value: float) -> Value:
        """One number, to be broadcast."""
        return self.constant(float(value))

    def flat(self, x: Value) -> Value:
        """All elements in one row."""
        return self.reshape(x, shape=(x.size,))

    def moved(self, x: Value, axes: Sequence[int]) -> Value:
        """`x` with its dimensions in the order `axes`."""
        axes = tuple(int(axis) for axis in axes)
        return x if axes == tuple(range(len(axes))) else self.transpose(x, axes=axes)

    def lower(self, x: Value, y: Value) -> Value:
        """The smaller of two numbers."""
        return self.neg(self.pair("maximum", self.neg(x), self.neg(y)))

    def between(self, x: Value, low: float, high: float) -> Value:
        """`x` cut off at `low` and `high`."""
        return self.lower(self.maximum(x, self.number(low)), self.number(high))

    def negated(self, flag: Value) -> Value:
        """1 − flag."""
        return self.sub(self.number(1), flag)

    def choose(self, flag: Value, x: Value, y: Value) -> Value:
        """`x` where `flag` is set, else `y`, broadcast."""
        shape = np.broadcast_shapes(flag.shape, x.shape, y.shape)
        return self.where(*(self.spread(value, shape) for value in (flag, x, y)))

    def truncated(self, x: Value) -> Value:
        """Rounded toward 0."""
        return self.floating(self.whole(x))

    def wrapped(self, t: Value, size: int) -> Value:
        """Indices that count from the end when negative, as whole numbers from 0 on."""
        return self.add(t, self.scale(self.less(t, self.number(0)), factor=float(size)))

    def take(self, x: Value, indices: Any, axis: int) -> Value:
        """Elements of `x` along `axis` at places that are known when the graph is built."""
        indices = np.asarray(indices, np.int64).reshape(-1)
        outer, inner = math.prod(x.shape[:axis]), math.prod(x.shape[axis + 1 :])
        rows = self.reshape(x, shape=(outer * x.shape[axis], inner))
        picked = self.gather_rows(rows, self.places((np.arange(outer)[:, None] * x.shape[axis] + indices).reshape(-1)))
        return self.reshape(picked, shape=(*x.shape[:axis], indices.size, *x.shape[axis + 1 :]))

    def cut(self, x: Value, axis: int, start: int, stop: int) -> Value:
        """`x` from `start` to `stop` along `axis`."""
        if (start, stop) == (0, x.shape[axis]):
            return x
        shape = (*x.shape[:axis], stop - start, *x.shape[axis + 1 :])
        outer, inner = math.prod(x.shape[:axis]), math.prod(x.shape[axis + 1 :])
        if 0 in shape:
            return self.zeros(shape=shape)
        rows = self.reshape(x, shape=(outer, x.shape[axis] * inner))
        return self.reshape(self.slice(rows, start=start * inner, stop=stop * inner), shape=shape)

    def joined(self, parts: Sequence[Value], axis: int) -> Value:
        """Values one behind the other along `axis`."""
        full = [part for part in parts if part.size] or list(parts)[:1]
        first, total = full[0], full[0].shape[axis]
        outer = math.prod(first.shape[:axis])
        rows = [self.reshape(part, shape=(outer, part.size // outer)) for part in full] if first.size else full
        result = rows[0]
        for part, row in zip(full[1:], rows[1:], strict=True):
            result, total = self.concat(result, row), total + part.shape[axis]
        return self.reshape(result, shape=(*first.shape[:axis], total, *first.shape[axis + 1 :]))


def run(graph: Adapter, wanted: Sequence[Value]) -> list[np.ndarray]:
    """The numbers of `wanted`, computed by the engine."""
    needed = Graph(list(graph.calls), graph.sources)
    needed.prune(wanted)
    program = Program(graph.precision, 1)
    program.place(value for value in wanted if value.call is None)
    program.finish(needed)
    for value in graph.sources:
        if id(value) in graph.arrays and id(value) in program.offsets:
            array = graph.arrays[id(value)]
            program.fill(value, array if value.dtype == "int" else array.astype(graph.precision))
    Runner(program.arena, program.ints, program.table, 1).rows(0, len(program.calls))
    return [program.view(value).copy() for value in wanted]
