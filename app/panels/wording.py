"""Operations in words and short formulas, with the names of the values at hand. No Qt here."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from app.formula_text import plain

if TYPE_CHECKING:
    from engine.instructions import Instruction

LETTERS = "ijklm"
LINE = 42  # signs that fit into the narrowest panel
SIGNS = {"add": "+", "sub": "−", "mul": "⊙", "div": "÷", "matmul": "·", "linear": "·"}


def title(row: Instruction) -> str:
    """Name in the list: "tanh", and "∂ tanh" for a backward operation."""
    return f"∂ {row.origin or row.title}" if row.phase == "backward" else row.title


def formula(row: Instruction) -> str:
    """LaTeX. Products and sums of the backward pass are told with the names of what they multiply."""
    made = _sum(row) if row.op == "sum" else _backward(row) if row.phase == "backward" else None
    return made or row.formula


def short_formula(row: Instruction) -> str:
    """The same in one line of plain text."""
    return plain(formula(row))


def _backward(row: Instruction) -> str | None:
    if not row.outputs or not all((*row.inputs, *row.outputs)):
        return None
    result, operands = symbol(row.outputs[0]), [symbol(name) for name in row.inputs]
    if row.op == "matmul" and len(operands) == 2:
        first, second = operands  # a gradient meets the other factor transposed
        if row.inputs[0].endswith(".grad"):
            return rf"{result} = {first}\, {_transposed(second)}"
        return rf"{result} = {_transposed(first)}\, {second}"
    if row.op in ("repeat", "scale"):
        return rf"{result} = c\, {operands[0]}"
    if row.op == "mul":
        return rf"{result} = {operands[0]} \odot {operands[1]}"
    return None


def _sum(row: Instruction) -> str | None:
    """Over which dimensions it runs: with a letter for each of them."""
    if not row.input_shapes or not row.output_shapes:
        return None
    whole, left = row.input_shapes[0], row.output_shapes[0]
    count = len(whole) - len(left)
    first = next((i for i in range(len(left) + 1) if whole[:i] + whole[i + count :] == left), None)
    if first is None or not 1 <= count <= len(whole) <= len(LETTERS):
        return None
    letters = LETTERS[: len(whole)]
    gone, kept = letters[first : first + count], letters[:first] + letters[first + count :]
    result, operand = symbol(row.outputs[0] or "y"), symbol(row.inputs[0] or "x")
    return rf"{result}{_below(kept)} = \sum{_below(gone)} {operand}{_below(letters)}"


def _below(letters: str) -> str:
    return f"_{{{','.join(letters)}}}" if letters else ""


def symbol(name: str) -> str:
    """LaTeX of a value's name: "dense1.W.grad" → \\bar W; "part"s of a gradient that adds up keep their bar."""
    stem, *rest = name.split(".")[1:] or [name]
    letter = stem if len(stem) == 1 else rf"\mathrm{{{stem}}}"
    return rf"\bar {letter}" if any("grad" in part for part in rest) else letter


def _transposed(latex: str) -> str:
    return rf"{latex}^\top"


def in_lines(shapes: str, most: int = LINE) -> str:
    """ "[64, 8] = [64, 8] ⊙ [64, 8]" in lines of at most `most` signs, as far as a shape fits into one."""
    lines: list[str] = []
    for part in re.split(r"(?<=\]) (?=[=·⊙+])|(?<=\],) |(?<=ᵀ) (?=[=·⊙+])|(?<=ᵀ,) ", shapes):
        if lines and len(lines[-1]) + 1 + len(part) <= most:
            lines[-1] += f" {part}"
        else:
            lines.append(part)
    return "\n".join(lines)


def place(row: Instruction, rows: Iterable[Instruction]) -> str:
    """Where an operation stands: "dense2 · operation 2 of 4" of that layer in that direction."""
    same = [other.index for other in rows if other.layer == row.layer and other.phase == row.phase]
    number = same.index(row.index) + 1 if row.index in same else 1
    owner = row.layer or "all parameters"
    return f"{owner} · operation {number} of {len(same)}" if len(same) > 1 else owner


def captions(explanation) -> tuple[str, str, str]:
    """What stands over the three heat maps."""
    first, second, last = (plain(symbol(name)) if "." in name else name for name in explanation.names)
    if explanation.instruction.phase == "backward":
        second = "local" if explanation.names[1] == "local derivative" else second
        return f"incoming {first}", second, f"outgoing {last}"
    return first, second, f"result {last}"


def signs(explanation) -> tuple[str, str]:
    """Signs between the heat maps: ("⊙", "=") where the result is just that; (",", "→") where there is more to it."""
    op = explanation.instruction.op
    if explanation.names[1] == "local derivative":
        return "⊙", "="
    if op in SIGNS and len(explanation.operands) <= 2:
        return SIGNS[op], "="
    if op == "linear":
        return "·", "+ b ="
    return ",", "→"


def counts(rows: Iterable[Instruction]) -> str:
    """ "forward 24 · backward 22 · update 1"."""
    totals: dict[str, int] = {}
    for row in rows:
        totals[row.phase] = totals.get(row.phase, 0) + 1
    return " · ".join(f"{phase} {total}" for phase, total in totals.items())
