"""One instruction in words and numbers: its formula, its shapes, the same with the numbers of one element, and the
incoming gradient × the local derivative = the outgoing gradient as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.errors import SessionError
from engine.explain_update import update_numbers
from engine.graph import Call, Value
from engine.instructions import Instruction
from engine.numerals import operand, show_number

if TYPE_CHECKING:
    from engine.session import Session

Index = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Explanation:
    """What the operation panel shows. Arrays are copies. For a forward operation `incoming` and `local` are its first
    two operands, `outgoing` its result; for a backward one the gradient coming in, what it is multiplied by, and the
    gradient going out. Each may be None."""

    instruction: Instruction
    title: str
    formula: str
    derivative: str
    shapes: str
    element: Index
    numbers: str
    incoming: NDArray | None
    local: NDArray | None
    outgoing: NDArray | None
    names: tuple[str, str, str]
    operands: tuple[tuple[str, NDArray], ...]
    link: str
    window: tuple[int | slice, ...] | None = None  # of the first operand, where the result is made of a window


def explain(session: Session, index: int, element: Index | None = None) -> Explanation:
    """Explain instruction `index` with the values that stand in the arena now. Raises SessionError."""
    if not 0 <= index < len(session.instructions):
        raise SessionError(f"There is no instruction {index}; there are {len(session.instructions)}.")
    instruction, call = session.instructions[index], session.call(index)
    operands = [(_name(value, port), session.view(value).copy())
                for value, port in zip(call.inputs, call.op.inputs, strict=True)]  # fmt: skip
    target = call.outputs[0] if call.outputs else call.inputs[0]
    result = session.view(target).copy()
    place = _place(element, result.shape)
    incoming, local, names = _factors(call, operands)
    link = "⊙" if call.op.category in ("elementwise", "gradient") else "·"
    return Explanation(
        instruction, _title(call), call.op.formula, call.op.derivative, _shapes(call, target), place,
        _numbers(call, [array for _, array in operands], result, place)
        if call.op.category != "optimizer" else update_numbers(session, call, index, place[0]), incoming, local, result,
        (*names, _name(target, call.op.outputs[0] if call.op.outputs else "p")), tuple(operands), link,
        _window(call, place),
    )  # fmt: skip


def _title(call: Call) -> str:
    """ "tanh", and on the way back "tanh, gradient", whichever op computes it."""
    return f"{call.origin}, gradient" if call.phase == "backward" else call.op.label


def _name(value: Value, port: str) -> str:
    return value.name or port


def _place(element: Index | None, shape: Index) -> Index:
    """`element` brought inside `shape`; the first element if none is given."""
    wish = tuple(element or ()) + (0,) * len(shape)
    return tuple(min(max(int(i), 0), size - 1) for i, size in zip(wish, shape, strict=False))


def _shapes(call: Call, target: Value) -> str:
    """ "[64, 8] = [64, 8] ⊙ [64, 8]"."""
    sign = {"matrix": " · ", "elementwise": " ⊙ ", "gradient": " ⊙ "}.get(call.op.category, ", ")
    operands = [f"[{', '.join(map(str, value.shape))}]" for value in call.inputs]
    turned = [call.attrs.get("ta"), call.attrs.get("tb")]
    shown = [text + "ᵀ" if i < 2 and turned[i] else text for i, text in enumerate(operands)]
    right = f"{shown[0]} · {shown[1]} + {shown[2]}" if call.op.name == "linear" else sign.join(shown)
    return f"[{', '.join(map(str, target.shape))}] = {right}"


def _factors(call: Call, operands: list[tuple[str, NDArray]]) -> tuple[NDArray | None, NDArray | None, tuple[str, str]]:
    """Incoming gradient and local derivative (backward), or the first two operands (forward)."""
    arrays = [array for _, array in operands]
    if call.phase != "backward":
        first = operands[0] if operands else ("", None)
        second = operands[1] if len(operands) > 1 else ("", None)
        return first[1], second[1], (first[0], second[0])
    coming = next((i for i, value in enumerate(call.inputs) if value.name.endswith((".grad", "(part)"))), 0)
    incoming = operands[coming] if operands else ("", None)
    if call.op.local is not None:
        attrs = {name: call.attrs[name] for name in call.op.scalars if name in call.attrs}
        return incoming[1], np.asarray(call.op.local(*arrays, **attrs)), (incoming[0], "local derivative")
    others = [operand for i, operand in enumerate(operands) if i != coming]
    if others and call.op.category in ("matrix", "elementwise", "gradient"):
        return incoming[1], others[0][1], (incoming[0], others[0][0])
    return incoming[1], None, (incoming[0], "")


def _numbers(call: Call, arrays: list[NDArray], result: NDArray, place: Index) -> str:
    """The formula with the numbers of one element, the result first: "−0.0312 = −0.0894 · (1 − 0.8069²)"."""
    value = show_number(float(result[place]))
    if callable(call.op.numbers):
        return f"{value} = {call.op.numbers(arrays, place, call.attrs)}"
    numbers = [_element(array, place, result.shape) for array in arrays]
    if any(number is None for number in numbers):
        return f"{value}, from all the numbers that come in"
    if call.op.numbers:
        texts = dict(zip(call.op.inputs, (operand(number) for number in numbers if number is not None), strict=True))
        scalars = {name: operand(call.attrs[name]) for name in call.op.scalars if name in call.attrs}
        return f"{value} = {call.op.numbers.format(**texts, **scalars)}"
    return f"{value} = {call.op.label}({', '.join(show_number(number) for number in numbers if number is not None)})"


def _window(call: Call, place: Index) -> tuple[int | slice, ...] | None:
    """What of the first operand a convolution or pooling sees for element `place`; None for other operations."""
    pooled = call.op.name in ("max_pool", "average_pool")
    if not pooled and call.op.name not in ("conv", "conv_bias"):
        return None
    x, rank = call.inputs[0].shape, len(place) - 2
    kernel = call.attrs["kernel"] if pooled else call.inputs[1].shape[2:]
    stride = call.attrs.get("stride", kernel if pooled else (1,) * rank)
    pads, spread = call.attrs.get("pads", ((0, 0),) * rank), call.attrs.get("dilation", (1,) * rank)
    sides = [
        slice(max(0, i * s - before), min(n, i * s - before + (k - 1) * d + 1))
        for i, s, (before, _), k, d, n in zip(place[2:], stride, pads, kernel, spread, x[2:], strict=True)
    ]
    if pooled:
        return (place[0], place[1], *sides)
    channels = call.inputs[1].shape[1]  # of one group
    first = place[1] * call.attrs.get("groups", 1) // call.inputs[1].shape[0] * channels
    return (place[0], slice(first, first + channels), *sides)


def _element(array: NDArray, place: Index, shape: Index) -> float | None:
    """The element of a broadcast operand that meets `place`; None if the operand is not laid out like the result."""
    if array.ndim > len(shape):
        return None
    tail = place[len(shape) - array.ndim :]
    fits = all(size in (1, whole) for size, whole in zip(array.shape, shape[len(shape) - array.ndim :], strict=True))
    where = tuple(0 if size == 1 else i for size, i in zip(array.shape, tail, strict=True))
    return float(array[where]) if fits else None
