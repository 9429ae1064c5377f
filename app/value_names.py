"""Names of values in a program: which one a layer is best shown by, and what its gradient is called. No Qt here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.instructions import Instruction

# all steps of a loop, output, state at the end, states, activation, sum, probabilities, input, loss
PREFERRED = ("steps", "y", "last", "h", "a", "z", "p", "context", "x", "loss")


def names_of(instructions: Iterable[Instruction]) -> set[str]:
    """Every named value that the program reads or writes."""
    return {name for row in instructions for name in (*row.inputs, *row.outputs) if name}


def values_of(instructions: Iterable[Instruction], layer: str | None) -> list[str]:
    """Named values of `layer`: first what it computes, then its parameters and its gradients, each in program order."""
    if layer is None:
        return []
    seen = dict.fromkeys(name for row in instructions for name in (*row.outputs, *row.inputs) if owner(name) == layer)
    return sorted(seen, key=lambda name: (name.endswith(".grad"), rank(name)))


def main_value(instructions: Iterable[Instruction], layer: str | None) -> str:
    """The value that shows best what `layer` does: its output; "" if it has none."""
    return next(filter(shows_layer, values_of(instructions, layer)), "")


def gradient_of(instructions: Iterable[Instruction], layer: str | None, value: str) -> str:
    """The gradient of `value`, or of another value the layer computes if the backward pass makes none; else ""."""
    made = [name for name in values_of(instructions, layer) if name.endswith(".grad")]
    if f"{value}.grad" in made:
        return f"{value}.grad"
    return next((name for name in made if _place(name) < len(PREFERRED) or name.endswith(".losses.grad")), "")


def owner(name: str) -> str:
    """Layer id of a value's name; ids hold no dot."""
    return name.split(".", 1)[0]


def shows_layer(name: str) -> bool:
    """Whether a value is one by which its layer is shown."""
    return not name.endswith(".grad") and _place(name) < len(PREFERRED)


def rank(name: str) -> tuple[int, int]:
    """The smaller, the better a value shows its layer; of the steps of a loop, the last does best."""
    step = name.partition("[")[2].partition("]")[0]
    return _place(name), -int(step) if step.isdigit() else 0


def _place(name: str) -> int:
    stem = name.split(".")[1].partition("[")[0] if "." in name else ""
    return PREFERRED.index(stem) if stem in PREFERRED else len(PREFERRED)
