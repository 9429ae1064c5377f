"""The lines between units: where they run, how strong they are, and which one lies under the pointer."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QLineF

from app.units.layout import Places
from app.units.numbers import Numbers
from app.units.plan import Bundle, Plan

LEVELS = 6  # widths that are told apart


@dataclass(frozen=True)
class Lines:
    """The drawn lines of one bundle: units (n, 2) of source and target, ends (n, 4) as x0, y0, x1, y1."""

    bundle: Bundle
    units: np.ndarray
    ends: np.ndarray
    drawn: list[QLineF] = field(default_factory=list, repr=False, compare=False)


def lines_of(plan: Plan, places: Places) -> list[Lines]:
    """All lines between units that are drawn."""
    found = []
    for bundle in plan.bundles:
        pairs = _pairs(plan, bundle)
        if pairs:
            ends = np.array([_ends(places, bundle, *pair) for pair in pairs], float)
            found.append(Lines(bundle, np.array(pairs), ends, [QLineF(*one) for one in ends.tolist()]))
    return found


def _pairs(plan: Plan, bundle: Bundle) -> list[tuple[int, int]]:
    source, target = plan.by_layer[bundle.source], plan.by_layer[bundle.target]
    sources = range(source.first, source.first + source.shown)
    targets = range(target.first, target.first + target.shown)
    if bundle.link == "same":
        pairs = [(i, i // bundle.share + bundle.offset) for i in sources]
        return [(i, j) for i, j in pairs if j in targets]
    wide, tall = source.size // bundle.steps, target.size // bundle.steps
    return [(i, j) for i in sources for j in targets if bundle.steps == 1 or i // wide == j // tall]


def _ends(places: Places, bundle: Bundle, source: int, target: int) -> tuple[float, float, float, float]:
    start, end = places.units[bundle.source, source], places.units[bundle.target, target]
    return start.right(), start.center().y(), end.left(), end.center().y()


def strengths(lines: Lines, numbers: Numbers, gradient: bool = False) -> np.ndarray | None:
    """Weights (n,) of these lines on a scale of −1 … 1 of their own matrix; NaN stays. None for lines without any."""
    name = lines.bundle.weight + (".grad" if gradient else "")
    matrix = numbers.values.get(name) if lines.bundle.weight else None
    if matrix is None or matrix.ndim != 2:
        return None
    units = lines.units % matrix.shape if lines.bundle.steps > 1 else lines.units
    if not _inside(units, matrix.shape):
        return None
    finite = np.abs(matrix[np.isfinite(matrix)])
    return matrix[units[:, 0], units[:, 1]] / (finite.max(initial=0.0) or 1.0)


def _inside(units: np.ndarray, shape: tuple[int, ...]) -> bool:
    return bool(units[:, 0].max() < shape[0] and units[:, 1].max() < shape[1])


def levels(strength: np.ndarray) -> np.ndarray:
    """A level 1 … LEVELS for each strength, 0 for one that is not finite."""
    size = np.abs(np.nan_to_num(strength, nan=0.0, posinf=0.0, neginf=0.0))
    level = np.clip(np.ceil(size * LEVELS), 1, LEVELS).astype(int)
    return np.where(np.isfinite(strength), level, 0)


def nearest(all_lines: list[Lines], x: float, y: float, reach: float) -> tuple[Bundle, int, int] | None:
    """The line closest to (x, y), if one is within `reach`: its bundle, source unit and target unit."""
    best: tuple[float, Bundle, int, int] | None = None
    for lines in all_lines:
        start, along = lines.ends[:, :2], lines.ends[:, 2:] - lines.ends[:, :2]
        to = np.array([x, y]) - start
        share = np.clip((to * along).sum(1) / np.maximum((along * along).sum(1), 1e-9), 0.0, 1.0)
        distance = np.hypot(*(to - share[:, None] * along).T)
        at = int(distance.argmin())
        if distance[at] <= reach and (best is None or distance[at] < best[0]):
            best = (float(distance[at]), lines.bundle, int(lines.units[at, 0]), int(lines.units[at, 1]))
    return None if best is None else best[1:]
