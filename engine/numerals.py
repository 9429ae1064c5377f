"""Numbers as people read them: four significant digits and a real minus sign."""

from __future__ import annotations

import math
from collections.abc import Iterable

TERMS = 3


def show_number(x: float) -> str:
    """Four significant digits; an exponent where the number is very small or very large.

    What is nearly 1 or −1 gets more: 1 − p must not look like 0 where it is not.
    """
    if not math.isfinite(x):
        return "NaN" if math.isnan(x) else "∞" if x > 0 else "−∞"
    if x != 0 and not 1e-4 <= abs(x) < 1e6:
        mantissa, _, exponent = f"{x:.3e}".partition("e")
        return f"{mantissa}e{int(exponent)}".replace("-", "−")
    digits = 3 - (math.floor(math.log10(abs(x))) if x else 0)
    gap = abs(1.0 - abs(x))
    if 0 < gap < 1e-3:
        digits = min(9, math.ceil(-math.log10(gap)) + 1)
    return f"{x:.{max(0, digits)}f}".replace("-", "−")


def operand(x: float) -> str:
    """A number inside an expression: negative ones stand in brackets."""
    text = show_number(float(x))
    return f"({text})" if text.startswith("−") else text


def total(terms: Iterable[str], count: int, what: str = "terms") -> str:
    """The first terms of a sum of `count`, and how many there are."""
    shown = [term for term, _ in zip(terms, range(TERMS), strict=False)]
    return " + ".join([*shown, f"… ({count} {what})"] if count > len(shown) else shown)
