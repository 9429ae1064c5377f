"""Points in the plane in the manner of TensorFlow Playground, drawn with NumPy.

All clean points lie within ±EXTENT. Classes are balanced: their counts differ by at most one, whatever the noise,
because noise moves points and never changes labels.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.data.raw import Raw

# Inputs of deviation 1 to 2: a 2-16-16-2 tanh network solves the spirals with plain SGD at this scale, not at ±1.
EXTENT = 4.0

_HILLS = np.array([(-2, 1.25, 1), (0, 1.25, -1), (2, 1.25, 1), (-2, -1.25, -1), (0, -1.25, 1), (2, -1.25, -1)]) / [
    3,
    3,
    1,
]
_HILL_WIDTH = 0.2


def _classified(points: np.ndarray, labels: np.ndarray, names: tuple[str, ...]) -> Raw:
    return Raw(EXTENT * points, labels.astype(np.int64), "classification", ("x1", "x2"), ("class",), names)


def _start(options: dict[str, Any], classes: int = 2) -> tuple[np.random.Generator, int, np.ndarray]:
    """Generator, number of points, and labels 0, 1, …, 0, 1, …"""
    count = options["samples"]
    return np.random.default_rng(options["seed"]), count, np.arange(count) % classes


def _polar(radius: np.ndarray, angle: np.ndarray) -> np.ndarray:
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def circles(options: dict[str, Any]) -> Raw:
    """A disc of radius 0.5 (class "inner") in a ring from 0.7 to 1 ("outer")."""
    rng, count, labels = _start(options)
    low, high = np.where(labels == 0, 0.0, 0.7), np.where(labels == 0, 0.5, 1.0)
    radius = np.sqrt(rng.uniform(low**2, high**2))  # even density over the area
    points = _polar(radius, rng.uniform(0, 2 * np.pi, count)) + rng.normal(0, 0.4 * options["noise"], (count, 2))
    return _classified(points, labels, ("inner", "outer"))


def xor(options: dict[str, Any]) -> Raw:
    """Class "same" where the coordinates' signs agree, "different" elsewhere; a gap of 0.06 along the axes."""
    rng, count, labels = _start(options)
    size = rng.uniform(0.06, 1.0, (count, 2))
    sign = rng.choice([-1.0, 1.0], count)
    points = np.stack([sign * size[:, 0], sign * np.where(labels == 0, 1, -1) * size[:, 1]], axis=1)
    points += rng.normal(0, 0.4 * options["noise"], (count, 2))
    return _classified(points, labels, ("same", "different"))


def gaussians(options: dict[str, Any]) -> Raw:
    """Round clouds around evenly spaced centres on a circle of radius 0.55."""
    classes = options["classes"]
    rng, count, labels = _start(options, classes)
    centre = _polar(np.full(count, 0.55), np.pi / 4 + 2 * np.pi * labels / classes)
    points = centre + rng.normal(0, 0.1 + 0.4 * options["noise"], (count, 2))
    return _classified(points, labels, tuple(f"cloud {k + 1}" for k in range(classes)))


def spirals(options: dict[str, Any]) -> Raw:
    """Archimedean arms r = t, angle = 2π(turns·t + k/classes); noise is measured against the gap between arms."""
    classes, turns = options["classes"], options["turns"]
    rng, count, labels = _start(options, classes)
    radius = rng.uniform(0.05, 1.0, count)
    gap = 1 / (max(turns, 1.0) * classes)
    points = _polar(radius, 2 * np.pi * (turns * radius + labels / classes))
    points += rng.normal(0, 0.7 * gap * options["noise"], (count, 2))
    return _classified(points, labels, tuple(f"arm {k + 1}" for k in range(classes)))


def _valued(options: dict[str, Any], rng: np.random.Generator, points: np.ndarray, values: np.ndarray) -> Raw:
    values = values + rng.normal(0, 1.0, len(points)) * options["noise"]
    return Raw(EXTENT * points, values[:, None], "regression", ("x1", "x2"), ("value",))


def plane(options: dict[str, Any]) -> Raw:
    """y = (p1 + p2) / 2 for points p in the unit square ±1: from -1 to 1 along the diagonal."""
    rng, count, _ = _start(options)
    points = rng.uniform(-1, 1, (count, 2))
    return _valued(options, rng, points, points.mean(axis=1))


def fan_deviation(options: dict[str, Any], p1: np.ndarray) -> np.ndarray:
    """Standard deviation of the noise in `growing_noise` at p1: a tenth at the left edge (−1), all at the right (1)."""
    return np.asarray(options["noise"] * (0.55 + 0.45 * p1))


def growing_noise(options: dict[str, Any]) -> Raw:
    """y = sin(πp1) / 2 for points p in the unit square ±1, in noise that grows from left to right."""
    rng, count, _ = _start(options)
    points = rng.uniform(-1, 1, (count, 2))
    values = 0.5 * np.sin(np.pi * points[:, 0])
    values += rng.normal(0, 1.0, count) * fan_deviation(options, points[:, 0])
    return Raw(EXTENT * points, values[:, None], "regression", ("x1", "x2"), ("value",))


def multi_gaussian(options: dict[str, Any]) -> Raw:
    """y = Σ ± exp(-|p - c|² / 2w²) over six centres of alternating sign, w = 0.2."""
    rng, count, _ = _start(options)
    points = rng.uniform(-1, 1, (count, 2))
    squared = ((points[:, None, :] - _HILLS[None, :, :2]) ** 2).sum(axis=2)
    return _valued(options, rng, points, np.exp(-squared / (2 * _HILL_WIDTH**2)) @ _HILLS[:, 2])
