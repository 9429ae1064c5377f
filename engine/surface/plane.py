"""A plane through the space of parameters, and what lies on it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Plane:
    """θ₀ + a·u + b·v; `origin`, `first`, `second`: parameter blocks (P,) in the order of the arena.

    `names` says what a and b are; `shift` is added to them where they are shown (the values of two chosen weights).
    """

    origin: NDArray
    first: NDArray
    second: NDArray
    names: tuple[str, str] = ("u", "v")
    shift: tuple[float, float] = (0.0, 0.0)
    kind: str = field(default="")

    @property
    def is_line(self) -> bool:
        """Whether there is one direction only."""
        return not np.any(self.second)

    def place_of(self, blocks: NDArray) -> NDArray[np.float64]:
        """(a, b) of the point of the plane nearest to each of `blocks` (K, P): (K, 2), by least squares."""
        basis = np.stack([self.first, self.second]).astype(np.float64)
        away = np.asarray(blocks, np.float64) - self.origin.astype(np.float64)
        gram, against = basis @ basis.T, away @ basis.T
        found: NDArray[np.float64] = against @ np.linalg.pinv(gram)
        return found

    def points(self, places: NDArray) -> NDArray:
        """The parameter blocks (K, P) at `places` (K, 2)."""
        places = np.asarray(places, self.origin.dtype)
        found: NDArray = self.origin + places[:, :1] * self.first + places[:, 1:] * self.second
        return found


@dataclass(frozen=True)
class Grid:
    """Places along both directions, from `low` to `high`, so many each; a line has one place across."""

    low: tuple[float, float]
    high: tuple[float, float]
    size: tuple[int, int] = (51, 51)

    @property
    def along(self) -> NDArray[np.float64]:
        """Values of a, (na,)."""
        return np.linspace(self.low[0], self.high[0], self.size[0])

    @property
    def across(self) -> NDArray[np.float64]:
        """Values of b, (nb,)."""
        return np.linspace(self.low[1], self.high[1], self.size[1]) if self.size[1] > 1 else np.zeros(1)

    def places(self) -> NDArray[np.float64]:
        """All (a, b), row by row: (na · nb, 2)."""
        a, b = np.meshgrid(self.along, self.across, indexing="ij")
        return np.stack([a.ravel(), b.ravel()], 1)

    def stages(self) -> list[NDArray[np.int64]]:
        """Indices of `places`, coarse first: every eighth line, then every fourth, second and the rest; each once."""
        i, j = (index.ravel() for index in np.indices(self.size))
        rank = np.full(i.size, 3)
        for level, step in ((2, 2), (1, 4), (0, 8)):
            last = (i % step == 0) | (i == self.size[0] - 1)
            rank[last & ((j % step == 0) | (j == self.size[1] - 1))] = level
        return [np.flatnonzero(rank == level) for level in range(4) if np.any(rank == level)]


def fit_grid(places: NDArray, size: tuple[int, int] = (51, 51), margin: float = 0.25, least: float = 1.0) -> Grid:
    """A grid around `places` (K, 2) with a margin (a share of their spread), at least ±`least` wide around 0."""
    known = np.concatenate([np.zeros((1, 2)), np.asarray(places, np.float64)[np.isfinite(places).all(1)]])
    low, high = known.min(0), known.max(0)
    half = np.maximum((high - low) * (0.5 + margin), least)
    middle = (low + high) / 2
    low, high = middle - half, middle + half
    return Grid((float(low[0]), float(low[1])), (float(high[0]), float(high[1])), size)
