"""The rows of a program as people read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.graph import Call, Phase, Value


@dataclass(frozen=True)
class Instruction:
    """Row `index` of the program: op `op` of layer `layer`. `inputs`, `outputs`: value names ("" where it has none).

    `origin` is the forward op to whose gradient a backward instruction belongs.
    """

    index: int
    phase: Phase
    layer: str
    op: str
    title: str
    formula: str
    derivative: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    input_shapes: tuple[tuple[int, ...], ...]
    output_shapes: tuple[tuple[int, ...], ...]
    flops: int
    origin: str = ""


def instructions_of(calls: list[Call], views: Sequence[Call] = ()) -> tuple[Instruction, ...]:
    """One Instruction for each call of a program.

    `views`: calls among which those without a kernel tell under which other names the same numbers go.
    """
    called = _called(views)
    return tuple(_instruction(index, call, called) for index, call in enumerate(calls))


def _called(calls: Sequence[Call]) -> dict[int, str]:
    """Value (its id) → the name of a view of it, or of what it is a view of, where it has none of its own."""
    pairs = [
        (call.inputs[0], value)
        for call in calls if call.op.kernel is None
        for value in call.outputs if value.size == call.inputs[0].size
    ]  # fmt: skip
    found: dict[int, str] = {}
    both = [*((whole, view) for whole, view in reversed(pairs)), *((view, whole) for whole, view in pairs)]
    for nameless, other in both:
        name = other.name or found.get(id(other), "")
        if name and not nameless.name:
            found.setdefault(id(nameless), name)
    return found


def _instruction(index: int, call: Call, called: dict[int, str]) -> Instruction:
    flops = call.op.flops(call) if call.outputs else 2 * call.inputs[0].size
    return Instruction(
        index, call.phase, call.layer, call.op.name, call.op.label, call.op.formula, call.op.derivative,
        _names(call.inputs, called), _names(call.outputs, called), tuple(value.shape for value in call.inputs),
        tuple(value.shape for value in call.outputs), flops, call.origin,
    )  # fmt: skip


def _names(values: tuple[Value, ...], called: dict[int, str]) -> tuple[str, ...]:
    return tuple(value.name or called.get(id(value), "") for value in values)
