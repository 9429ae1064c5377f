"""Which texts are numbers, which mean that a value is missing, and which are NaN or infinity."""

from __future__ import annotations

import re
from collections.abc import Iterable

_POINT = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?", re.ASCII)
_COMMA = re.compile(r"[-+]?(?:[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]+)?(?:,[0-9]*)?(?:[eE][-+]?[0-9]+)?", re.ASCII)
_GROUPED = re.compile(r"[-+]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?", re.ASCII)
_SPECIAL = re.compile(r"[-+]?(?:inf(?:inity)?|nan)", re.IGNORECASE)
MISSING = frozenset({"", "na", "n/a", "null", "none", "?", "-", "--", "missing", "#n/a", "."})


def is_missing(cell: str) -> bool:
    """Whether `cell` says that there is no value."""
    return len(cell) < 8 and cell.lower() in MISSING


def is_special(cell: str) -> bool:
    """Whether `cell` says NaN or infinity."""
    return _SPECIAL.fullmatch(cell) is not None


def is_nan(cell: str) -> bool:
    """Whether `cell` says NaN."""
    return cell.lower().lstrip("+-") == "nan"


def number(cell: str, decimal: str = ".") -> float | None:
    """The value of `cell`, with 1,234.5 or (decimal comma) 1.234,5 as thousands; None if it is no number.

    A number too large for float64 comes out as infinity.
    """
    if decimal == ",":
        if not any(sign.isdigit() for sign in cell) or not _COMMA.fullmatch(cell):
            return None
        return float(cell.replace(".", "").replace(",", "."))
    if _POINT.fullmatch(cell):
        return float(cell)
    return float(cell.replace(",", "")) if _GROUPED.fullmatch(cell) else None


def is_number(cell: str, decimal: str = ".") -> bool:
    """Whether `cell` is a number."""
    return number(cell, decimal) is not None


def guess_decimal(cells: Iterable[str], separator: str) -> str:
    """The decimal mark: what some cell can only be read with, else a point.

    1,234 alone is ambiguous: thousands where the comma also separates cells, a decimal mark elsewhere.
    """
    comma = False
    for cell in cells:
        if "." in cell and number(cell, ",") is None and number(cell) is not None:
            return "."
        if "," in cell and number(cell, ",") is not None:
            comma = comma or separator != "," or number(cell) is None
    return "," if comma else "."


def decimal_for(cells: Iterable[str], usual: str) -> str:
    """The `usual` mark, or the other one if some cell is a number only with that."""
    other = "," if usual == "." else "."
    for cell in cells:
        if ("," in cell or "." in cell) and number(cell, usual) is None and number(cell, other) is not None:
            return other
    return usual
