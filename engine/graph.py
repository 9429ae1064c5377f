"""The graph of typed values (SSA: every value has a shape, a dtype and one producer), and its builder."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from engine.ops import REGISTRY, Op

Shape = tuple[int, ...]
Phase = Literal["forward", "backward", "update"]
Kind = Literal["computed", "parameter", "data", "constant", "state", "clock"]


@dataclass(eq=False, slots=True)
class Value:
    """A tensor. `dtype` "float" is the session's floating type, "int" is int64; `data` fills constants."""

    shape: Shape
    dtype: Literal["float", "int"] = "float"
    kind: Kind = "computed"
    name: str = ""
    call: Call | None = None
    data: Any = None

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)


@dataclass(eq=False, slots=True)
class Call:
    """One use of an op: inputs → outputs, for layer `layer` in phase `phase`.

    `origin` is the label of the forward op that a call of the backward pass belongs to.
    """

    op: Op
    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]
    attrs: dict[str, Any]
    layer: str
    phase: Phase
    origin: str = ""


@dataclass
class Graph:
    """Calls in an order in which they can run. `graph.tanh(x)` appends a call of op "tanh" and returns its output."""

    calls: list[Call] = field(default_factory=list)
    sources: list[Value] = field(default_factory=list)
    names: dict[str, Value] = field(default_factory=dict)
    layer: str = ""
    phase: Phase = "forward"
    origin: str = ""
    _clock: Value | None = None

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("__") or name not in REGISTRY:
            raise AttributeError(f"there is no op {name!r}")
        op = REGISTRY[name]
        return lambda *inputs, **attrs: self.apply(op, *inputs, **attrs)

    def apply(self, op: Op, *inputs: Value, **attrs: Any) -> Any:
        """Append a call; returns its output, a tuple where the op has several. Raises ShapeError."""
        shapes = op.shapes(*(value.shape for value in inputs), **attrs)
        shapes = shapes if isinstance(shapes, list) else [shapes]
        alias: Literal["float", "int"] = inputs[0].dtype if op.kernel is None else "float"
        outputs = tuple(
            Value(shape, "int" if name in op.integer else alias) for name, shape in zip(op.outputs, shapes, strict=True)
        )
        call = Call(op, inputs, outputs, attrs, self.layer, self.phase, self.origin or op.label)
        for value in outputs:
            value.call = call
        self.calls.append(call)
        return outputs[0] if len(outputs) == 1 else outputs

    def source(self, shape: Shape, kind: Kind, name: str = "", dtype: Literal["float", "int"] = "float",
               data: Any = None) -> Value:  # fmt: skip
        """A value that no call makes."""
        value = Value(shape, dtype, kind, name, None, data)
        self.sources.append(value)
        if name:
            self.names[name] = value
        return value

    def clock(self) -> Value:
        """The number of the step, int (1,): what random numbers and schedules depend on."""
        if self._clock is None:
            self._clock = self.source((1,), "clock", dtype="int")
        return self._clock

    def constant(self, number: float, shape: Shape = ()) -> Value:
        """A value filled with `number`."""
        return self.source(shape, "constant", data=number)

    def name(self, value: Value, name: str) -> Value:
        """Give `value` a name by which it can be found; the first name it gets stays with it."""
        self.names[name] = value
        value.name = value.name or name
        return value

    def sum_to(self, value: Value, shape: Shape) -> Value:
        """Undo a broadcast: sum `value` over the dimensions in which `shape` was repeated."""
        if value.shape == shape:
            return value
        extra = len(value.shape) - len(shape)
        if extra:
            value = self.sum(value, start=0, stop=extra)
        for axis, size in enumerate(shape):
            if size == 1 and value.shape[axis] != 1:
                value = self.sum(value, start=axis, stop=axis + 1)
                value = self.reshape(value, shape=(*value.shape[:axis], 1, *value.shape[axis:]))
        return value

    def prune(self, wanted: Iterable[Value]) -> None:
        """Drop calls that lead neither to `wanted` values nor overwrite anything."""
        needed = {id(value) for value in wanted}
        kept = []
        for call in reversed(self.calls):
            if call.op.mutates or any(id(value) in needed for value in call.outputs):
                kept.append(call)
                needed.update(id(value) for value in call.inputs)
        self.calls = kept[::-1]
        alive = {id(value) for call in self.calls for value in (*call.inputs, *call.outputs)} | needed
        self.names = {name: value for name, value in self.names.items() if id(value) in alive}
