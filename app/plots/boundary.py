"""Decision boundary: what the network says about the plane of its two features, with the training points on it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app import theme
from app.plots import colours

MOST_POINTS = 2000
POINT, CROWD = 2.6, 400  # radius of a point, and how many make it smaller


class BoundaryMap(QWidget):
    """The plane as one smooth image; points are kept as a picture of their own, drawn anew only when they change."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.boundary, self.dataset = None, None
        self._image: QImage | None = None
        self._points: QPixmap | None = None
        self._points_key: tuple | None = None
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("decision boundary")

    def set_boundary(self, boundary, dataset) -> None:
        """`boundary` as in the snapshot; `dataset` gives the points (None: none)."""
        if boundary is not self.boundary or dataset is not self.dataset:
            self.boundary, self.dataset = boundary, dataset
            self._render()

    def apply_theme(self) -> None:
        """Draw anew in the current theme's colours."""
        self._points_key = None
        self._render()

    def sizeHint(self) -> QSize:
        return QSize(190, 180)

    def _render(self) -> None:
        self._image = None
        if self.boundary is not None and self.boundary.values.size:
            self._image = colours.to_image(self._pixels(np.asarray(self.boundary.values))[::-1])
        self.update()

    def _classifies(self) -> bool:
        return self.dataset is None or self.dataset.task == "classification"

    def _pixels(self, values: np.ndarray) -> np.ndarray:
        """uint8 (h, w, 4), row 0 at the bottom."""
        tokens = theme.current()
        if not self._classifies():
            return colours.ramp(values[..., 0], *self._range(), tokens)
        if values.shape[-1] == 1:
            return colours.signed(2 * values[..., 0] - 1, 1.0, tokens)
        if values.shape[-1] == 2:
            return colours.signed(values[..., 1] - values[..., 0], 1.0, tokens)
        return colours.blend(values, tokens)

    def _range(self) -> tuple[float, float]:
        """Lowest and highest target: the colours' span, so that they do not jump while training."""
        y = self.dataset.train.y
        return (float(y.min()), float(y.max())) if y.size else (0.0, 1.0)

    def area(self) -> QRectF:
        """The plane: the largest square, at the left."""
        side = min(self.width(), self.height())
        return QRectF(0, 0, side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._image is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(self.area(), self._image, QRectF(self._image.rect()))
        if self.dataset is not None:
            painter.drawPixmap(0, 0, self._point_picture())

    def _point_picture(self) -> QPixmap:
        ratio, side = self.devicePixelRatioF(), self.area().width()
        key = (id(self.dataset), self.boundary.extent, side, ratio, theme.current().name)
        if key != self._points_key or self._points is None:
            self._points = QPixmap(max(1, round(side * ratio)), max(1, round(side * ratio)))
            self._points.setDevicePixelRatio(ratio)
            self._points.fill(Qt.GlobalColor.transparent)
            painter = QPainter(self._points)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_points(painter, side)
            painter.end()
            self._points_key = key
        return self._points

    def _paint_points(self, painter: QPainter, side: float) -> None:
        x, y = self.dataset.train.x[:MOST_POINTS], self.dataset.train.y[:MOST_POINTS]
        x0, x1, y0, y1 = self.boundary.extent
        left = (x[:, 0] - x0) / ((x1 - x0) or 1) * side
        top = (1 - (x[:, 1] - y0) / ((y1 - y0) or 1)) * side
        radius = POINT if len(y) <= CROWD else 0.7 * POINT
        painter.setPen(QPen(QColor(theme.current().panel), 1 if len(y) <= CROWD else 0.6))
        for color, across, down in zip(self._point_colours(y), left, top, strict=True):
            painter.setBrush(color)
            painter.drawEllipse(QPointF(across, down), radius, radius)

    def _point_colours(self, y: np.ndarray) -> list[QColor]:
        tokens = theme.current()
        if not self._classifies():
            low, high = self._range()
            return [
                QColor(*map(int, pixel))
                for pixel in colours.ramp(y.reshape(len(y), -1)[:, :1], low, high, tokens)[:, 0]
            ]
        return [QColor(colours.class_colour(tokens, int(label))) for label in y.reshape(len(y), -1)[:, 0]]

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        text = self.describe(event.position().toPoint())
        if text:
            QToolTip.showText(event.globalPosition().toPoint() + QPoint(12, 8), text, self)
        else:
            QToolTip.hideText()

    def describe(self, position: QPoint) -> str:
        """What the network says at `position` (widget coordinates); empty outside."""
        area = self.area()
        if self._image is None or not area.contains(QPointF(position)):
            return ""
        values, (x0, x1, y0, y1) = self.boundary.values, self.boundary.extent
        across, up = position.x() / area.width(), 1 - position.y() / area.height()
        height, width = values.shape[:2]
        said = values[min(height - 1, int(up * height)), min(width - 1, int(across * width))]
        point = (x0 + across * (x1 - x0), y0 + up * (y1 - y0))
        names = getattr(self.dataset, "feature_names", ()) or ("x", "y")
        place = ", ".join(f"{name} {theme.format_number(value)}" for name, value in zip(names, point, strict=False))
        return f"{place}\n{self._verdict(np.atleast_1d(said))}"

    def _verdict(self, said: np.ndarray) -> str:
        if not self._classifies():
            return f"predicts {theme.format_number(float(said[0]))}"
        said = np.array([1 - said[0], said[0]]) if len(said) == 1 else said
        best = int(np.nan_to_num(said).argmax())
        names = getattr(self.dataset, "class_names", ())
        name = names[best] if best < len(names) else f"class {best}"
        return f"{name}: {theme.format_percent(float(said[best]))}"
