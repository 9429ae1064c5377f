"""The view moves along when something is dragged to its edge."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QObject, QPointF, QTimer

if TYPE_CHECKING:
    from app.canvas.camera import Camera

ZONE = 32.0  # pixels from the edge
SLOWEST, FASTEST = 120.0, 1100.0  # pixels a second, at the rim of the zone and beyond the edge
NEARER = 8.0  # a drag that begins in the zone counts once it has come so much closer to the edge
TICK_MS, LONGEST = 16, 0.05
DWELL_MS = 300  # a pointer that only passes through the zone does not move the view: what it aims at stays in place


class EdgeScroll(QObject):
    """`follow` while something is dragged over `view`, `stop` when that ends.

    An edge counts once the pointer has been away from it: what comes in over the edge does not move the view.
    """

    def __init__(self, view: Camera) -> None:
        super().__init__(view)
        self._view, self._clock = view, QElapsedTimer()
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._dwell = QTimer(self, interval=DWELL_MS, singleShot=True)
        self._dwell.timeout.connect(self._start)
        self._moved: Callable[[], None] = lambda: None
        self.stop()

    def stop(self) -> None:
        """The drag has ended."""
        self._rest()
        self._push = QPointF()
        self._first: list[float] | None = None
        self._armed = [False] * 4

    def follow(self, where: QPointF, moved: Callable[[], None]) -> None:
        """The pointer is at `where` in the viewport; `moved` is called whenever the view has moved beneath it."""
        gaps = self._gaps(where)
        self._first = self._first or gaps
        for edge, (gap, first) in enumerate(zip(gaps, self._first, strict=True)):
            self._armed[edge] |= gap > ZONE or gap < 0 or gap < first - NEARER
        left, top, right, bottom = (_speed(gap) if armed else 0.0 for gap, armed in zip(gaps, self._armed, strict=True))
        self._push, self._moved = QPointF(right - left, bottom - top), moved
        if self._push.isNull():
            self._rest()
        elif not self._timer.isActive() and not self._dwell.isActive():
            self._dwell.start()

    def _rest(self) -> None:
        self._timer.stop()
        self._dwell.stop()

    def _start(self) -> None:
        self._clock.start()
        self._timer.start()

    def _gaps(self, where: QPointF) -> list[float]:
        room = self._view.viewport().rect()
        return [where.x(), where.y(), room.width() - where.x(), room.height() - where.y()]

    def _tick(self) -> None:
        seconds = min(LONGEST, self._clock.restart() / 1000)
        self._view.pan(-self._push * seconds)
        self._moved()


def _speed(gap: float) -> float:
    """Faster the closer to the edge, and beyond it."""
    if gap >= ZONE:
        return 0.0
    return SLOWEST + (FASTEST - SLOWEST) * min(1.0, (ZONE - gap) / ZONE) ** 2
