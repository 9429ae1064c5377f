"""Rows that come after training: a CSV path or a data frame, whose columns are found by name."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from engine.attributes import complete
from engine.data.columns import decimal_of, numbers
from engine.data.csvtext import Table, read_table
from engine.data.options import CSV_OPTIONS
from engine.errors import DataError


def rows_as_table(rows: Any, options: dict[str, Any], decimal: str = ".") -> Table:
    """A path read with the csv options, or a pandas DataFrame (its missing values as empty cells). Raises DataError."""
    if isinstance(rows, str | os.PathLike):
        return read_table(os.fspath(rows), {**options, "separator": "auto"})
    if not hasattr(rows, "columns") or not hasattr(rows, "itertuples"):
        raise DataError(f"The rows are a {type(rows).__name__}; give the path of a CSV file or a pandas DataFrame.")
    import pandas

    names = tuple(str(name) for name in rows.columns)
    if len(set(names)) < len(names):
        raise DataError("The data frame names a column twice; rename one of them.")
    if not len(rows):
        raise DataError("The data frame has no rows.")
    gaps = pandas.isna(rows).to_numpy()
    cells = [
        ["" if gap else _cell(value, decimal) for value, gap in zip(row, line, strict=True)]
        for row, line in zip(rows.itertuples(index=False, name=None), gaps, strict=True)
    ]
    return Table("the data frame", names, cells, list(range(1, len(cells) + 1)), ",", "", True)


def _cell(value: Any, decimal: str) -> str:
    """Numbers with all their digits and the table's decimal mark."""
    if isinstance(value, float | np.floating):
        return repr(float(value)).removesuffix(".0").replace(".", decimal)
    return str(value).strip()


def used_columns(table: Table, names: Sequence[str], optional: Sequence[str] = ()) -> Table:
    """The columns `names` by name; by position if the table has no header, where the `optional` may be left out."""
    if not table.header:
        shorter = [name for name in names if name not in optional]
        if len(table.columns) not in (len(names), len(shorter)):
            raise DataError(f"{table.path} has {len(table.columns)} columns and no header; {len(names)} are needed. "
                            f"Put a header with these names above: {_some(names)}.")  # fmt: skip
        return replace(table, columns=tuple(names if len(table.columns) == len(names) else shorter), header=True)
    missing = [name for name in names if name not in table.columns]
    if missing:
        raise DataError(f"{table.path} lacks the column{'s' if len(missing) > 1 else ''} {_some(missing)}; "
                        f"it has: {_some(table.columns)}.")  # fmt: skip
    return table


def _some(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names[:20])) + (", …" if len(names) > 20 else "")


def numeric_rows(rows: Any, names: Sequence[str], owner: str) -> np.ndarray:
    """New rows for a data set of numbers only -> float64 (n, len(names)). A gap is a DataError: nothing can fill it."""
    options = complete(CSV_OPTIONS, {}, "csv")
    table = used_columns(rows_as_table(rows, options), names)
    decimal = decimal_of(table, options)
    columns = []
    for name in names:
        values = numbers(table, name, options, decimal)
        gaps = np.flatnonzero(np.isnan(values))
        if len(gaps):
            raise DataError(f"{table.where(int(gaps[0]), name)} is empty; {owner} has no missing values, "
                            "so put a number there.")  # fmt: skip
        columns.append(values)
    return np.stack(columns, axis=1)
