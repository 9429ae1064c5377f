"""From losses to heights between 0 and 1: linear or logarithmic, far outliers cut off, and levels at round numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app import theme

DECADES_FOR_LOG = 2.0
LOW_SHARE, HIGH_SHARE = 5, 95  # percentiles that say how far losses usually spread
LARGEST = 1e300  # so that differences stay finite
ROUND = (1.0, 2.0, 5.0, 10.0)


@dataclass(frozen=True)
class Scale:
    """Losses from `low` (height 0) to `high` (height 1); `cut`: higher ones exist, and are drawn at the top."""

    low: float
    high: float
    log: bool = False
    cut: bool = False

    def height(self, values: NDArray | float) -> NDArray[np.float64]:
        """Heights, 0 to 1; NaN where a loss is not finite."""
        values = np.asarray(values, np.float64)
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            low, high, at = (self._along(v) for v in (self.low, self.high, values))
            share = np.clip((at - low) / (high - low), 0, 1) if high > low else np.zeros(values.shape)
        return np.where(np.isfinite(values), share, np.nan)

    def loss(self, height: float) -> float:
        """The loss at a height."""
        low, high = float(self._along(self.low)), float(self._along(self.high))
        at = low + height * (high - low)
        return float(10.0**at) if self.log else at

    def levels(self, most: int = 8) -> NDArray[np.float64]:
        """At most `most` losses at round numbers strictly between the ends, rising."""
        if not self.high > self.low:
            return np.zeros(0)
        found = round_logs(self.low, self.high, most) if self.log else round_numbers(self.low, self.high, most)
        slack = 1e-9 * (self.high - self.low)
        return found[(found > self.low + (0 if self.log else slack)) & (found < self.high - slack)]

    def _along(self, values: NDArray | float) -> NDArray[np.float64]:
        values = np.clip(np.asarray(values, np.float64), -LARGEST, LARGEST)
        return np.log10(np.maximum(values, self.low)) if self.log else values

    @property
    def notes(self) -> tuple[str, ...]:
        """What has to be said beside the picture."""
        said = ("log scale",) if self.log else ()
        return (*said, f"cut off above {theme.format_number(self.high, 3)}") if self.cut else said


def scale_of(values: NDArray, log: bool | None = None) -> Scale:
    """The scale that fits `values`; `log` None: logarithmic where all are positive and span over two decades."""
    known = np.clip(values[np.isfinite(values)], -LARGEST, LARGEST)
    if not known.size:
        return Scale(0.0, 0.0)
    positive = known[known > 0]
    if log is None:
        log = len(positive) == len(known) and bool(np.log10(known.max()) - np.log10(known.min()) > DECADES_FOR_LOG)
    if log and len(positive):
        logs = np.log10(positive)
        top = _usual_top(logs)
        cut = bool(top < logs.max())
        return Scale(float(positive.min()), float(10**top) if cut else float(positive.max()), True, cut)
    top = _usual_top(known)
    return Scale(float(known.min()), top, False, bool(top < known.max()))


def _usual_top(values: NDArray) -> float:
    """The largest value, or less where that one is far above what the others spread over."""
    low, high = np.percentile(values, (LOW_SHARE, HIGH_SHARE))
    limit, top = high + (high - low), float(values.max())
    return float(limit) if high > low and top > limit else top


def round_numbers(low: float, high: float, most: int) -> NDArray[np.float64]:
    """Multiples of 1, 2 or 5 times a power of ten in [low, high], at most `most` of them."""
    least = (high - low) / max(1, most)
    if not np.isfinite(least) or least <= 0:
        return np.zeros(0)
    size = 10.0 ** np.floor(np.log10(least))
    step = next((size * n for n in ROUND if size * n >= least * (1 - 1e-9)), 10 * size)
    first, last = np.ceil(low / step - 1e-9), np.floor(high / step + 1e-9)
    if last - first > 2 * most or abs(first) > 1e15:  # the span is lost in the rounding of the numbers themselves
        return np.zeros(0)
    found = np.arange(first, last + 1) * step + 0.0
    return found[: max(1, most)] if len(found) > most else found


def round_logs(low: float, high: float, most: int) -> NDArray[np.float64]:
    """Powers of ten in [low, high], with 2 and 5 times those where there is room, or only every second, third, …"""
    first, last = int(np.floor(np.log10(low))), int(np.ceil(np.log10(high)))
    for parts in ((1, 2, 5), (1, 3), (1,)):
        found = np.array([part * 10.0**power for power in range(first, last + 1) for part in parts])
        found = found[(found >= low) & (found <= high)]
        if len(found) <= most:
            break
    else:
        every = -(-len(found) // most)
        found = found[::every]
    return found if len(found) > 1 else round_numbers(low, high, most)


def brief(value: float) -> str:
    """A number of an axis in few signs: 0.5, −2, 1e−6."""
    text = f"{value:.3g}" if abs(value) < 1e5 else f"{value:.2g}"
    mantissa, _, power = text.partition("e")
    return (f"{mantissa}e{int(power)}" if power else mantissa).replace("-", theme.MINUS)
