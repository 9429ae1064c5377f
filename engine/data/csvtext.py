"""A CSV file as text cells: size, encoding, separator, header and row widths are checked here, numbers are not."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from io import StringIO
from typing import Any

from engine.data.files import read_bytes
from engine.data.numerals import is_number
from engine.errors import DataError

SEPARATORS = {"tab": "\t", "semicolon": ";", "bar": "|", "comma": ","}  # preferred in this order when several fit
_SNIFFED_ROWS = 100
_CONTROL = frozenset(range(32)) - {9, 10, 12, 13, 27}


@dataclass(frozen=True)
class Table:
    """`cells[row][column]`, stripped text; `lines[row]` is the line a row begins on, from 1."""

    path: str
    columns: tuple[str, ...]
    cells: list[list[str]]
    lines: list[int]
    separator: str
    encoding: str
    header: bool

    def column(self, name: str) -> list[str]:
        """The cells of one column."""
        place = self.columns.index(name)
        return [row[place] for row in self.cells]

    def where(self, row: int, column: str) -> str:
        """Words for an error message."""
        return f"{self.path}, line {self.lines[row]}, column {column!r}"


def read_table(path: str, options: dict[str, Any]) -> Table:
    """Read `path` as the csv options say. Raises DataError naming file, line and what to do."""
    data = read_bytes(path, options["max_megabytes"], "csv: path", "a CSV file", "use fewer rows")
    text, encoding = _decode(path, data)
    chosen = options["separator"]
    separator = _sniff(text) if chosen == "auto" else SEPARATORS[chosen]
    rows, lines = _split(path, text, separator)
    if not rows:
        raise DataError(f"{path} holds no cells; a table needs a header and at least two rows.")
    header = options["header"] == "yes" or (options["header"] == "auto" and _is_header(rows[0], options))
    columns = _names(path, rows[0]) if header else tuple(f"column_{k + 1}" for k in range(len(rows[0])))
    _check_widths(path, rows, lines, separator)
    if header:
        rows, lines = rows[1:], lines[1:]
    if not rows:
        raise DataError(f"{path} holds only a header; add rows below it.")
    return Table(path, columns, rows, lines, separator, encoding, header)


def _decode(path: str, data: bytes) -> tuple[str, str]:
    if not data.strip():
        raise DataError(f"{path} is empty; a table needs a header and at least two rows.")
    if data[:4] in (b"PK\3\4", b"\xd0\xcf\x11\xe0"):
        raise DataError(f"{path} is a spreadsheet or an archive, not text; export it as CSV.")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _decoded(path, data, "utf-16"), "utf-16"
    head = data[:65_536]
    if b"\0" in data or sum(byte in _CONTROL for byte in head) > len(head) // 100:
        raise DataError(f"{path} is a binary file, not text; choose a CSV file.")
    try:
        return data.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        return data.decode("latin-1"), "latin-1"


def _decoded(path: str, data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is no whole {encoding} text ({error.reason}); save it as UTF-8.") from error


def _sniff(text: str) -> str:
    """The separator that cuts most of the first rows into one same number of cells, at least two."""
    lines = StringIO(text, newline="")
    sample = "".join(line for line, _ in zip(lines, range(_SNIFFED_ROWS), strict=False))
    best, best_score = ",", 0.0
    for separator in SEPARATORS.values():
        widths = _widths(sample, separator)
        usual = max(set(widths), key=widths.count, default=0)
        score = widths.count(usual) / len(widths) if usual > 1 else 0.0
        if score > best_score:
            best, best_score = separator, score
    return best


def _widths(sample: str, separator: str) -> list[int]:
    try:
        return [len(row) for row in csv.reader(StringIO(sample, newline=""), delimiter=separator) if row]
    except csv.Error:
        return []


def _split(path: str, text: str, separator: str) -> tuple[list[list[str]], list[int]]:
    rows, lines, start = [], [], 1
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for row in reader:
            if row and any(row):
                rows.append([cell.strip() for cell in row])
                lines.append(start)
            start = reader.line_num + 1
    except csv.Error as error:
        raise DataError(
            f"{path}, line {start}: {error}; look for a quotation mark that is missing or too many."
        ) from error
    return rows, lines


def _is_header(row: list[str], options: dict[str, Any]) -> bool:
    """A row that holds the target's name, or no number."""
    return (options["target"] != "" and options["target"] in row) or not any(
        is_number(cell) or is_number(cell, ",") for cell in row
    )


def _names(path: str, header: list[str]) -> tuple[str, ...]:
    names = [name or f"column_{k + 1}" for k, name in enumerate(header)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataError(f"{path}, line 1: the column name {twice[0]!r} stands there {names.count(twice[0])} times; "
                        "give each column a name of its own, or set header to no if line 1 holds none.")  # fmt: skip
    return tuple(names)


def _check_widths(path: str, rows: list[list[str]], lines: list[int], separator: str) -> None:
    want = len(rows[0])
    name = next(name for name, sign in SEPARATORS.items() if sign == separator)
    for row, line in zip(rows, lines, strict=True):
        if len(row) != want:
            raise DataError(f"{path}, line {line}: {len(row)} cells, but the first row has {want} (separator: {name}); "
                            "complete the row, quote cells that contain the separator, or set separator.")  # fmt: skip
