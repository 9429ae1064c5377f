"""The spec kind "csv": which column is predicted, whether it is a class or a number, and which columns feed it."""

from __future__ import annotations

import difflib
import os
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from engine.data.columns import USED, Column, absent, decimal_of, guess_column, mostly_numbers, numbers
from engine.data.csvtext import SEPARATORS, Table, read_table
from engine.data.encode import TableEncoder
from engine.data.files import beside
from engine.data.numerals import number
from engine.data.raw import Encoder, Raw
from engine.data.several import classes_of, joined
from engine.errors import DataError

MAX_CLASSES = 1000
_PREVIEW_ROWS = 20


@dataclass(frozen=True)
class CsvPreview:
    """How a file would be read. `problem` says why it cannot be used as it stands; empty if it can."""

    path: str
    rows: int
    columns: tuple[Column, ...]
    head: tuple[tuple[str, ...], ...]
    separator: str
    decimal: str
    encoding: str
    header: bool
    target: str
    task: str
    problem: str = ""


def preview(options: dict[str, Any]) -> CsvPreview:
    """Read and guess. Raises DataError if the file is no table; what is wrong with its columns goes into `problem`."""
    table = read_table(options["path"], options)
    decimal = decimal_of(table, options)
    columns, target, task, problem = [], options["target"] or table.columns[-1], "", ""
    try:
        for name in table.columns:
            columns.append(guess_column(table, name, options, decimal))
        target, raw = options["target"] or table.columns[-1], _raw(table, options)
        task = raw.task
    except DataError as error:
        problem = str(error)
    separator = next(name for name, sign in SEPARATORS.items() if sign == table.separator)
    head = tuple(tuple(row) for row in table.cells[:_PREVIEW_ROWS])
    mark = "comma" if decimal == "," else "point"
    return CsvPreview(table.path, len(table.cells), tuple(columns), head, separator, mark, table.encoding, table.header,
                      target, task, problem)  # fmt: skip


def csv_raw(options: dict[str, Any], folder: str | os.PathLike[str] | None) -> tuple[Raw, str]:
    """Rows of the file, to be fitted after the split, and a name for the data set. Raises DataError."""
    path = beside(options["path"], folder)
    return _raw(read_table(path, options), options), os.path.basename(path)


def _raw(table: Table, options: dict[str, Any]) -> Raw:
    names, kept, notes = _target_names(table, options), table, tuple[str, ...]()
    for name in names:
        kept, more = _rows_with_target(kept, name, options)
        notes += more
    decimal = decimal_of(kept, options)
    guess = {**options, "task": "auto"}  # what is told is about the first
    targets = [_target(kept, name, guess if k else options, decimal) for k, name in enumerate(names)]
    y, task, classes = joined(targets)
    columns = [guess_column(kept, name, options, decimal) for name in kept.columns if name not in names]
    notes += tuple(column.note for column in columns if column.note)
    if not any(column.kind in USED for column in columns):
        raise DataError(
            f"{table.path} has no column to learn from beside the target {_listed(names)}. {' '.join(notes)}".rstrip()
        )

    def fit(train: np.ndarray) -> tuple[Encoder, np.ndarray]:
        encoder = TableEncoder(kept, columns, names, options, decimal, train)
        return encoder, encoder.encode_table(kept)

    return Raw(np.empty((len(y), 0)), y, task, (), names, classes, notes=notes, fit=fit,
               target_classes=classes_of(targets))  # fmt: skip


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(map(repr, names))


def _target_names(table: Table, options: dict[str, Any]) -> tuple[str, ...]:
    """The target, then the further ones."""
    target: str = options["target"] or table.columns[-1]
    targets = (target, *(name for name in dict.fromkeys(options["more_targets"]) if name != target))
    for name in (*options["categories"], *options["ignore"], *targets):
        if name not in table.columns:
            near = difflib.get_close_matches(name, table.columns, 1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            some = ", ".join(table.columns[:20]) + (", …" if len(table.columns) > 20 else "")
            raise DataError(f"{table.path} has no column {name!r}.{hint} Its columns are: {some}.")
    if len(table.columns) == 1:
        raise DataError(f"{table.path} has one column only, {target!r}; a target and at least one input are needed. "
                        "If there are more, set separator.")  # fmt: skip
    for name in targets:
        if name in options["ignore"]:
            raise DataError(f"csv: the target {name!r} stands among the columns to ignore; choose another target.")
    return targets


def _rows_with_target(table: Table, target: str, options: dict[str, Any]) -> tuple[Table, tuple[str, ...]]:
    """The rows that have a target; the others teach nothing and are left out, with a note."""
    keep = [not absent(cell, options) for cell in table.column(target)]
    gone = keep.count(False)
    if keep.count(True) < 2:
        raise DataError(
            f"{table.path} has {keep.count(True)} rows with a value in {target!r}; at least two are needed."
        )
    if not gone:
        return table, ()
    cells = [row for row, kept in zip(table.cells, keep, strict=True) if kept]
    lines = [line for line, kept in zip(table.lines, keep, strict=True) if kept]
    return replace(table, cells=cells, lines=lines), (f"{gone} rows without a value in {target!r} are left out.",)


def _target(table: Table, name: str, options: dict[str, Any], decimal: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """y and class names (none for regression)."""
    cells = table.column(name)
    counts = Counter(cells)
    task = options["task"]
    if task == "auto":
        task = "classification" if name in options["categories"] else _guess_task(counts, decimal)
    if len(counts) < 2:
        what = "one class" if task == "classification" else "one value"
        raise DataError(f"{table.path}: the target {name!r} has {what} only, {cells[0]!r}; there is nothing to learn.")
    if task == "regression":
        return numbers(table, name, options, decimal)[:, None], ()
    if mostly_numbers(counts, decimal) and name not in options["categories"]:
        numbers(table, name, options, decimal)  # one text among numbers is a slip, not a class
    if len(counts) > MAX_CLASSES or (len(counts) == len(cells) and len(cells) > 2):
        raise DataError(f"{table.path}: the target {name!r} has {len(counts)} distinct texts in {len(cells)} rows; "
                        "these are no classes, so choose another target.")  # fmt: skip
    return _classes(cells, decimal)


def _guess_task(counts: Counter[str], decimal: str) -> str:
    """A class for text and for few distinct whole numbers (at most 20, each twice on average), else a number."""
    if not mostly_numbers(counts, decimal):
        return "classification"
    values = [number(cell, decimal) for cell in counts]
    whole = all(value is None or value.is_integer() for value in values)
    few = len(counts) == 2 or (len(counts) <= 20 and 2 * len(counts) <= counts.total())
    return "classification" if whole and few else "regression"


def _classes(cells: list[str], decimal: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """Labels in the order of the numbers, or of the alphabet; "1" and "1.0" are one class."""
    values = {cell: number(cell, decimal) for cell in set(cells)}
    if all(value is not None for value in values.values()):
        names = {cell: f"{value:.12g}" for cell, value in values.items()}
        order = sorted(set(names.values()), key=float)
    else:
        names = {cell: cell for cell in values}
        order = sorted(values)
    place = {name: k for k, name in enumerate(order)}
    return np.array([place[names[cell]] for cell in cells], np.int64), tuple(order)
