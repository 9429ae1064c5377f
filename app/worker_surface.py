"""The loss surface around the parameters, drawn by a thread of its own beside the training, coarse first.

What a picture shows is a `Landscape`; the way gone so far is noted at every publication.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from app.landscape import Landscape, Trail
from app.surface_cache import SHARED, Cache, key_of, signature
from app.surface_planes import WITH_OTHERS, PlaneChoice, Point
from app.worker_beside import Beside
from app.worker_commands import LookAround
from engine.errors import ChainruleError
from engine.surface.curvature import Curvature, CurvatureOf
from engine.surface.directions import last_gradient
from engine.surface.honesty import explained_share
from engine.surface.losses import PlaneLosses
from engine.surface.path import Path
from engine.surface.plane import Grid, Plane
from engine.surface.rows import acts_otherwise, rows_of

if TYPE_CHECKING:
    from engine.session import Session
    from engine.surface.path import NamedPath

MOST_POINTS, FLOPS, LEAST_ROWS = 200, 4e10, 64  # of a path; of one surface: some moments; rows it has at least
CURVED_ROWS = 512  # rows on which curvature is measured
PATIENCE = 0.25  # s: a surface that takes longer shows itself while it refines
SHARE = 0.2  # of the time that its thread may take while training runs


@dataclass(frozen=True, eq=False)
class Around:
    """What is published: the picture, how far it is (`done` of `of` points), what kept it from being drawn, the
    curvature measured last, and how many operations one row costs, for estimates."""

    landscape: Landscape | None = None
    done: int = 0
    of: int = 0
    message: str = ""
    curvature: Curvature | None = None
    measuring: bool = False
    flops: float = 0.0


class Surface:
    """Draws for one session. `news()` is called, on the thread beside, where nobody would ask by himself."""

    def __init__(self, session: Session, news: Callable[[], None], before: Surface | None = None,
                 cache: Cache = SHARED) -> None:  # fmt: skip
        """`before`: that of the session which this one goes on with; its path goes on."""
        self.session, self._news = session, news
        self.path = Path(most=MOST_POINTS) if before is None else before.path
        self.others: tuple[NamedPath, ...] = ()  # drawn beside the path; set at any time
        self._choice, self._cache, self._network = PlaneChoice(session), cache, b""
        self._wish = LookAround()
        self._beside = Beside("surface")
        self._losses: tuple[tuple, PlaneLosses] | None = None
        self._true: dict[int, tuple[np.ndarray, float]] = {}  # by step: the block and its loss on the rows
        self._inside: tuple[Plane | None, PlaneLosses | None, dict] = (None, None, {})  # below points of the path
        self._tried: tuple | None = None  # what was begun last
        self._next, self._left = 0.0, False
        self._measure = False
        flops = sum(row.flops for row in session.instructions if row.phase == "forward") / session.batch_size
        self.around = Around(flops=flops)

    @property
    def plane(self) -> Plane | None:
        """The one that is drawn."""
        return self._choice.plane

    def follow(self) -> None:
        """Note where the parameters are."""
        self.path.add(self.session.steps, self.session.parameter_block())

    def follow_path(self, path: list[tuple[int, np.ndarray]]) -> None:
        """The session stands elsewhere, and this is the way it has come there."""
        self._interrupt()
        self.path.clear()
        for step, block in path:
            self.path.add(step, block)
        self._tried, self._next = None, 0.0

    def restart(self) -> None:
        """Another run begins: the path with it."""
        self._interrupt()
        self.path.clear()
        self._choice.forget()
        self._tried, self.around = None, Around(flops=self.around.flops)

    def ask(self, wish: LookAround) -> None:
        """Show something else from now on."""
        if wish != self._wish:
            self._interrupt()
            self._wish, self._tried, self._next = wish, None, 0.0

    def measure(self) -> None:
        """Measure the curvature at the next look."""
        self._measure = True
        self.around = replace(self.around, measuring=True)

    def look(self, running: bool) -> None:
        """Begin a picture, if anyone looks at it, none is at work and what there is is old."""
        wish = self._wish
        if not self._beside.idle or (running and time.perf_counter() < self._next):
            return
        if self._measure:
            self._measure = False
            block, step = self.session.parameter_block(), self.session.steps
            self._beside.take(lambda: self._guard(lambda: self._curvature(block, step)))
        elif wish.shown:
            point = Point(self.session.parameter_block(), self.session.steps, self.path.items(),
                          last_gradient(self.session) if wish.kind == "gradient" else None,
                          self.others if wish.kind in WITH_OTHERS else ())  # fmt: skip
            if self._is_new(wish, point):
                self._tried = (wish, point.step, point.others, point.block)
                self._beside.take(lambda: self._guard(lambda: self._draw(wish, point, running)))

    def leave(self) -> None:
        """End what is at work; nothing is drawn any more."""
        self._left = True
        self._interrupt()
        self._beside.stop()

    def move(self, a: float, b: float) -> np.ndarray | None:
        """The parameters at the place (a, b) of the picture; what of them lies off the plane stays. None: no plane."""
        plane = self.plane
        if plane is None:
            return None
        block = self.session.parameter_block()
        here = plane.place_of(block[None])[0] + plane.shift
        moved: np.ndarray = block + (a - here[0]) * plane.first + (b - here[1]) * plane.second
        return moved.astype(block.dtype)

    # --- on the thread beside ------------------------------------------------------------------------------------

    def _guard(self, job: Callable[[], None]) -> None:
        start, cpu = time.perf_counter(), time.thread_time()
        try:
            job()
        except ChainruleError as error:
            if not self._left:
                self.around = replace(self.around, message=str(error), done=0, of=0, measuring=False)
        except MemoryError:
            self.around = replace(self.around, message="There is not enough memory for this; take fewer rows.")
        spent = max(time.thread_time() - cpu, 0.5 * (time.perf_counter() - start))
        self._next = time.perf_counter() + spent * (1 / SHARE - 1)
        if not self._left:
            self._news()

    def _interrupt(self) -> None:
        if self._losses is not None:
            self._losses[1].stop()

    def _is_new(self, wish: LookAround, point: Point) -> bool:
        """Whether a picture of `point` would show anything else than the last one."""
        tried = self._tried
        return tried is None or tried[:3] != (wish, point.step, point.others) or not np.array_equal(
            tried[3], point.block, equal_nan=True)  # fmt: skip

    def _draw(self, wish: LookAround, point: Point, running: bool) -> None:
        losses = self._losses_for(wish)
        fresh = self._choice.suit(wish, point)
        plane, grid = self._choice.plane, self._choice.grid
        assert plane is not None
        assert grid is not None
        known = self.around.landscape
        sketch = self._sketch(losses, plane, grid, wish, point)
        if fresh or known is None:
            quiet = known is not None and not self.around.message
            values = self._values(losses, plane, grid, sketch, quiet)
        else:
            values = known.values
        if wish == self._wish and not self._left and values is not None:
            computed = np.ones(grid.size, bool)
            self.around = replace(self.around, landscape=replace(sketch, values=values, computed=computed), message="",
                                  done=0, of=0)  # fmt: skip
        else:
            self._choice.forget()  # there are no values of that plane to go on with

    def _values(self, losses: PlaneLosses, plane: Plane, grid: Grid, sketch: Landscape,
                quiet: bool) -> np.ndarray | None:  # fmt: skip
        """The losses on the grid, (na, nb): those drawn before, where nothing is different, or worked out."""
        self._network = self._network or signature(self.session)
        key = key_of(self._network, plane, grid, losses.rows)
        known = self._cache.get(key)
        if known is not None:
            return known
        found = self._compute(losses, plane, grid, sketch, quiet)
        if found is not None:
            self._cache.put(key, found)
        return found

    def _losses_for(self, wish: LookAround) -> PlaneLosses:
        key = (wish.part, wish.rows, wish.run_as, wish.size)
        if self._losses is None or self._losses[0] != key:
            most = wish.rows
            if most < 0:
                most = max(LEAST_ROWS, int(FLOPS / max(1.0, self.around.flops * wish.size**2)))
            rows = rows_of(self.session, wish.part, most, wish.run_as)
            threads = max(1, min(4, (os.cpu_count() or 1) // 2))
            self._losses, self._true = (key, PlaneLosses(self.session, rows, threads)), {}
        return self._losses[1]

    def _compute(self, losses: PlaneLosses, plane: Plane, grid: Grid, sketch: Landscape,
                 quiet: bool) -> np.ndarray | None:  # fmt: skip
        """The losses on the grid, (na, nb); shown while they are refined, unless that goes quickly (`quiet`) or the
        picture before is as good. None where it was interrupted."""
        values, computed = np.full(grid.size, np.nan), np.zeros(grid.size, bool)
        places, done, start = grid.places(), 0, time.perf_counter()
        for stage in grid.stages():
            for part in np.array_split(stage, max(1, len(stage) // 256)):
                values.ravel()[part] = losses(plane, places[part])
                if losses.stopped or self._left:
                    return None
                computed.ravel()[part] = True
                done += len(part)
                self.around = replace(self.around, done=done, of=values.size)
            if not quiet and time.perf_counter() - start > PATIENCE:
                self.around = replace(self.around, landscape=replace(sketch, values=values.copy(),
                                                                     computed=computed.copy()))  # fmt: skip
                self._news()
        return values

    def _sketch(self, losses: PlaneLosses, plane: Plane, grid: Grid, wish: LookAround, point: Point) -> Landscape:
        """Everything but the values."""
        shift = np.asarray(plane.shift)
        way = point.path or [(point.step, point.block)]
        steps, blocks = np.array([step for step, _ in way], np.int64), np.stack([block for _, block in way])
        true = np.array([self._loss_at(losses, step, block) for step, block in way])
        places = plane.place_of(blocks)
        here = plane.place_of(point.block[None])
        in_plane = self._losses_in(
            losses, plane, np.concatenate([here, places]), [point.block, *(block for _, block in way)]
        )
        race = wish.kind == "race" and bool(point.others)
        shown, what = (np.concatenate(point.ways()), "the race") if race else (blocks, "the path")
        acts = bool(acts_otherwise(self.session))
        mode = ("as in training" if wish.run_as == "training" else "as in use") if acts else ""
        name = {"train": "training", "validation": "validation"}[wish.part]
        count = f"{len(losses.rows):,} of {losses.rows.available:,}" if len(losses.rows) < losses.rows.available else (
            f"{len(losses.rows):,}")  # fmt: skip
        return Landscape(
            grid.along + shift[0], grid.across + shift[1], np.full(grid.size, np.nan), np.zeros(grid.size, bool),
            plane.names, places + shift, true, in_plane[1:], steps, explained_share(plane, shown),
            (float(here[0, 0] + shift[0]), float(here[0, 1] + shift[1])),
            self._loss_at(losses, point.step, point.block), float(in_plane[0]), mode, f"{count} {name} rows",
            tuple(_trail(plane, path) for path in point.others if path.points), what,
        )  # fmt: skip

    def _losses_in(self, losses: PlaneLosses, plane: Plane, places: np.ndarray,
                   blocks: list[np.ndarray]) -> np.ndarray:  # fmt: skip
        """The losses of a plane at `places` (K, 2), which lie below `blocks`: each is worked out once."""
        if self._inside[:2] != (plane, losses):
            self._inside = (plane, losses, {})
        known = self._inside[2]
        new = [k for k, block in enumerate(blocks) if known.get(id(block), (None,))[0] is not block]
        if len(known) > 4 * MOST_POINTS:
            known.clear()
            new = list(range(len(blocks)))
        for k, loss in zip(new, losses(plane, places[new]) if new else (), strict=True):
            known[id(blocks[k])] = (blocks[k], float(loss))
        return np.array([known[id(block)][1] for block in blocks])

    def _loss_at(self, losses: PlaneLosses, step: int, block: np.ndarray) -> float:
        """The true loss at a point, which is worked out once."""
        known = self._true.get(step)
        if known is None or (known[0] is not block and not np.array_equal(known[0], block, equal_nan=True)):
            if len(self._true) > 4 * MOST_POINTS:
                self._true.clear()
            self._true[step] = known = (block, float(losses.at(block[None])[0]))
        return known[1]

    def _curvature(self, block: np.ndarray, step: int) -> None:
        rows = rows_of(self.session, self._wish.part, CURVED_ROWS, self._wish.run_as)
        found = CurvatureOf(self.session, rows)(block, step, tell=lambda done: not self._left)
        self.around = replace(self.around, curvature=found, measuring=False, message="")


def _trail(plane: Plane, path: NamedPath) -> Trail:
    """Another path as the plane shows it."""
    steps = np.array([step for step, block in path.points if np.isfinite(block).all()], np.int64)
    return Trail(path.name, path.colour, plane.place_of(path.blocks()) + np.asarray(plane.shift), steps)
