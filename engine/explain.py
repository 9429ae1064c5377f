"""One instruction in words and numbers: its formula, its shapes, the same with the numbers of one element, and the
incoming gradient × the local derivative = the outgoing gradient as arrays."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.errors import SessionError
from engine.graph import Call, Value
from engine.instructions import Instruction

if TYPE_CHECKING:
    from engine.session import Session

Index = tuple[int, ...]
TERMS = 3


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
        _numbers(call, [array for _, array in operands], result, place), incoming, local, result,
        (*names, _name(target, call.op.outputs[0] if call.op.outputs else "p")), tuple(operands), link,
    )  # fmt: skip


def show_number(x: float) -> str:
    """Four significant digits and a real minus sign."""
    if not math.isfinite(x):
        return "NaN" if math.isnan(x) else "∞" if x > 0 else "−∞"
    if x != 0 and not 1e-4 <= abs(x) < 1e6:
        mantissa, _, exponent = f"{x:.3e}".partition("e")
        return f"{mantissa}e{int(exponent)}".replace("-", "−")
    digits = 3 - (math.floor(math.log10(abs(x))) if x else 0)
    return f"{x:.{max(0, digits)}f}".replace("-", "−")


def _title(call: Call) -> str:
    gradient = call.phase == "backward" and not call.op.label.endswith("gradient")
    return f"{call.op.label.removesuffix(' grad')}, gradient" if gradient else call.op.label


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
    if call.op.category == "matrix":
        return f"{value} = {_product(call, arrays, place)}"
    if call.op.category == "optimizer":
        gradient = show_number(float(arrays[1][place]))
        return f"θ[{place[0]}] = {value} after a step against the gradient {gradient}"
    if call.op.name in ("sum", "mean"):
        return f"{value} = {_total(call, arrays[0], place)}"
    operands = [_element(array, place, result.shape) for array in arrays]
    if any(operand is None for operand in operands):
        return f"{value} = {call.op.label} of the values above"
    texts = [_bracket(show_number(operand)) for operand in operands if operand is not None]
    if call.op.numbers:
        scalars = {name: show_number(float(call.attrs[name])) for name in call.op.scalars if name in call.attrs}
        return f"{value} = {call.op.numbers.format(**dict(zip(call.op.inputs, texts, strict=True)), **scalars)}"
    return f"{value} = {call.op.label}({', '.join(text.strip('()') for text in texts)})"


def _bracket(text: str) -> str:
    return f"({text})" if text.startswith("−") else text


def _element(array: NDArray, place: Index, shape: Index) -> float | None:
    """The element of a broadcast operand that meets `place`; None if the operand is not laid out like the result."""
    if array.ndim > len(shape):
        return None
    tail = place[len(shape) - array.ndim :]
    fits = all(size in (1, whole) for size, whole in zip(array.shape, shape[len(shape) - array.ndim :], strict=True))
    where = tuple(0 if size == 1 else i for size, i in zip(array.shape, tail, strict=True))
    return float(array[where]) if fits else None


def _product(call: Call, arrays: list[NDArray], place: Index) -> str:
    a = arrays[0].T if call.attrs.get("ta") else arrays[0]
    b = arrays[1].T if call.attrs.get("tb") else arrays[1]
    row, column = a[place[0]], b[:, place[1]]
    terms = [f"{_bracket(show_number(float(x)))} · {_bracket(show_number(float(y)))}"
             for x, y in zip(row[:TERMS], column[:TERMS], strict=True)]  # fmt: skip
    more = [f"… ({len(row)} products)"] if len(row) > TERMS else []
    bias = [f"{_bracket(show_number(float(arrays[2][place[1]])))}"] if len(arrays) > 2 else []
    return " + ".join([*terms, *more, *bias])


def _total(call: Call, x: NDArray, place: Index) -> str:
    start = call.attrs.get("start", 0)
    stop = call.attrs.get("stop")
    stop = x.ndim if stop is None else stop
    summed = x[place[:start] + (slice(None),) * (stop - start) + place[start:]].ravel()
    terms = [_bracket(show_number(float(term))) for term in summed[:TERMS]]
    more = [f"… ({summed.size} terms)"] if summed.size > TERMS else []
    text = " + ".join([*terms, *more])
    return f"({text}) / {summed.size}" if call.op.name == "mean" else text
