"""Select by drawing a rectangle over the ground."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QGraphicsRectItem

from app import theme
from app.canvas.gestures.base import Gesture

ADDING = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


class RubberBand(Gesture):
    """Whatever the rectangle touches is selected; with Ctrl or Shift what was selected stays so."""

    def __init__(self, view, event) -> None:
        super().__init__(view, event)
        self._before = self.scene.chosen()
        self._kept = self._before if self.modifiers & ADDING else frozenset()
        self._band: QGraphicsRectItem | None = None

    def move(self, where: QPointF) -> None:
        """The rectangle grows."""
        rect = QRectF(self.origin, self.at(where)).normalized()
        if self._band is None:
            self._band = _band()
            self.scene.addItem(self._band)
        self._band.setRect(rect)
        self.scene.select_only(set(self.scene.touching(rect)) | self.scene.items_of(self._kept))

    def release(self, where: QPointF) -> None:
        """A click on the ground without a drag clears the selection."""
        self._remove()
        if not self.dragged and not self.modifiers & ADDING:
            self.scene.clearSelection()

    def cancel(self) -> None:
        """The selection is what it was."""
        self._remove()
        self.scene.select_only(self.scene.items_of(self._before))

    def _remove(self) -> None:
        if self._band is not None:
            self.scene.removeItem(self._band)
            self._band = None


def _band() -> QGraphicsRectItem:
    tokens, band = theme.current(), QGraphicsRectItem()
    pen = QPen(theme.color(tokens.forward), 1)
    pen.setCosmetic(True)
    band.setPen(pen)
    band.setBrush(theme.color(tokens.forward, 0.10))
    band.setZValue(5)
    return band
