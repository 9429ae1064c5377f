"""A handful of rows written down in the project itself."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.data.raw import Raw
from engine.data.several import Target, classes_of, joined
from engine.errors import DataError

Row = tuple[float | str, ...]


def inline(options: dict[str, Any]) -> Raw:
    """Rows in the order given. Raises DataError naming row and column of the first value that does not fit."""
    columns, rows = options["columns"], options["rows"]
    targets = options["targets"] or columns[-1:]
    _check_shape(columns, rows, targets)
    places = [columns.index(name) for name in targets]
    features = [name for name in columns if name not in targets]
    x = _numbers(columns, rows, [columns.index(name) for name in features])
    found = [_target(columns, rows, place, options["task"]) for place in places]
    y, task, classes = joined(found)
    return Raw(x, y, task, features, targets, classes, shuffle=False, target_classes=classes_of(found))


def _target(columns: tuple[str, ...], rows: tuple[Row, ...], place: int, task: str) -> Target:
    """A column as classes if it holds text, or is told to be so, else as numbers."""
    texts = any(isinstance(row[place], str) for row in rows)
    if task == "classification" or (task == "auto" and texts):
        return _classes(rows, columns[place], place)
    return _numbers(columns, rows, [place]), ()


def _check_shape(columns: tuple[str, ...], rows: tuple[Row, ...], targets: tuple[str, ...]) -> None:
    if len(set(columns)) < len(columns) or len(set(targets)) < len(targets):
        raise DataError("The table names a column twice; give every column a name of its own.")
    for name in targets:
        if name not in columns:
            raise DataError(f"The table has no target column {name!r}; its columns are: {', '.join(columns)}.")
    if len(columns) <= len(targets):
        raise DataError("The table needs at least one input column beside its target.")
    if not rows:
        raise DataError("The table has no rows; write down at least one.")
    for number, row in enumerate(rows):
        if len(row) != len(columns):
            raise DataError(f"Row {number + 1} of the table has {len(row)} values for {len(columns)} columns.")


def _numbers(columns: tuple[str, ...], rows: tuple[Row, ...], places: list[int]) -> np.ndarray:
    for number, row in enumerate(rows):
        for place in places:
            cell = row[place]
            if isinstance(cell, str):
                raise DataError(
                    f"Row {number + 1}, column {columns[place]!r} of the table holds {cell!r}, not a number."
                )
    return np.array([[row[place] for place in places] for row in rows], np.float64)


def _classes(rows: tuple[Row, ...], name: str, place: int) -> tuple[np.ndarray, tuple[str, ...]]:
    """Labels 0..C-1; classes in the order of their numbers, or of the alphabet."""
    values = [row[place] for row in rows]
    if len({isinstance(value, str) for value in values}) > 1:
        raise DataError(f"Column {name!r} of the table mixes texts and numbers; classes are all one or the other.")
    names = sorted(set(values))
    labels = np.array([names.index(value) for value in values], np.int64)
    return labels, tuple(name if isinstance(name, str) else f"{name:g}" for name in names)
