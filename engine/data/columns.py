"""What each column of a table holds: numbers, categories, or nothing to learn from."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from engine.data.arrays import LARGEST
from engine.data.csvtext import Table
from engine.data.numerals import guess_decimal, is_missing, is_nan, is_special, number
from engine.errors import DataError

ColumnKind = Literal["numeric", "category", "constant", "identifier", "text", "empty", "ignored"]
USED: tuple[ColumnKind, ...] = ("numeric", "category")
_COUNTER_NAMES = ("id", "index", "row", "no", "nr", "number", "#", "column_1", "unnamed: 0")


@dataclass(frozen=True)
class Column:
    """One column: what it was taken for, how many distinct values, how many missing ones, and some examples."""

    name: str
    kind: ColumnKind
    distinct: int
    missing: int
    examples: tuple[str, ...]

    @property
    def note(self) -> str:
        """Why the column is not used; empty if it is."""
        reasons = {
            "constant": "has one value only", "identifier": "looks like an identifier", "empty": "is empty",
            "text": f"is text with {self.distinct} distinct values", "ignored": "is left out as asked",
        }  # fmt: skip
        return f"Column {self.name!r} {reasons[self.kind]} and is not used." if self.kind in reasons else ""


def decimal_of(table: Table, options: dict[str, Any]) -> str:
    """The decimal mark of the whole table."""
    if options["decimal"] != "auto":
        return "," if options["decimal"] == "comma" else "."
    return guess_decimal((cell for row in table.cells for cell in row), table.separator)


def guess_column(table: Table, name: str, options: dict[str, Any], decimal: str) -> Column:
    """Guess what column `name` holds. Raises DataError at a cell that is neither like the rest nor missing."""
    cells = table.column(name)
    counts = Counter(cells)
    for cell in [cell for cell in counts if absent(cell, options)]:
        del counts[cell]
    kind = _kind(table, name, cells, counts, options, decimal)
    examples = tuple(value for value, _ in counts.most_common(3))
    return Column(name, kind, len(counts), len(cells) - counts.total(), examples)


def absent(cell: str, options: dict[str, Any]) -> bool:
    """Whether `cell` counts as missing under the csv options."""
    return is_missing(cell) or (options["nan"] == "missing" and is_nan(cell))


def _kind(
    table: Table, name: str, cells: list[str], counts: Counter[str], options: dict[str, Any], decimal: str
) -> ColumnKind:
    if name in options["ignore"]:
        return "ignored"
    if len(counts) <= 1:
        return "constant" if counts else "empty"
    if name in options["categories"]:
        return "category"
    if plain_numbers(cells, decimal) is not None or mostly_numbers(counts, decimal):
        values = numbers(table, name, options, decimal)
        return "identifier" if _counts_rows(name, values) else "numeric"
    if len(counts) == counts.total() and len(counts) > 2:
        return "identifier"
    return "category" if len(counts) <= options["max_categories"] else "text"


def mostly_numbers(counts: Counter[str], decimal: str) -> bool:
    """Whether more than half of the values are numbers (NaN and infinity stand for numbers too)."""
    plain = sum(times for cell, times in counts.items() if number(cell, decimal) is not None)
    special = sum(times for cell, times in counts.items() if is_special(cell))
    return plain > 0 and 2 * (plain + special) > counts.total()


def plain_numbers(cells: list[str], decimal: str) -> np.ndarray | None:
    """The fast way for cells that are all plain finite numbers or empty (NaN); None if they are not."""
    text = "".join(cells)
    if decimal != "." or "_" in text or not text.isascii():  # float() knows underscores and other digits
        return None
    try:
        values = np.array([float(cell) if cell else np.nan for cell in cells])
    except ValueError:
        return None
    fits = np.count_nonzero(np.abs(values) <= LARGEST) == len(cells) - cells.count("")
    return values if fits else None


def numbers(table: Table, name: str, options: dict[str, Any], decimal: str) -> np.ndarray:
    """float64 (n,) of a numeric column, NaN where missing. Raises DataError at the first cell that is no number."""
    cells = table.column(name)
    plain = plain_numbers(cells, decimal)
    if plain is not None:
        return plain
    values = np.full(len(cells), np.nan)
    for row, cell in enumerate(cells):
        if absent(cell, options):
            continue
        value = number(cell, decimal)
        if value is None:
            header = "" if row or table.header else " If line 1 holds names, set header to yes."
            raise DataError(f"{table.where(row, name)}: {cell[:40]!r} {_cure(cell)}{header}")
        if not abs(value) <= LARGEST:
            raise DataError(
                f"{table.where(row, name)}: {cell[:40]!r} is too large to calculate with; rescale the column."
            )
        values[row] = value
    return values


def _cure(cell: str) -> str:
    if is_nan(cell):
        return "is not a number; leave the cell empty, or set nan to missing."
    if is_special(cell):
        return "is not finite; put a number there or leave the cell empty."
    return "is not a number like the rest; correct it, leave it empty, or name the column in categories or ignore."


def _counts_rows(name: str, values: np.ndarray) -> bool:
    """0, 1, 2, … or 1, 2, 3, … under a name such as "id"."""
    named = name.lower() in _COUNTER_NAMES or name.lower().endswith(("_id", " id"))
    return (
        named and len(values) > 2 and values[0] in (0, 1) and bool((values == values[0] + np.arange(len(values))).all())
    )
