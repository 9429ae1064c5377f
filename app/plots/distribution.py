"""Counts over the steps, made ready to be drawn: which axis, which part of it, shares in place of counts."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.numbers import MINUS, format_number
from app.plots.axes import power_label
from app.worker_histograms import BAD, EVEN, LOWEST, ZERO, Columns

SPREAD, TAIL = 4, 6  # octaves: sizes that change by more, or tails that reach further, need the logarithmic axis
MOST_BINS = 48  # of the even axis: more than that, and some are joined
MOST_OCTAVES = 40  # of either sign: what is smaller counts as 0
WORTH = 2e-3  # share of a column below which the ends of an axis are cut off


@dataclass(frozen=True, eq=False)
class Shares:
    """`cells` (n, bins): what share of each column lies in each bin, from the lowest value to the highest; `edges`
    (bins + 1,) in the axis's own measure, where `ticks` are (place, words) from the lowest up. `bad` (n,): shares that
    are not finite; `zeros` (n,): that are 0. `spans` (n, 2): first and last step of each column. `lowest`: of a
    logarithmic axis, the octave next to 0; its places are ±(octaves above that one + ½)."""

    spans: NDArray[np.int64]
    cells: NDArray[np.float64]
    edges: NDArray[np.float64]
    ticks: tuple[tuple[float, str], ...]
    bad: NDArray[np.float64]
    zeros: NDArray[np.float64]
    log: bool
    lowest: int = LOWEST

    def words(self, place: int) -> str:
        """The values of a bin: "between 0.25 and 0.5"."""
        low, high = (self.value(self.edges[place + i]) for i in (0, 1))
        if self.log and low < 0 < high:
            return f"0 (below {format_number(high, 3)})" if high > 2.0**LOWEST else "0"
        return f"between {format_number(low, 3)} and {format_number(high, 3)}"

    def value(self, at: float) -> float:
        """The value at a place of the axis."""
        return math.copysign(2.0 ** (abs(at) - 0.5 + self.lowest), at) if self.log else float(at)


def shares_of(columns: Columns) -> Shares | None:
    """None while nothing has been counted."""
    if not len(columns.spans):
        return None
    total = np.maximum(1, columns.logs.sum(1)).astype(float)
    bad, zeros = columns.logs[:, BAD] / total, columns.logs[:, ZERO] / total
    log = needs_log(columns)
    cells, edges, ticks, lowest = _logarithmic(columns, total) if log else _linear(columns, total)
    return Shares(columns.spans, cells, edges, ticks, bad, zeros, log, lowest)


def sizes_of(columns: Columns) -> NDArray[np.int64]:
    """Counts (n, OCTAVES) by magnitude alone."""
    logs = columns.logs.astype(np.int64)
    return logs[:, ZERO + 1 : BAD] + logs[:, ZERO - 1 :: -1]


def needs_log(columns: Columns) -> bool:
    """Whether even bins would show no more than a line: sizes change over octaves, or reach over many."""
    sizes = sizes_of(columns)
    sizes = sizes[sizes.sum(1) > 0]
    if not len(sizes):
        return False
    sums = sizes.cumsum(1) / sizes.sum(1, keepdims=True)
    most, middle = (sums >= 0.9).argmax(1), (sums >= 0.5).argmax(1)
    return bool(most.max() - most.min() > SPREAD or np.median(most - middle) > TAIL)


Axis = tuple[NDArray[np.float64], NDArray[np.float64], tuple[tuple[float, str], ...], int]


def _linear(columns: Columns, total: NDArray[np.float64]) -> Axis:
    limit = 2.0 ** (columns.range if columns.range is not None else 0)
    cells = columns.even / total[:, None]
    used = np.flatnonzero(cells.max(0) > WORTH)
    half = EVEN // 2
    low, high = (int(used[0]), int(used[-1]) + 1) if len(used) else (half - 1, half + 1)
    low, high = min(low, half), max(high, half)  # 0 is always in view
    joined = 1
    while (high - low) / joined > MOST_BINS:
        joined *= 2
    low, high = low // joined * joined, -(-high // joined) * joined  # 0 stays an edge
    low, high = max(0, low - joined * (low < half)), min(EVEN, high + joined * (high > half))
    edges = (np.arange(low, high + 1, joined) - half) * (limit / half)
    step = _round(float(edges[-1] - edges[0]) / 4)
    at = np.arange(math.ceil(edges[0] / step), math.floor(edges[-1] / step) + 1) * step
    shown = cells[:, low:high].reshape(len(cells), -1, joined).sum(2)
    return shown, edges, tuple((float(place), _plain(float(place))) for place in at), LOWEST


def _plain(place: float) -> str:
    return f"{round(place, 12):g}".replace("-", MINUS).replace("e+0", "e").replace("e−0", "e−")


def _round(least: float) -> float:
    """1, 2 or 5 times a power of ten, at least `least`."""
    size = 10.0 ** math.floor(math.log10(least))
    return next(size * n for n in (1, 2, 5, 10) if size * n >= least * 0.999)


def _logarithmic(columns: Columns, total: NDArray[np.float64]) -> Axis:
    logs = columns.logs / total[:, None]
    sizes = np.flatnonzero((sizes_of(columns) / total[:, None]).max(0) > WORTH)
    low, high = int(sizes[0]), int(sizes[-1]) + 1
    low = max(low, high - MOST_OCTAVES)
    up, down = logs[:, ZERO + 1 : BAD], logs[:, ZERO - 1 :: -1]
    zero = logs[:, ZERO] + up[:, :low].sum(1) + down[:, :low].sum(1)
    cells = [down[:, low:high][:, ::-1], zero[:, None], up[:, low:high]]
    edges = np.arange(-(high - low) - 0.5, high - low + 1)
    shown = np.concatenate(cells, axis=1)
    if down[:, low:high].max() <= WORTH:
        shown, edges = shown[:, high - low :], edges[high - low :]
    elif up[:, low:high].max() <= WORTH:
        shown, edges = shown[:, : high - low + 1], edges[: high - low + 2]
    lowest = low + LOWEST
    ticks = _decades(edges, lowest, high - low)
    return shown, edges, ticks, lowest


def _decades(edges: NDArray[np.float64], lowest: int, octaves: int) -> tuple[tuple[float, str], ...]:
    """Powers of ten of either sign that are in view, few enough to be read, and 0."""
    first, last = math.ceil(lowest * math.log10(2)), math.floor((lowest + octaves) * math.log10(2))
    step = max(1, math.ceil((last - first + 1) / 4))
    places = [(power / math.log10(2) - lowest + 0.5, power_label(power)) for power in range(last, first - 1, -step)]
    places = [(at, words) for at, words in places if at > 1.5]  # not upon the 0
    both = [(-at, f"−{words}") for at, words in places] + [(0.0, "0")] + places[::-1]
    return tuple((at, words) for at, words in both if edges[0] <= at <= edges[-1])


def over_steps(shares: Shares, width: int) -> NDArray[np.int64]:
    """Which column stands at each of `width` places, evenly spread over the steps."""
    at = np.linspace(shares.spans[0, 0], shares.spans[-1, 1], max(1, width))
    return np.minimum(np.searchsorted(shares.spans[:, 1], at), len(shares.spans) - 1)
