"""What the views of a loss surface show: the values on a grid, as far as they are computed, and the path over it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

COARSEST = 8  # the first pass computes every eighth line


@dataclass(frozen=True, eq=False)
class Trail:
    """Another path over the same plane: `places` (K, 2) at `steps`; `colour` numbers its hue."""

    name: str
    colour: int
    places: NDArray[np.float64]
    steps: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Landscape:
    """`values` (na, nb) at `along` (na,) × `across` (nb,); `computed` tells which of them are known.

    A value that is computed and not finite is a hole. `path` (K, 2) are places in the plane, `path_losses` the true
    losses there and `path_in_plane` those below, at `steps`. `explained`: share of the path that the plane shows.
    `here` is the current point, `here_loss` its true loss; without `here_in_plane` that one is read off the grid.
    `others` are more paths; `explains`: what it is that the plane shows a share of.
    """

    along: NDArray[np.float64]
    across: NDArray[np.float64]
    values: NDArray[np.float64]
    computed: NDArray[np.bool_]
    names: tuple[str, str] = ("a", "b")
    path: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 2)))
    path_losses: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    path_in_plane: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    steps: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    explained: float = float("nan")
    here: tuple[float, float] = (0.0, 0.0)
    here_loss: float = float("nan")
    here_in_plane: float = float("nan")
    mode: str = ""
    rows: str = ""
    others: tuple[Trail, ...] = ()
    explains: str = "the path"

    @property
    def is_line(self) -> bool:
        """Whether there is one direction only."""
        return self.values.shape[1] == 1

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw yet."""
        return not bool(np.isfinite(self.filled).any())

    @cached_property
    def filled(self) -> NDArray[np.float64]:
        """The values, those still missing interpolated from the coarse cells; NaN where neither is possible."""
        return fill(self.along, self.across, self.values, self.computed)

    @property
    def has_holes(self) -> bool:
        """Whether some computed value is not finite."""
        return bool((self.computed & ~np.isfinite(self.values)).any())

    def loss_at(self, places: NDArray) -> NDArray[np.float64]:
        """The loss at `places` (K, 2), bilinear between the cells; NaN in holes and outside."""
        return bilinear(self.along, self.across, self.filled, np.asarray(places, np.float64).reshape(-1, 2))

    @property
    def loss_in_plane(self) -> float:
        """What the plane says of the current point."""
        given = float(self.here_in_plane)
        return given if not np.isnan(given) else float(self.loss_at(np.array([self.here]))[0])


def shares(knots: NDArray, at: NDArray) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """For each of `at`: the knot below it and how far (0 to 1) it is on the way to the next; NaN outside."""
    if len(knots) == 1:
        return np.zeros(len(at), np.int64), np.zeros(len(at))
    below = np.clip(np.searchsorted(knots, at, "right") - 1, 0, len(knots) - 2)
    share = (at - knots[below]) / (knots[below + 1] - knots[below])
    slack = 1e-9
    return below, np.where((share < -slack) | (share > 1 + slack), np.nan, np.clip(share, 0, 1))


def between(one: NDArray, other: NDArray, share: NDArray) -> NDArray[np.float64]:
    """`share` of the way; an end that counts for nothing may be NaN."""
    with np.errstate(invalid="ignore", over="ignore"):
        found: NDArray[np.float64] = np.where(
            share == 0, one, np.where(share == 1, other, one * (1 - share) + other * share)
        )
    return found


def bilinear(along: NDArray, across: NDArray, values: NDArray, places: NDArray) -> NDArray[np.float64]:
    """`values` at `places` (K, 2)."""
    (i, s), (j, t) = shares(along, places[:, 0]), shares(across, places[:, 1])
    i1, j1 = np.minimum(i + 1, len(along) - 1), np.minimum(j + 1, len(across) - 1)
    return between(between(values[i, j], values[i1, j], s), between(values[i, j1], values[i1, j1], s), t)


def resample(
    along: NDArray, across: NDArray, values: NDArray, at_along: NDArray, at_across: NDArray
) -> NDArray[np.float64]:
    """`values` on another grid, bilinear."""
    i, s = shares(along, at_along)
    rows = between(values[i], values[np.minimum(i + 1, len(along) - 1)], s[:, None])
    j, t = shares(across, at_across)
    return between(rows[:, j], rows[:, np.minimum(j + 1, len(across) - 1)], t[None, :])


def lattice(size: int, step: int) -> NDArray[np.int64]:
    """Every `step`-th index, and the last one."""
    kept = np.arange(0, size, step)
    return kept if kept[-1] == size - 1 else np.append(kept, size - 1)


def fill(along: NDArray, across: NDArray, values: NDArray, computed: NDArray) -> NDArray[np.float64]:
    """What is missing, interpolated from the finest complete lattice; lines that are not reached stay NaN.

    What is computed and not finite becomes NaN, and leaves a hole as wide as the cells known around it.
    """
    known = np.where(computed & np.isfinite(values), values, np.nan)
    if computed.all():
        return known
    rows, columns = _complete(computed)
    if not len(rows):
        return known
    coarse = known[np.ix_(rows, columns)]
    found = resample(along[rows], across[columns], coarse, along, across)
    return np.where(computed, known, found)


def _complete(computed: NDArray) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and columns of the finest lattice whose cells are all computed, or the complete rows of the coarsest."""
    step = 1
    while step <= COARSEST:
        rows, columns = (lattice(size, step) for size in computed.shape)
        done = computed[np.ix_(rows, columns)].all(1)
        if done.all():
            return rows, columns
        step *= 2
    return rows[done], columns
