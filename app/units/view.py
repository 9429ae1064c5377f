"""The view of the units: zoom and pan as on the canvas, tips under the pointer, clicks that select."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent

from app.canvas.camera import Camera
from app.canvas.tip import Tip
from app.units.scene import UnitsScene

DRAG = 4.0  # pixels that a press may move and still be a click


class UnitsView(Camera):
    """`picked(layer or None)`: a click; `entered(layer)`: a double click; `closed`: Escape."""

    picked = Signal(object)
    entered = Signal(str)
    closed = Signal()

    def __init__(self, scene: UnitsScene, parent=None) -> None:
        super().__init__(scene, parent)
        self.units = scene
        self.setCacheMode(self.CacheModeFlag.CacheBackground)
        self.setAccessibleName("Units")
        self.viewport().setMouseTracking(True)
        self.tip = Tip(self.viewport())
        self._pressed: QPointF | None = None
        self._last = QPointF()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A drag pans, a click selects."""
        self._pressed = self._last = event.position()
        self.tip.hide()
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan while pressed; else tell what lies under the pointer."""
        if self._pressed is None:
            self._hover(event.position())
            return
        if (event.position() - self._pressed).manhattanLength() > DRAG or self.viewport().cursor().shape() == CLOSED:
            self.viewport().setCursor(CLOSED)
            self.pan(event.position() - self._last)
            self._last = event.position()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A press that did not move was a click."""
        pressed, self._pressed = self._pressed, None
        moved = self.viewport().cursor().shape() == CLOSED
        self.viewport().unsetCursor()
        if pressed is not None and not moved and event.button() == Qt.MouseButton.LeftButton:
            self._click(self.mapToScene(event.position().toPoint()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """On a unit: back to its layer."""
        unit = self.units.unit_at(self.mapToScene(event.position().toPoint()))
        if unit is not None:
            self.entered.emit(unit[0])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape goes back to the layers."""
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def _click(self, where: QPointF) -> None:
        layer = self.units.more_at(where)
        if layer is not None:
            self.units.turn(layer)
            return
        unit = self.units.unit_at(where)
        link = self.units.link_at(where, self.scale_now) if unit is None else None
        self.picked.emit(unit[0] if unit else self.units.head_at(where) or (link[0].target if link else None))

    def _hover(self, at: QPointF) -> None:
        where = self.mapToScene(at.toPoint())
        unit = self.units.unit_at(where)
        if unit != self.units.hot:
            self.units.hot = unit
            self.units.item.update()
        self.tip.show_at(at.toPoint(), self.units.tip_at(where, self.scale_now))

    def refresh_tip(self) -> None:
        """The numbers under a resting pointer go on."""
        if self.tip.isVisible():
            self._hover(QPointF(self.viewport().mapFromGlobal(self.cursor().pos())))

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is under the pointer any more."""
        self.units.hot = None
        self.units.item.update()
        self.tip.hide()
        super().leaveEvent(event)


CLOSED = Qt.CursorShape.ClosedHandCursor
