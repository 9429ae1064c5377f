"""The numbers of one example: what every unit and every weight holds, and how current each of them is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import numpy as np

from app.numbers import format_number

if TYPE_CHECKING:
    from app.snapshot import Snapshot
    from app.units.plan import Column
    from engine.instructions import Instruction

State = Literal["known", "ahead", "forward", "backward", "update"]
NOTHING = "–"


class Numbers:
    """Reads one example out of a snapshot's values. `rows`: how many examples the batch has."""

    def __init__(self, snapshot: Snapshot | None = None, example: int = 0) -> None:
        self.values: Mapping[str, np.ndarray] = {} if snapshot is None else snapshot.values
        self.rows = _rows(self.values)
        self.example = min(max(0, example), self.rows - 1)
        self._made = {} if snapshot is None else made_at(snapshot.instructions)
        current = None if snapshot is None else snapshot.current
        self._lit = frozenset(current.outputs) if current is not None else frozenset()
        self._phase = current.phase if current is not None else "forward"
        self._cursor = snapshot.cursor if snapshot is not None and snapshot.state == "stepping" else 0

    def of_unit(self, name: str, unit: int) -> float | None:
        """What the value `name` (batch, …) is for this example at `unit`; a scalar has one for all."""
        array = self.values.get(name)
        if array is None or not array.size:
            return None
        if array.ndim == 0:
            return float(array)
        row = array[min(self.example, len(array) - 1)].reshape(-1)
        return float(row[unit]) if unit < len(row) else None

    def of_row(self, column: Column, name: str, unit: int) -> float | None:
        """The figure `name` of a unit: an entry of the bias or its gradient, else of the example."""
        of_bias = column.bias and name in (column.bias, f"{column.bias}.grad")
        return self.of_bias(name, unit) if of_bias else self.of_unit(name, unit)

    def shape_of(self, name: str) -> tuple[int, ...]:
        """Shape of a value; empty where it is not known."""
        return np.shape(self.values.get(name, 0.0))

    def of_weight(self, name: str, source: int, target: int) -> float | None:
        """Entry [source, target] of a matrix."""
        array = self.values.get(name)
        inside = array is not None and array.ndim == 2 and source < array.shape[0] and target < array.shape[1]
        return float(array[source, target]) if array is not None and inside else None

    def of_bias(self, name: str, unit: int) -> float | None:
        """Entry [unit] of a vector."""
        array = self.values.get(name)
        return float(array[unit]) if array is not None and array.ndim == 1 and unit < len(array) else None

    def example_of(self, name: str) -> np.ndarray | None:
        """This example's row of the value `name`, flattened."""
        array = self.values.get(name)
        if array is None or array.ndim < 1 or not array.size:
            return None
        return array[min(self.example, len(array) - 1)].reshape(-1)

    def state(self, name: str) -> State:
        """Whether `name` was made by the operation in focus, or is still to be made in the step at hand."""
        if name in self._lit:
            return self._phase
        if self._cursor and self._made.get(name, -1) >= self._cursor:
            return "ahead"
        return "known"


def made_at(instructions: tuple[Instruction, ...]) -> dict[str, int]:
    """Value → the instruction that makes it."""
    return {name: row.index for row in instructions for name in row.outputs if name}


def written(number: float | None) -> str:
    """As the window writes numbers; a dash for none."""
    return NOTHING if number is None else format_number(number)


def _rows(values: Mapping[str, np.ndarray]) -> int:
    inputs = [len(array) for name, array in values.items() if name.endswith((".x", ".a", ".z", ".y")) and array.ndim]
    return max(inputs, default=1) or 1
