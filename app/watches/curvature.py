"""Curvature of the loss along the training: eigenvalues of the Hessian, measured now and then beside it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from app.watches import base
from engine.surface.curvature import Curvature, CurvatureOf, stable_below
from engine.surface.rows import rows_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.session import Session

COUNT, PROBES = 3, 6  # eigenvalues from either end; random vectors for the trace
FLOPS, ROWS = 2e7, (64, 1024)  # operations of one forward pass, and so at least and at most how many rows
MOST = 400  # points that are kept


@dataclass(frozen=True)
class Reading:
    """One measurement: its step, the curvature there, and `limit`, the sharpness from which on the optimiser's steps
    grow (NaN where there is no such line)."""

    step: int
    curvature: Curvature
    limit: float


@dataclass(frozen=True)
class Readings:
    """All measurements in order, what the last one cost in seconds and products with the Hessian, and what optimiser
    the limit is that of."""

    points: tuple[Reading, ...]
    seconds: float = 0.0
    products: int = 0
    optimizer: str = ""


class Watch(base.Watch):
    """A measurement takes some dozens of backward passes, twice differentiated: it has a seventh of a core at most."""

    share, least = 0.15, 0.1

    def __init__(self, session: Session, wish: Any = None, before: Watch | None = None) -> None:
        super().__init__(session, wish, before)
        self._found = before._found if before is not None else Readings(())
        self._of: CurvatureOf | None = None
        self._left = False
        self._last: tuple[int, NDArray] | None = None

    def leave(self) -> None:
        self._left = True

    def look(self) -> Readings | Callable[[], Readings] | None:
        step, block = self.session.steps, self.session.parameter_block()
        points = tuple(reading for reading in self._found.points if reading.step <= step)
        if len(points) < len(self._found.points):
            self._found = replace(self._found, points=points)
        known = points[-1].step if points else -1
        if self._last is not None and step == known == self._last[0] and (block == self._last[1]).all():
            return self._found
        limit = stable_below(self.session.optimizer, self.session.step_rate or self.session.learning_rate)
        self._last = (step, block)
        return lambda: self._measure(step, block, limit)

    def _measure(self, step: int, block: NDArray, limit: float) -> Readings:
        """On the thread beside. Raises SessionError where there is none, as where the loss has a kink."""
        start, products = time.thread_time(), 0

        def tell(done: int) -> bool:
            nonlocal products
            products = done
            return not self._left

        if self._of is None:
            self._of = CurvatureOf(self.session, rows_of(self.session, "train", self._rows()))
        found = self._of(block, step, COUNT, PROBES, layers=False, tell=tell)
        points = [reading for reading in self._found.points if reading.step < step]
        points.append(Reading(step, found, limit))
        self._found = Readings(tuple(self._thinned(points)), time.thread_time() - start, products,
                               self.session.optimizer.op)  # fmt: skip
        return self._found

    def _thinned(self, points: list[Reading]) -> list[Reading]:
        """Every second one goes where there are too many; the last one stays."""
        return [*points[:-1:2], points[-1]] if len(points) > MOST else points

    def _rows(self) -> int:
        session = self.session
        each = sum(row.flops for row in session.instructions if row.phase == "forward") / session.batch_size
        return max(ROWS[0], min(ROWS[1], int(FLOPS / max(1.0, each))))
