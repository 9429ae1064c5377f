"""Which plane through the parameters the loss is drawn over, and how much of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from app.worker_commands import LookAround, Weight
from engine.errors import ChainruleError
from engine.surface.directions import (
    checkpoint_plane,
    gradient_plane,
    path_plane,
    paths_plane,
    random_plane,
    weights_plane,
)
from engine.surface.layout import Layout
from engine.surface.plane import Grid, Plane, fit_grid

if TYPE_CHECKING:
    from engine.session import Session
    from engine.surface.path import NamedPath

GROWN = 1.3  # by so much longer a path is drawn on a plane of its own
WIDE = 3.0  # half the width of a plane of two weights, at least
WILD = 4.0  # times the median reach of all paths: what goes farther does not stretch the picture
WITH_OTHERS = ("path", "weights", "race")  # planes on which other paths tell anything


@dataclass(frozen=True, eq=False)
class Point:
    """Where the session was when a picture was asked for, the path that led there, and others beside it."""

    block: np.ndarray
    step: int
    path: list[tuple[int, np.ndarray]]
    gradient: tuple[np.ndarray, np.ndarray | None] | None = None
    others: tuple[NamedPath, ...] = ()

    def way(self) -> np.ndarray:
        """The finite blocks of the path (K, P); at least one row if the point is finite."""
        path = np.stack([block for _, block in self.path]) if self.path else self.block[None]
        found: np.ndarray = path[np.isfinite(path).all(1)]
        return found

    def ways(self) -> list[np.ndarray]:
        """Those of the others, each as far as it stays near."""
        return tame([path.blocks() for path in self.others if len(path.points)])


class PlaneChoice:
    """`plane` and `grid` stay as long as they suit."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.plane: Plane | None = None
        self.grid: Grid | None = None
        self._wish: LookAround | None = None
        self._length = 0
        self._race: tuple = ()

    def forget(self) -> None:
        """Choose anew next time."""
        self.plane = None

    def suit(self, wish: LookAround, point: Point) -> bool:
        """Another plane where the one there is does not suit any more; whether it is another. Raises SessionError."""
        path, ways = point.way(), point.ways() if wish.kind in WITH_OTHERS else []
        length = len(path) if wish.kind != "race" else sum(map(len, ways))
        race = tuple((other.name, other.colour, id(other.points[0][1])) for other in point.others if other.points)
        if self.plane is not None and self._wish == wish:
            if wish.kind in ("path", "race") and (wish.kind == "path" or race == self._race):
                ends = [point.block] if wish.kind == "path" else [way[-1] for way in ways if len(way)]
                if self._holds(ends) and length < GROWN * self._length + 2:
                    return False
            if wish.kind != "race" and np.array_equal(self.plane.origin, point.block):
                return False
        self.plane, self.grid = plane_of(self._session, wish, point, path, ways)
        self._wish, self._length, self._race = wish, length, race
        return True

    def _holds(self, blocks: list[np.ndarray]) -> bool:
        """Whether these lie in the part that is drawn."""
        if self.plane is None or self.grid is None or not blocks:
            return False
        places = self.plane.place_of(np.stack(blocks))
        return bool(np.all((places >= self.grid.low) & (places <= self.grid.high)))


def tame(paths: list[np.ndarray]) -> list[np.ndarray]:
    """Each path (K, P) up to where it goes WILD times as far from its start as they usually do."""
    reaches = [np.linalg.norm(path.astype(np.float64) - path[0], axis=1) if len(path) else np.zeros(0)
               for path in paths]  # fmt: skip
    limit = WILD * float(np.median([reach.max(initial=0.0) for reach in reaches])) if paths else 0.0
    wild = [np.flatnonzero(reach > limit) for reach in reaches]
    return [path[: far[0]] if len(far) and limit > 0 else path for path, far in zip(paths, wild, strict=True)]


def plane_of(session: Session, wish: LookAround, point: Point, path: np.ndarray,
             ways: list[np.ndarray]) -> tuple[Plane, Grid]:  # fmt: skip
    """The plane that is asked for, through `point`, and the part of it that is drawn. Raises SessionError."""
    size, block = (wish.size, wish.size), point.block
    only = only_two(session) if wish.kind in ("path", "race") else None
    if wish.kind == "weights" or only:
        return _over_weights(session, wish, only or wish.weights, block, [path, *ways])
    if wish.kind == "race":
        plane = paths_plane(ways)
        return plane, fit_grid(plane.place_of(np.concatenate(ways)), size, least=0.05 * wish.reach)
    reach = (-wish.reach, -wish.reach), (wish.reach, wish.reach)
    if wish.kind == "gradient":
        assert point.gradient is not None
        return gradient_plane(session, block, *point.gradient, seed=wish.seed), Grid(*reach, size)
    if wish.kind == "start" and len(path) > 1:
        plane = checkpoint_plane(session, block, path[0], "the start", wish.seed)
        return plane, Grid((-0.25 * wish.reach, -wish.reach), (1.25 * wish.reach, wish.reach), size)
    if wish.kind == "path" and len(path) > 2:
        try:
            plane = path_plane(block, path)
            return plane, fit_grid(plane.place_of(path), size, least=0.05 * wish.reach)
        except ChainruleError:
            pass  # it has not gone far enough yet
    return random_plane(session, block, wish.seed), Grid(*reach, size)


def _over_weights(session: Session, wish: LookAround, weights: tuple[Weight, Weight | None] | None, block: np.ndarray,
                  ways: list[np.ndarray]) -> tuple[Plane, Grid]:  # fmt: skip
    if weights is None:
        raise ChainruleError("Choose two weights first.")
    plane = weights_plane(session, block, *weights)
    places = np.concatenate([plane.place_of(way) for way in ways if len(way)] or [np.zeros((0, 2))])
    grid = fit_grid(places, (wish.size, wish.size), least=WIDE * wish.reach)
    return plane, Grid((grid.low[0], 0.0), (grid.high[0], 0.0), (4 * wish.size, 1)) if plane.is_line else grid


def only_two(session: Session) -> tuple[Weight, Weight] | None:
    """The two weights of a network that has no others; None where there are more or fewer."""
    learning = [(name, place) for name, place in Layout(session).items() if place.learns]
    if sum(place.size for _, place in learning) != 2:
        return None
    first, second = (
        (name, tuple(map(int, index))) for name, place in learning for index in np.ndindex(place.parameter.shape)
    )
    return first, second
