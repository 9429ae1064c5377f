"""A sheet of paper to draw on with a soft brush: left button ink, right button eraser."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QRadialGradient
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.plots import colours
from app.plots.example_rows import grey

SIDE = 168  # pixels of the sheet: a multiple of 8 and of 28
BRUSH, RUBBER = 0.055, 0.09  # their radii, as shares of the side
HINT = "Draw here"


class Sheet(QWidget):
    """`ink` (SIDE, SIDE) uint8; `drawn()` while it changes."""

    drawn = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image = QImage(SIDE, SIDE, QImage.Format.Format_Grayscale8)
        self._image.fill(0)
        self._last: QPointF | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName("sheet to draw on")
        self.setToolTip("Left button: ink. Right button: eraser. Delete: a clean sheet.")

    @property
    def ink(self) -> np.ndarray:
        """A copy of what is drawn."""
        bits = np.frombuffer(self._image.constBits(), np.uint8).reshape(SIDE, self._image.bytesPerLine())
        return bits[:, :SIDE].copy()

    def set_ink(self, ink: np.ndarray) -> None:
        """Another drawing, uint8 (SIDE, SIDE)."""
        ink = np.ascontiguousarray(ink, np.uint8)
        self._image = QImage(ink.data, SIDE, SIDE, SIDE, QImage.Format.Format_Grayscale8).copy()
        self.update()

    def clear(self) -> None:
        """A clean sheet."""
        self._image.fill(0)
        self.update()
        self.drawn.emit()

    def sizeHint(self) -> QSize:
        return QSize(150, 150)

    def area(self) -> QRectF:
        """Where the sheet lies: a square at the top left."""
        side = max(1.0, min(self.width(), self.height()) - 1.0)
        return QRectF(0.5, 0.5, side, side)

    def _on_sheet(self, at: QPointF) -> QPointF:
        area = self.area()
        return QPointF((at.x() - area.left()) / area.width() * SIDE, (at.y() - area.top()) / area.height() * SIDE)

    def stroke(self, start: QPointF, end: QPointF, erase: bool = False) -> None:
        """A soft stroke between two places on the sheet, in its own pixels."""
        radius = SIDE * (RUBBER if erase else BRUSH)
        painter = QPainter(self._image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        way = end - start
        count = max(1, int((way.x() ** 2 + way.y() ** 2) ** 0.5 / (radius / 4)))
        for k in range(count + 1):
            at = start + way * (k / count)
            soft = QRadialGradient(at, radius)
            tone = 0 if erase else 255
            soft.setColorAt(0.0, QColor(tone, tone, tone, 255))
            soft.setColorAt(0.55, QColor(tone, tone, tone, 235))
            soft.setColorAt(1.0, QColor(tone, tone, tone, 0))
            painter.setBrush(soft)
            painter.drawEllipse(at, radius, radius)
        painter.end()
        self.update()
        self.drawn.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() not in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            super().mousePressEvent(event)
            return
        self._last = self._on_sheet(event.position())
        self.stroke(self._last, self._last, event.button() == Qt.MouseButton.RightButton)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._last is None:
            return
        at = self._on_sheet(event.position())
        self.stroke(self._last, at, bool(event.buttons() & Qt.MouseButton.RightButton))
        self._last = at

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._last = None

    def contextMenuEvent(self, event) -> None:
        """The right button is the eraser here; the card's menu opens beside the sheet."""
        event.accept() if self.area().contains(QPointF(event.pos())) else super().contextMenuEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.clear()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, tokens, area, ink = QPainter(self), theme.current(), self.area(), self.ink
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(area, colours.to_image(grey(ink.astype(float), 0.0, 255.0)))
        painter.setPen(QPen(QColor(tokens.forward if self.hasFocus() else tokens.hairline), 1))
        painter.drawRect(area)
        if not ink.any():
            painter.setFont(theme.ui_font(12))
            painter.setPen(QColor(tokens.dim))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, HINT)
