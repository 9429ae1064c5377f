"""Points in a plane: coloured by class or number, with words where they have room, and a tip for each."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app import theme
from app.plots import colours

RIM, AXIS, LEGEND = 10.0, 18.0, 96.0  # room around the points, for the words of an axis, for the classes' names
NEAR, MOST_WORDS, MOST_CLASSES = 10.0, 400, 14  # px at which a point is hit; words and classes that are named
FEW, CROWD = 120, 500  # points that are drawn large, and from which on small


class CloudMap(QWidget):
    """`points` (n, 2) to one scale in both directions; `told` is each one's tip."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.points = np.zeros((0, 2))
        self.told: tuple[str, ...] = ()
        self.words: tuple[str, ...] = ()
        self.colours: np.ndarray | None = None
        self.classes: tuple[str, ...] = ()
        self.axes = ("", "")
        self._over: int | None = None
        self._image: QImage | None = None
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("points of a layer")

    def set_points(self, points: np.ndarray, told: tuple[str, ...], words: tuple[str, ...],
                   values: np.ndarray | None, classes: tuple[str, ...], axes: tuple[str, str]) -> None:  # fmt: skip
        """Show these; `values` are classes (int) or numbers, None for neither; `axes`: words across and upwards."""
        if len(points) != len(self.points):
            self._over = None
        self.points, self.told, self.words = np.asarray(points, float), told, words
        self.colours, self.classes, self.axes = values, classes, axes
        self.apply_theme()

    def apply_theme(self) -> None:
        """Draw anew in the current theme's colours."""
        self._image = None
        self.update()

    def resizeEvent(self, event) -> None:
        self._image = None

    def sizeHint(self) -> QSize:
        return QSize(180, 160)

    def minimumSizeHint(self) -> QSize:
        return QSize(40, 40)

    # --- where and in which colour --------------------------------------------------------------------------------

    @property
    def _named(self) -> bool:
        """Whether the colours are explained at the side."""
        return self._by_class and 0 < len(self._present()) <= MOST_CLASSES and self.width() >= 300

    @property
    def _by_class(self) -> bool:
        return self.colours is not None and np.issubdtype(self.colours.dtype, np.integer)

    def _present(self) -> list[int]:
        return [] if self.colours is None else [int(k) for k in np.unique(self.colours) if k >= 0]

    def area(self) -> QRectF:
        """Where the points lie."""
        foot = AXIS if any(self.axes) else 0.0
        side = LEGEND if self._named else 0.0
        return QRectF(foot, 0, max(10.0, self.width() - side - foot), max(10.0, self.height() - foot))

    def places(self) -> np.ndarray:
        """(n, 2) in pixels; up is positive."""
        area = self.area().adjusted(RIM, RIM, -RIM, -RIM)
        if not len(self.points):
            return np.zeros((0, 2))
        low, high = self.points.min(0), self.points.max(0)
        with np.errstate(over="ignore"):
            spans = np.maximum(high - low, 0)
        scale = min((room / span for room, span in zip((area.width(), area.height()), spans, strict=True) if span > 0),
                    default=1.0)  # fmt: skip
        middle = low / 2 + high / 2
        x = area.center().x() + (self.points[:, 0] - middle[0]) * scale
        y = area.center().y() - (self.points[:, 1] - middle[1]) * scale
        return np.stack([x, y], 1)

    def hues(self) -> np.ndarray:
        """uint8 (n, 4)."""
        tokens = theme.current()
        if self.colours is None:
            return np.tile(colours.rgba(tokens.forward), (len(self.points), 1))
        if not self._by_class:
            finite = self.colours[np.isfinite(self.colours)]
            low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
            return colours.ramp(self.colours[:, None], low, high, tokens)[:, 0]
        table = {k: colours.rgba(colours.class_colour(tokens, k) if k >= 0 else tokens.dim)
                 for k in np.unique(self.colours).tolist()}  # fmt: skip
        return np.array([table[k] for k in self.colours.tolist()], np.uint8).reshape(-1, 4)

    # --- drawing --------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        if not len(self.points):
            return
        if self._image is None or self._image.devicePixelRatio() != self.devicePixelRatioF():
            self._image = self._draw()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.drawImage(0, 0, self._image)
        if self._over is not None and self._over < len(self.points):
            x, y = self.places()[self._over]
            painter.setPen(QPen(QColor(theme.current().text), 1.5))
            painter.drawEllipse(QPointF(x, y), 6, 6)

    def _draw(self) -> QImage:
        """Points, words and axes, kept until something changes."""
        ratio = self.devicePixelRatioF()
        image = QImage(self.size() * ratio, QImage.Format.Format_ARGB32_Premultiplied)
        image.setDevicePixelRatio(ratio)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        places = self.places()
        worded = len(self.words) == len(places) and 0 < len(places) <= MOST_WORDS
        self._paint_points(painter, places, 2.0 if worded else _radius(len(places)))
        if worded:
            self._paint_words(painter, places)
        self._paint_axes(painter)
        if self._named:
            self._paint_classes(painter)
        painter.end()
        return image

    def _paint_points(self, painter: QPainter, places: np.ndarray, radius: float) -> None:
        """Colour by colour, in the points' order within each."""
        hues = self.hues()
        painter.setPen(Qt.PenStyle.NoPen)
        for hue in np.unique(hues, axis=0):
            painter.setBrush(QColor(*map(int, hue[:3]), 215))
            for x, y in places[(hues == hue).all(1)].tolist():
                painter.drawEllipse(QPointF(x, y), radius, radius)

    def _paint_words(self, painter: QPainter, places: np.ndarray) -> None:
        """Beside their points, those in front first; what would lie on another is left out."""
        painter.setFont(theme.mono_font(11))
        painter.setPen(QColor(theme.current().text))
        metrics, area, taken = QFontMetricsF(painter.font()), self.area(), list[QRectF]()
        for (x, y), word in zip(places.tolist(), self.words, strict=True):
            room = QRectF(x + 4, y - 7, metrics.horizontalAdvance(word), 14)
            if room.right() > area.right():
                room.moveRight(x - 4)
            if not any(room.intersects(other) for other in taken):
                taken.append(room.adjusted(-1, 0, 1, 0))
                painter.drawText(room.adjusted(0, 0, 2, 0), Qt.AlignmentFlag.AlignVCenter, word)

    def _paint_axes(self, painter: QPainter) -> None:
        painter.setFont(theme.ui_font(10.5))
        painter.setPen(QColor(theme.current().dim))
        area, middle = self.area(), Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        metrics = QFontMetricsF(painter.font())
        across, up = (metrics.elidedText(words, Qt.TextElideMode.ElideRight, room)
                      for words, room in zip(self.axes, (area.width(), area.height()), strict=True))  # fmt: skip
        painter.drawText(QRectF(area.left(), area.bottom(), area.width(), AXIS), middle, across)
        painter.save()
        painter.translate(0, area.bottom())
        painter.rotate(-90)
        painter.drawText(QRectF(0, 0, area.height(), AXIS), middle, up)
        painter.restore()

    def _paint_classes(self, painter: QPainter) -> None:
        tokens, left = theme.current(), self.width() - LEGEND + 12
        painter.setFont(theme.ui_font(10.5))
        metrics, high = QFontMetricsF(painter.font()), min(16.0, self.height() / max(1, len(self._present())))
        if high < 11:
            return
        for i, k in enumerate(self._present()):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.class_colour(tokens, k)))
            painter.drawEllipse(QPointF(left + 4, i * high + high / 2), 3.5, 3.5)
            painter.setPen(QColor(tokens.dim))
            name = self.classes[k] if k < len(self.classes) else f"class {k}"
            words = metrics.elidedText(name, Qt.TextElideMode.ElideRight, LEGEND - 28)
            painter.drawText(QRectF(left + 13, i * high, LEGEND - 26, high), Qt.AlignmentFlag.AlignVCenter, words)

    # --- what the pointer finds -----------------------------------------------------------------------------------

    def point_at(self, x: float, y: float) -> int | None:
        """The nearest point, if it is near."""
        if not len(self.points):
            return None
        far = ((self.places() - (x, y)) ** 2).sum(1)
        nearest = int(far.argmin())
        return nearest if far[nearest] <= NEAR**2 else None

    def event(self, event: QEvent) -> bool:
        return True if event.type() == QEvent.Type.ToolTip else super().event(event)  # the tip follows the pointer

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        found = self.point_at(event.position().x(), event.position().y())
        if found != self._over:
            self._over = found
            self.update()
        if found is None:
            QToolTip.hideText()
        else:
            QToolTip.showText(event.globalPosition().toPoint() + QPoint(12, 8), self.told[found], self)

    def leaveEvent(self, event: QEvent) -> None:
        self._over = None
        self.update()


def _radius(count: int) -> float:
    """Of a point that is one of so many."""
    return 3.0 if count <= FEW else 2.4 if count <= CROWD else 1.9
