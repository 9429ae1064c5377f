"""Text columns and gaps as numbers: everything is learnt from the training rows and then applied to any row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.data.columns import USED, Column, absent, numbers
from engine.data.csvtext import Table
from engine.data.newrows import rows_as_table, used_columns
from engine.data.numerals import decimal_for
from engine.errors import DataError


class TableEncoder:
    """Numeric columns stay, with gaps filled by the training median; categories become one-hot flags.

    Gaps among categories take the most frequent one. A category that the training rows do not have counts as none of
    the known ones: all its flags are 0.
    """

    def __init__(
        self,
        table: Table,
        columns: Sequence[Column],
        targets: Sequence[str],
        options: dict[str, Any],
        decimal: str,
        train: np.ndarray,
    ) -> None:
        self._options, self._decimal, self._targets = options, decimal, tuple(targets)
        self._all_columns, self._header = table.columns, table.header
        self._columns = [column for column in columns if column.kind in USED]
        self._fill: dict[str, float] = {}
        self._frequent: dict[str, str] = {}
        self._known: dict[str, tuple[str, ...]] = {}
        for column in self._columns:
            self._fit(table, column, train)
        self.feature_names = tuple(name for column in self._columns for name in self._features(column))
        self.scalable = np.array([column.kind == "numeric" for column in self._columns for _ in self._features(column)])
        if not self.feature_names:
            raise DataError(f"{table.path}: the training rows have no value in any column to learn from; add rows.")
        self.notes = tuple(self._gap_note(column) for column in self._columns if column.missing)

    def _fit(self, table: Table, column: Column, train: np.ndarray) -> None:
        if column.kind == "numeric":
            values = numbers(table, column.name, self._options, self._decimal)[train]
            present = values[~np.isnan(values)]
            self._fill[column.name] = float(np.median(present)) if len(present) else 0.0
            return
        cells = table.column(column.name)
        counts = Counter(cells[row] for row in train if not absent(cells[row], self._options))
        self._known[column.name] = tuple(sorted(counts))
        # the smaller text wins a tie, so that the order of the rows does not matter
        self._frequent[column.name] = min(counts, key=lambda cell: (-counts[cell], cell)) if counts else ""

    def _features(self, column: Column) -> list[str]:
        if column.kind == "numeric":
            return [column.name]
        return [f"{column.name}={category}" for category in self._known[column.name]]

    def _gap_note(self, column: Column) -> str:
        gaps = f"{column.missing} missing value{'s' if column.missing > 1 else ''} in {column.name!r}"
        if column.kind == "numeric":
            return f"{gaps} filled with the training rows' median, {self._fill[column.name]:g}."
        return f"{gaps} filled with the training rows' most frequent, {self._frequent[column.name]!r}."

    def encode_table(self, table: Table) -> np.ndarray:
        """All rows of the table it was fitted on, or one alike -> float64 (n, F). Raises DataError at a wrong cell."""
        return self._encode_all(table, self._decimal)

    def _encode_all(self, table: Table, decimal: str) -> np.ndarray:
        return np.concatenate([self._encode(table, column, decimal) for column in self._columns], axis=1)

    def _encode(self, table: Table, column: Column, decimal: str) -> np.ndarray:
        if column.kind == "numeric":
            values = numbers(table, column.name, self._options, decimal)
            return np.where(np.isnan(values), self._fill[column.name], values)[:, None]
        known = {category: k for k, category in enumerate(self._known[column.name])}
        flags = np.zeros((len(table.cells), len(known)))
        for row, cell in enumerate(table.column(column.name)):
            place = known.get(self._frequent[column.name] if absent(cell, self._options) else cell)
            if place is not None:
                flags[row, place] = 1.0
        return flags

    def encode_rows(self, rows: Any) -> np.ndarray:
        """New rows, a CSV path or a data frame -> float64 (n, F). Raises DataError."""
        table = rows_as_table(rows, self._options, self._decimal)
        if not table.header and not self._header:
            table = used_columns(table, self._all_columns, self._targets)
        table, decimal = used_columns(table, [column.name for column in self._columns]), self._decimal
        if self._options["decimal"] == "auto":
            decimal = decimal_for((cell for row in table.cells for cell in row), decimal)
        return self._encode_all(table, decimal)
