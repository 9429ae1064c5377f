"""The rows of a program as people read them."""

from __future__ import annotations

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


def instructions_of(calls: list[Call]) -> tuple[Instruction, ...]:
    """One Instruction for each call of a program."""
    return tuple(_instruction(index, call) for index, call in enumerate(calls))


def _instruction(index: int, call: Call) -> Instruction:
    flops = call.op.flops(call) if call.outputs else 2 * call.inputs[0].size
    return Instruction(
        index, call.phase, call.layer, call.op.name, call.op.label, call.op.formula, call.op.derivative,
        _names(call.inputs), _names(call.outputs), tuple(value.shape for value in call.inputs),
        tuple(value.shape for value in call.outputs), flops, call.origin,
    )  # fmt: skip


def _names(values: tuple[Value, ...]) -> tuple[str, ...]:
    return tuple(value.name for value in values)
