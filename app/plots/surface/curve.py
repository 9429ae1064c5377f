"""The loss along a line: the curve, the points of the path where they project to, the current point."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QWidget

from app import theme
from app.landscape import Landscape
from app.plots.surface.flat import MOST, Axes, FlatView
from app.plots.surface.heights import brief
from app.plots.surface.trails import hue, paint_end, paint_legend
from app.plots.surface.view3d import runs

TICK = 26.0  # px between levels
MARGIN = 0.06  # of the height above and below the curve
DOTS = 200


class LossCurve(FlatView):
    """A landscape of one direction: loss against a. Points of the path stand at their true losses."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("loss along a line")

    def axes(self) -> Axes:
        """The area; upwards it counts heights, 0 to 1."""
        assert self.landscape is not None
        along = self.landscape.along
        return Axes(self.room(), (float(along[0]), float(along[-1])), (-MARGIN, 1 + MARGIN), self._levels(),
                    (self.landscape.names[0], "loss"))  # fmt: skip

    def written(self, up: float) -> str:
        return brief(_rounded(self.scale.loss(up)))

    def to_scale(self, landscape: Landscape) -> NDArray:
        """The true losses of the path are drawn too."""
        return np.concatenate([landscape.filled.ravel(), landscape.path_losses])

    def _levels(self) -> NDArray:
        return self.scale.height(self.scale.levels(min(MOST, max(2, int(self.height() / TICK)))))

    def place_at(self, at: QPointF) -> tuple[float, float] | None:
        if self.landscape is None or self.landscape.is_empty:
            return None
        axes = self.axes()
        inside = axes.area.left() <= at.x() <= axes.area.right() and self.rect().toRectF().contains(at)
        return (axes.place(at)[0], float(self.landscape.here[1])) if inside else None

    def point_of(self, place: tuple[float, float]) -> QPointF | None:
        if self.landscape is None or self.landscape.is_empty:
            return None
        height = float(self._heights(np.array([place[0]]))[0])
        return self.axes().point(place[0], height) if np.isfinite(height) else None

    def _heights(self, along: NDArray) -> NDArray:
        assert self.landscape is not None
        across = np.full(len(along), self.landscape.across[0])
        return self.scale.height(self.landscape.loss_at(np.column_stack([along, across])))

    def paint(self, painter: QPainter, landscape: Landscape) -> None:
        axes = self.axes()
        self._paint_grid(painter, axes)
        self._paint_holes(painter, landscape, axes)
        heights = self.scale.height(landscape.filled[:, 0])
        painter.setPen(QPen(QColor(theme.current().forward), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        known = np.isfinite(heights)
        for first, last in runs(known, known):
            pairs = zip(landscape.along[first:last], heights[first:last], strict=True)
            painter.drawPolyline([axes.point(a, height) for a, height in pairs])
        self._paint_path(painter, landscape, axes)
        for trail in landscape.others:  # of a way off the line, only where it has come to
            end = self.point_of((float(trail.places[-1, 0]), 0.0)) if len(trail.places) else None
            if end is not None and axes.area.contains(end):
                paint_end(painter, end, hue(trail))
        paint_legend(painter, landscape.others, axes.area)
        self.labels(axes).paint(painter)

    def _paint_grid(self, painter: QPainter, axes: Axes) -> None:
        painter.setPen(QPen(theme.color(theme.current().hairline), 1))
        for height in self._levels():
            y = axes.point(0, float(height)).y()
            painter.drawLine(QPointF(axes.area.left(), y), QPointF(axes.area.right(), y))

    def _paint_holes(self, painter: QPainter, landscape: Landscape, axes: Axes) -> None:
        holes = landscape.computed[:, 0] & ~np.isfinite(landscape.values[:, 0])
        half = (landscape.along[-1] - landscape.along[0]) / max(1, len(landscape.along) - 1) / 2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.current().dim))
        brush = painter.brush()
        brush.setStyle(Qt.BrushStyle.BDiagPattern)
        painter.setBrush(brush)
        for a in landscape.along[holes]:
            left, right = axes.point(a - half, 0).x(), axes.point(a + half, 0).x()
            stripe = QRectF(left, axes.area.top(), right - left, axes.area.height())
            painter.drawRect(stripe.intersected(axes.area))

    def _paint_path(self, painter: QPainter, landscape: Landscape, axes: Axes) -> None:
        heights = self.scale.height(landscape.path_losses)
        tokens = theme.current()
        painter.setPen(QPen(QColor(tokens.panel), 0.8))
        painter.setBrush(theme.color(tokens.dim, 0.9))
        every = max(1, -(-len(heights) // DOTS))
        for a, height in zip(landscape.path[::every, 0], heights[::every], strict=False):
            if np.isfinite(a) and np.isfinite(height):
                point = axes.point(float(a), float(height))
                if axes.area.contains(point):
                    painter.drawEllipse(point, 2.4, 2.4)


def _rounded(value: float) -> float:
    """Without the last digits, which the way over heights has spoilt."""
    return float(f"{value:.9g}")
