"""The loss over a plane as a map: filled, with lines of equal loss, the path and the current point."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QWidget

from app import theme
from app.landscape import Landscape
from app.plots import colours
from app.plots.surface.flat import Axes, FlatView
from app.plots.surface.heights import brief
from app.plots.surface.labels import Labels
from app.plots.surface.rendering import render_flat
from app.plots.surface.trails import hue, paint_end, paint_legend, paint_trail
from app.plots.surface.view import OUTLINE, PATH, THIN, paint_line, thinned

LINE, INK = 0.5, 0.55  # half width in px and strength of a line of equal loss
HATCH, STRIPE = 7, 2  # px from stripe to stripe, and of a stripe
DOT_SPACE = 9.0  # px between the dots of the path, at least
ENOUGH = 200  # pixels along a side to find room for labels
TRIES = 12  # places for each label
MARK = 6.0  # px around the path that labels keep off
FAR = 1e5  # px: a path that left the picture long ago need not be drawn to its end
LABEL_ROOM = 20.0  # px between a label on a line and the edge


class ContourMap(FlatView):
    """A landscape from above. For a line, see `curve.LossCurve`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("loss surface as a map")
        self._drawn: tuple[tuple, QImage, Labels] | None = None

    def forget(self) -> None:
        self._drawn = None

    def axes(self) -> Axes:
        """The area of the picture and its numbers."""
        assert self.landscape is not None
        along, across = self.landscape.along, self.landscape.across
        ends = (float(along[0]), float(along[-1])), (float(across[0]), float(across[-1]))
        return Axes(self.room(), *ends, None, self.landscape.names)

    def place_at(self, at: QPointF) -> tuple[float, float] | None:
        if self.landscape is None or self.landscape.is_empty or self.landscape.is_line:
            return None
        axes = self.axes()
        return axes.place(at) if axes.area.contains(at) else None

    def point_of(self, place: tuple[float, float]) -> QPointF | None:
        if self.landscape is None or self.landscape.is_empty or self.landscape.is_line:
            return None
        axes = self.axes()
        point = axes.point(*place)
        near = axes.area.adjusted(-1, -1, 1, 1)
        return point if np.isfinite(place).all() and near.contains(point) else None

    def paint(self, painter: QPainter, landscape: Landscape) -> None:
        if landscape.is_line:
            return
        axes = self.axes()
        key = (self.width(), self.height(), self.devicePixelRatioF(), theme.current().name)
        if self._drawn is None or self._drawn[0] != key:
            image, heights = self._picture(landscape, axes.area, self.devicePixelRatioF())
            self._drawn = (key, image, self._level_labels(heights, axes))
        painter.drawImage(axes.area, self._drawn[1])
        axes.paint_frame(painter)
        self._drawn[2].paint(painter, OUTLINE)
        self._paint_trails(painter, landscape, axes)
        self._paint_path(painter, landscape, axes)
        paint_legend(painter, landscape.others, axes.area.adjusted(6, 5, -6, -6), OUTLINE)
        self.labels(axes).paint(painter)

    def _picture(self, landscape: Landscape, area: QRectF, ratio: float) -> tuple[QImage, NDArray]:
        """The area in device pixels, and the heights of some of them, row 0 at the bottom."""
        tokens = theme.current()
        size = max(2, round(area.width() * ratio)), max(2, round(area.height() * ratio))
        hatch = np.stack([colours.rgba(tokens.dim), colours.rgba(tokens.raised)])
        image, heights = render_flat(
            self.scale.height(landscape.filled), self.scale.height(self.scale.levels()), size,
            (LINE * ratio, INK), hatch, (HATCH * ratio, STRIPE * ratio),
        )  # fmt: skip
        every = max(1, max(size) // ENOUGH)
        return image, heights[::-1][::every, ::every]

    def _level_labels(self, heights: NDArray, axes: Axes) -> Labels:
        """Losses on their lines: for each level one place, well inside, off the path and the other ones."""
        assert self.landscape is not None
        area = axes.area
        marks = [axes.point(a, b) for a, b in (*self.landscape.path, self.landscape.here) if np.isfinite(a + b)]
        around = (QRectF(point.x() - MARK, point.y() - MARK, 2 * MARK, 2 * MARK) for point in spaced(marks, MARK))
        labels = Labels(area.adjusted(6, 6, -6, -6), tuple(around))
        if min(area.width(), area.height()) < LABEL_ROOM * 4:
            return labels
        size = np.array([area.width(), area.height()])
        for level in self.scale.levels()[::-1]:
            found = crossings(heights, float(self.scale.height(level)))
            if not len(found):
                continue
            places = found / heights.shape[::-1] * size
            target = size * (0.5 + 0.22 * np.array([1.0, -1.0]))
            order = np.argsort(np.abs(places - target).sum(1))[:: max(1, len(places) // TRIES)]
            any(labels.add(brief(float(level)), area.bottomLeft() + QPointF(x, -y), color=PATH)
                for x, y in places[order])  # fmt: skip
        return labels

    def _paint_trails(self, painter: QPainter, landscape: Landscape, axes: Axes) -> None:
        painter.save()
        painter.setClipRect(axes.area)
        for trail in landscape.others:
            places = trail.places[np.isfinite(trail.places).all(1)]
            if not len(places):
                continue
            points = np.array([(point.x(), point.y()) for point in (axes.point(a, b) for a, b in places)])
            points = np.clip(points, -FAR, FAR)
            if len(points) > 1:
                paint_trail(painter, [QPointF(x, y) for x, y in thinned(points, THIN).tolist()], hue(trail), 1.8)
            paint_end(painter, QPointF(*points[-1]), hue(trail))
        painter.restore()

    def _paint_path(self, painter: QPainter, landscape: Landscape, axes: Axes) -> None:
        places = landscape.path[np.isfinite(landscape.path).all(1)] if len(landscape.path) else landscape.path
        if not len(places):
            return
        painter.save()
        painter.setClipRect(axes.area)
        points = [axes.point(a, b) for a, b in places]
        if len(points) > 1:
            thin = thinned(np.array([(point.x(), point.y()) for point in points]), THIN)
            paint_line(painter, [QPointF(x, y) for x, y in thin.tolist()], 1.6)
        painter.setPen(QPen(QColor(OUTLINE), 1))
        painter.setBrush(QColor(PATH))
        for point in spaced(points, DOT_SPACE):
            painter.drawEllipse(point, 2.2, 2.2)
        painter.drawEllipse(points[-1], 3.2, 3.2)
        painter.setBrush(QColor(OUTLINE))
        painter.setPen(QPen(QColor(PATH), 1.6))
        painter.drawEllipse(points[0], 3.4, 3.4)
        painter.restore()


def spaced(points: list[QPointF], least: float) -> list[QPointF]:
    """Those of `points` that are at least so far from the one before."""
    kept = points[:1]
    for point in points[1:]:
        if (point - kept[-1]).manhattanLength() >= least:
            kept.append(point)
    return kept


def crossings(heights: NDArray, level: float) -> NDArray[np.float64]:
    """Pixels (x, y) whose neighbour to the right or above is on the other side of `level`."""
    over = heights > level
    known = np.isfinite(heights)
    across = (over[:-1, :-1] != over[:-1, 1:]) & known[:-1, :-1] & known[:-1, 1:]
    up = (over[:-1, :-1] != over[1:, :-1]) & known[:-1, :-1] & known[1:, :-1]
    rows, columns = np.nonzero(across | up)
    return np.column_stack([columns, rows]).astype(float)
