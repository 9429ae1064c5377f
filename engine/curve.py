"""A curve that is thinned as it grows: never more than some hundred points however long the run."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MOST = 600


class Curve:
    """Points (step, values…) in order. Every `width` of them are one mean; it doubles when there are too many."""

    def __init__(self, columns: int) -> None:
        self.width = 1
        self._means = np.zeros((0, columns))
        self._rest = np.zeros((0, columns))

    @property
    def points(self) -> NDArray:
        """(n, columns), n ≤ MOST + 1: the means, and that of the points that do not make a whole one yet."""
        return np.concatenate([self._means, self._rest.mean(0, keepdims=True)]) if len(self._rest) else self._means

    def add(self, points: NDArray) -> None:
        """Append `points` (n, columns)."""
        rest = np.concatenate([self._rest, points])
        whole = len(rest) // self.width * self.width
        self._means = np.concatenate([self._means, _means(rest[:whole], self.width)])
        self._rest = rest[whole:]
        while len(self._means) > MOST:
            self._thin()

    def _thin(self) -> None:
        even = len(self._means) // 2 * 2
        odd = np.repeat(self._means[even:], self.width, axis=0)
        self._means, self._rest = _means(self._means[:even], 2), np.concatenate([odd, self._rest])
        self.width *= 2

    def cut(self, step: float) -> None:
        """Forget points at `step` and later."""
        self._means = self._means[self._means[:, 0] < step]
        self._rest = self._rest[self._rest[:, 0] < step]


def _means(points: NDArray, width: int) -> NDArray:
    return points.reshape(-1, width, points.shape[1]).mean(1)
