"""An area with an axis below and one at the left: where places lie in it, and the numbers along it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from app import theme
from app.plots.surface.heights import brief, round_numbers
from app.plots.surface.labels import Labels
from app.plots.surface.view import LandscapeView

DOWN, BESIDE = 20.0, 6.0  # px below the area, and beside it without numbers
NAME, TICK_X, TICK_Y, MOST = 15.0, 52.0, 26.0, 8  # px for a name, and between numbers; how many at most
NOTES, NOTED = 16.0, 150  # px for the notes above the area, and of the widget from which they are there
SMALL, LARGE = 100.0, 300.0  # px of the widget under which there are no numbers, and from which there are names

Span = tuple[float, float]


class Axes:
    """Fits an area into `room`, leaving room for the numbers; `names` are left out where room is short."""

    def __init__(self, room: QRectF, across: Span, up: Span, ticks: np.ndarray | None, names: tuple[str, str]) -> None:
        self.room, self.across, self.up, self.names = room, across, up, names
        self._ticks = ticks
        self.numbered = min(room.width(), room.height()) >= SMALL
        self.named = room.height() >= LARGE
        self.widest = max((_width(brief(float(tick))) for tick in self._up_ticks(room.height())), default=0.0)
        left = self.widest + BESIDE if self.numbered else 2.0
        below = DOWN + (NAME if self.named else 0.0) if self.numbered else 2.0
        above = BESIDE + (NAME if self.numbered else 0.0)
        self.area = room.adjusted(left, above, -BESIDE, -below)

    def _up_ticks(self, height: float) -> np.ndarray:
        if self._ticks is not None:
            return self._ticks
        return round_numbers(*self.up, min(MOST, max(2, int(height / TICK_Y))))

    def point(self, a: float, b: float) -> QPointF:
        """Where (a, b) lies."""
        (a0, a1), (b0, b1), area = self.across, self.up, self.area
        return QPointF(area.left() + (a - a0) / ((a1 - a0) or 1.0) * area.width(),
                       area.bottom() - (b - b0) / ((b1 - b0) or 1.0) * area.height())  # fmt: skip

    def place(self, at: QPointF) -> tuple[float, float]:
        """What lies at a point."""
        (a0, a1), (b0, b1), area = self.across, self.up, self.area
        across, up = (at.x() - area.left()) / area.width(), (area.bottom() - at.y()) / area.height()
        return a0 + across * (a1 - a0), b0 + up * (b1 - b0)

    def add_numbers(self, labels: Labels, written=brief) -> None:
        """Numbers and names; `written` turns a tick at the left into text."""
        if not self.numbered:
            return
        area = self.area
        for a in round_numbers(*self.across, min(MOST, max(1, int(area.width() / TICK_X)))):
            labels.add(brief(float(a)), QPointF(self.point(a, self.up[0]).x(), area.bottom() + 4), (0.5, 0.0))
        for b in self._up_ticks(area.height()):
            labels.add(written(float(b)), QPointF(area.left() - 5, self.point(self.across[0], b).y()), (1.0, 0.5))
        beside = min(area.width() / 2, QFontMetricsF(theme.ui_font(10.5)).horizontalAdvance(self.names[1]) + 1)
        labels.add_elided(self.names[1], QPointF(area.left(), area.top() - 3), beside, (0.0, 1.0))
        if self.named:
            below = QPointF(area.center().x(), area.bottom() + DOWN + 1)
            labels.add_elided(self.names[0], below, area.width(), (0.5, 0.0))
        else:  # beside the other name, where a reader looks for it next
            at = QPointF(area.right(), area.top() - 3)
            labels.add_elided(f"→ {self.names[0]}", at, area.width() - beside - 12, (1.0, 1.0))

    def paint_frame(self, painter: QPainter) -> None:
        """A hairline around the area."""
        painter.setPen(QPen(theme.color(theme.current().hairline), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(self.area)


def _width(text: str) -> float:
    return QFontMetricsF(theme.mono_font(10.5)).horizontalAdvance(text)


class FlatView(LandscapeView):
    """A view with an area and two axes."""

    def axes(self) -> Axes:
        """The area of the picture and its numbers."""
        raise NotImplementedError

    def room(self) -> QRectF:
        """What is left for the area and its numbers."""
        return self.rect().toRectF().adjusted(self.inset, NOTES if self._noted() else 0.0, 0, 0)

    def notes(self) -> tuple[str, ...]:
        return tuple(note.replace("gaps", "hatched") for note in super().notes())

    def written(self, up: float) -> str:
        """A number of the upright axis."""
        return brief(up)

    def labels(self, axes: Axes) -> Labels:
        """The words beside the picture."""
        labels = Labels(self.rect().toRectF(), self.taken)
        axes.add_numbers(labels, self.written)
        if self._noted():
            labels.add(" · ".join(self.notes()), QPointF(self.width() - 3.0, 2.0), (1.0, 0.0), mono=False)
        return labels

    def _noted(self) -> bool:
        return bool(self.notes()) and self.height() >= NOTED
