"""Numbers as the window writes them: 4 significant digits, a real minus, thin groups of thousands."""

from __future__ import annotations

import math
import re

MINUS = "−"
GROUP = "\u2009"  # thin space
_GROUPED = re.compile(r"(?<![\d.,\[(])\d{1,3}(?:,\d{3})+(?![\d,])")


def format_number(x: float, digits: int = 4) -> str:
    """`x` with `digits` significant digits: 0.0417, −0.03120, 1.234e−5, ∞, NaN."""
    x = float(x)
    if math.isnan(x):
        return "NaN"
    if math.isinf(x):
        return "∞" if x > 0 else f"{MINUS}∞"
    if x == 0:
        return "0"
    return _signed(_exponent(x, digits) if not 1e-4 <= abs(x) < 10**6 else _plain(x, digits))


def _plain(x: float, digits: int) -> str:
    x = float(f"{x:.{digits - 1}e}")  # 999.96 is 1000, not 1000.0
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(x))))
    text = f"{x:.{decimals}f}"
    return format_count(round(x)) if decimals == 0 and abs(x) >= 10_000 else text


def _exponent(x: float, digits: int) -> str:
    mantissa, _, power = f"{x:.{digits - 1}e}".partition("e")
    return f"{mantissa}e{int(power)}"


def _signed(text: str) -> str:
    return text.replace("-", MINUS)


def format_count(n: int) -> str:
    """A whole number in groups of three: 12 480."""
    return _signed(f"{int(n):,}".replace(",", GROUP))


def thin(text: str) -> str:
    """Words of the engine, whose numbers are grouped by commas, with thin spaces instead: 259,033 as 259 033."""
    return _GROUPED.sub(lambda found: found.group().replace(",", GROUP), text)


def format_short(x: float) -> str:
    """A rate in a few signs: 184 k, 1.25 M, 912."""
    for unit, size in (("M", 1e6), ("k", 1e4)):
        if abs(x) >= size:
            scaled = x / (1e3 if unit == "k" else size)
            return f"{scaled:.3g} {unit}" if abs(scaled) < 1000 else f"{scaled:.0f} {unit}"
    return format_count(round(x)) if abs(x) >= 100 else _signed(f"{x:.3g}")


def format_percent(share: float) -> str:
    """0.985 as 98.5 %."""
    return "NaN" if math.isnan(share) else _signed(f"{100 * share:.1f} %")


def format_bytes(count: int) -> str:
    """92 kB, 1.4 MB."""
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return f"{count} B"
