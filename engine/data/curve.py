"""A curve y(x) that was drawn by hand: a list of points, joined by straight lines."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.data.arrays import LARGEST
from engine.data.raw import Raw
from engine.data.synthetic import EXTENT

Point = tuple[float, float]
MOST_POINTS, TALLEST = 512, 2.0
WORDS = (f"a list of 2 to {MOST_POINTS} points [x, y], x rising from one to the next within ±{EXTENT:g}, y within "
         f"±{TALLEST:g}")  # fmt: skip


def checked_points(value: list[Any] | tuple[Any, ...]) -> tuple[Point, ...]:
    """`value` as tuples of floats. Raises ValueError with what is wrong, which begins with a verb."""
    if not 2 <= len(value) <= MOST_POINTS:
        raise ValueError(f"has {len(value)} points")
    points: list[Point] = []
    for number, given in enumerate(value, 1):
        if not isinstance(given, list | tuple) or len(given) != 2 or not all(map(_is_number, given)):
            raise ValueError(f"holds {str(given)[:40]!r} as point {number}")
        x, y = float(given[0]), float(given[1])
        if not (abs(x) <= EXTENT and abs(y) <= TALLEST):
            raise ValueError(f"holds a point {number} at ({x:g}, {y:g})")
        if points and x <= points[-1][0]:
            raise ValueError(f"goes back to x = {x:g} at point {number}")
        points.append((x, y))
    return tuple(points)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LARGEST


def drawn_curve(options: dict[str, Any]) -> Raw:
    """`samples` places, evenly spread from the first to the last point, and the curve's height there."""
    across, up = np.array(options["points"]).T
    x = np.linspace(across[0], across[-1], options["samples"])
    noise = np.random.default_rng(options["seed"]).normal(0, 1.0, len(x)) * options["noise"]
    y = np.interp(x, across, up) + noise
    return Raw(x[:, None], y[:, None], "regression", ("x",), ("y",))


def simplified(across: np.ndarray, up: np.ndarray, tolerance: float = 0.004) -> tuple[Point, ...]:
    """The fewest of the points (n,) so that straight lines between them pass all others within `tolerance` (D. Douglas
    and T. Peucker 1973, measured upright)."""
    kept, stretches = {0, len(across) - 1}, [(0, len(across) - 1)]
    while stretches:
        first, last = stretches.pop()
        line = np.interp(across[first : last + 1], across[[first, last]], up[[first, last]])
        off = np.abs(up[first : last + 1] - line)
        worst = first + int(off.argmax())
        if off.max() > tolerance and first < worst < last:
            kept.add(worst)
            stretches += [(first, worst), (worst, last)]
    return tuple((round(float(across[k]), 4), round(float(up[k]), 4)) for k in sorted(kept))


def _of(height: Any) -> tuple[Point, ...]:
    across = np.linspace(-EXTENT, EXTENT, 161)
    return simplified(across, np.array([height(x) for x in across]))


READY: dict[str, tuple[Point, ...]] = {
    "Sine": _of(lambda x: 0.8 * math.sin(math.pi * x / 2)),
    "Step": ((-4.0, -0.7), (-0.05, -0.7), (0.05, 0.7), (4.0, 0.7)),
    "Bump": _of(lambda x: 1.4 * math.exp(-2 * x * x) - 0.7),
    "Sharp corner": ((-4.0, 0.9), (0.5, -0.9), (4.0, 0.5)),
    "Wave, step and corner": (
        *(point for point in _of(lambda x: 0.8 * math.sin(math.pi * x / 2)) if point[0] < -0.02),
        (0.0, 0.0), (0.1, 0.8), (1.6, 0.8), (2.6, -0.8), (4.0, 0.6),
    ),
}  # fmt: skip
