"""How far a picture of the loss can be trusted: what of the path lies in the plane, and what the loss is off it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.surface.plane import Plane

if TYPE_CHECKING:
    from engine.surface.losses import PlaneLosses


@dataclass(frozen=True, eq=False)
class PathOnPlane:
    """A path as a plane shows it: `places` (K, 2), the `true` loss at each of its points and the one `in_plane` below.

    `explained`: share of the path's variance that lies in the plane, 0 to 1; NaN where the path does not move.
    `distance` (K,): how far each point is from the plane, as a share of the path's own extent.
    """

    steps: NDArray[np.int64]
    places: NDArray[np.float64]
    true: NDArray[np.float64]
    in_plane: NDArray[np.float64]
    explained: float
    distance: NDArray[np.float64]

    @property
    def worst(self) -> float:
        """The largest difference between true loss and loss in the plane."""
        apart = np.abs(self.true - self.in_plane)
        known = apart[np.isfinite(apart)]
        return float(known.max()) if len(known) else float("nan")


def explained_share(plane: Plane, path: NDArray) -> float:
    """Share of the variance of a path (K, P) that lies along the plane's two directions; NaN where it does not move."""
    away = path.astype(np.float64)
    away = away[np.isfinite(away).all(1)]
    if not len(away):
        return float("nan")
    away = away - away.mean(0)
    whole = float(np.sum(away**2))
    if not whole > 0:
        return float("nan")
    basis = np.stack([plane.first, plane.second]).astype(np.float64).T
    unit, sizes, _ = np.linalg.svd(basis, full_matrices=False)
    inside = away @ unit[:, sizes > 1e-12 * max(sizes.max(), 1e-300)]
    return min(1.0, float(np.sum(inside**2)) / whole)


def path_on_plane(losses: PlaneLosses, plane: Plane, steps: NDArray[np.int64], path: NDArray) -> PathOnPlane:
    """The path (K, P), at `steps`, beside what the plane shows of it."""
    places = plane.place_of(path)
    off = path.astype(np.float64) - plane.points(places).astype(np.float64)
    reach = np.linalg.norm(path.astype(np.float64) - path[-1].astype(np.float64), axis=1).max(initial=0.0)
    distance = np.linalg.norm(off, axis=1) / (reach if reach > 0 else 1.0)
    return PathOnPlane(steps, places, losses.at(path), losses(plane, places), explained_share(plane, path), distance)
