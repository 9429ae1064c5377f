"""Many dimensions seen in two: principal components, and t-SNE in its exact form.

PCA: Pearson 1901; Jolliffe & Cadima 2016. t-SNE: van der Maaten & Hinton 2008, momentum and gains as in their code.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PERPLEXITY = 30.0
EXAGGERATION, EARLY, TURNS = 12.0, 100, 400  # how much closer neighbours are drawn at first, for so many of the turns
HALVINGS = 40  # of the width of a neighbourhood


@dataclass(frozen=True)
class Plane:
    """Points (n, 2); `shares` of the variance along both axes, None where axes mean nothing."""

    points: NDArray
    shares: tuple[float, float] | None = None


def principal(x: NDArray, before: NDArray | None = None) -> Plane:
    """Rows x (n, d), all finite, along their two main axes. An axis points where `before`, (n, 2), the same rows seen
    at another time, has it point; without it, its longest point is positive."""
    x = np.asarray(x, np.float64)
    n, d = x.shape
    centred = x - x.mean(0) if n else x
    scale = float(np.abs(centred).max(initial=0.0)) or 1.0
    centred = centred / scale  # squares of large numbers would not be finite
    if d <= n:
        values, axes = np.linalg.eigh(centred.T @ centred)
        points = centred @ axes[:, ::-1][:, :2]
    else:
        values, points = np.linalg.eigh(centred @ centred.T)
        points = points[:, ::-1][:, :2] * np.sqrt(np.maximum(values[::-1][:2], 0))
    values = np.maximum(values[::-1], 0)
    points = np.pad(points, ((0, 0), (0, 2 - points.shape[1])))
    total = float(values.sum()) or 1.0
    first, second = (float(value) / total for value in np.pad(values[:2], (0, 2 - len(values[:2]))))
    return Plane(_turned(points * scale, before), (first, second))


def _turned(points: NDArray, before: NDArray | None) -> NDArray:
    if not len(points):
        return points
    if before is not None and before.shape == points.shape:
        signs = np.sign((points * (before - before.mean(0))).sum(0))
    else:
        signs = np.sign(points[np.abs(points).argmax(0), np.arange(2)])
    return points * np.where(signs < 0, -1.0, 1.0)


def neighbourhoods(x: NDArray, perplexity: float = PERPLEXITY) -> NDArray:
    """p (n, n), symmetric, sum 1: how much two of the rows x (n, d) are neighbours. Each row's width is halved towards
    the one that gives its neighbours the entropy log(perplexity) (van der Maaten & Hinton 2008, equation 1)."""
    n = len(x)
    far = _distances(np.asarray(x, np.float64))
    np.fill_diagonal(far, np.inf)
    far -= far.min(1, keepdims=True)
    goal = np.log(max(1.0, min(perplexity, (n - 1) / 3)))
    sharp, low, high = np.ones(n), np.zeros(n), np.full(n, np.inf)
    typical = np.median(far[np.isfinite(far)])
    sharp /= typical or 1.0
    for _ in range(HALVINGS):
        p = np.exp(-far * sharp[:, None])
        p /= p.sum(1, keepdims=True)
        entropy = -np.sum(p * np.log(np.maximum(p, 1e-300)), 1)
        wide = entropy > goal
        low, high = np.where(wide, sharp, low), np.where(wide, high, sharp)
        sharp = np.where(np.isinf(high), sharp * 2, (low + np.where(np.isinf(high), 0, high)) / 2)
    p = p + p.T
    return p / p.sum()


def tsne(x: NDArray, start: NDArray, turns: int = TURNS, early: int = EARLY, perplexity: float = PERPLEXITY,
         go_on: Callable[[], bool] = lambda: True) -> Plane | None:  # fmt: skip
    """Rows x (n, d), all finite, so that neighbours there are neighbours here; begins at `start` (n, 2), with `early`
    turns in which neighbours attract each other more. None as soon as `go_on()` says no."""
    n = len(x)
    if n < 3:
        return Plane(np.asarray(start, np.float64))
    p = neighbourhoods(x, perplexity).astype(np.float32)
    spread = float(start[:, 0].std()) or 1.0
    y = (start / spread * (1e-4 if early else spread)).astype(np.float32)
    speed, gains, rate = np.zeros_like(y), np.ones_like(y), max(n / EXAGGERATION / 4, 50.0)
    for turn in range(turns):
        if not go_on():
            return None
        slope = _slope(p * EXAGGERATION if turn < early else p, y)
        gains = np.maximum(np.where(np.sign(slope) != np.sign(speed), gains + 0.2, gains * 0.8), 0.01)
        speed = (0.5 if turn < early else 0.8) * speed - rate * gains * slope
        y += speed
        y -= y.mean(0)
    return Plane(y.astype(np.float64))


def divergence(p: NDArray, y: NDArray) -> float:
    """KL(p ‖ q) of neighbourhoods p (n, n) and points y (n, 2): what t-SNE makes small."""
    close = _closeness(np.asarray(y, np.float64))
    q = np.maximum(close / close.sum(), 1e-300)
    return float(np.sum(p * np.log(np.maximum(p, 1e-300) / q)))


def _slope(p: NDArray, y: NDArray) -> NDArray:
    """4 Σ_j (p_ij − q_ij)(y_i − y_j) / (1 + |y_i − y_j|²): equation 5."""
    close = _closeness(y)
    pull = (p - close / close.sum()) * close
    return 4 * (pull.sum(1, keepdims=True) * y - pull @ y)


def _closeness(y: NDArray) -> NDArray:
    close = 1 / (1 + _distances(y))
    np.fill_diagonal(close, 0)
    return close


def _distances(x: NDArray) -> NDArray:
    """Squared distances (n, n) between rows."""
    squares = (x * x).sum(1)
    return np.maximum(squares[:, None] + squares[None] - 2 * (x @ x.T), 0)
