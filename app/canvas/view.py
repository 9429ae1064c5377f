"""The view: pan by dragging the ground, middle button or Space; zoom to the pointer; fit."""

from __future__ import annotations

from PySide6.QtCore import QEasingCurve, QEvent, QPointF, QRectF, Qt, QVariantAnimation, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPen, QWheelEvent
from PySide6.QtWidgets import QApplication, QFrame, QGraphicsView

from app import theme
from app.canvas.guard import guarded
from app.canvas.scene import CanvasScene

SMALLEST, LARGEST = 0.1, 4.0
DOTS = 24.0


class CanvasView(QGraphicsView):
    """Shows a CanvasScene. `zoomed(scale)` follows every change of scale or place; `tapped`: Space without a drag."""

    zoomed = Signal(float)
    tapped = Signal()

    def __init__(self, scene: CanvasScene, parent=None) -> None:
        super().__init__(scene, parent)
        self._scene = scene  # a view alone does not keep its scene alive
        self.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.AnchorUnderMouse)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.MinimalViewportUpdate)
        self.setAccessibleName("Canvas")
        self.setSceneRect(-50_000, -50_000, 100_000, 100_000)
        self._grip: QPointF | None = None
        self._space = self._dragged = False
        self._fitted = True
        self._ease: QVariantAnimation | None = None

    @property
    def scale_now(self) -> float:
        """1.0 is 100 %."""
        return self.transform().m11()

    def zoom(self, factor: float) -> None:
        """Scale by `factor`, within limits."""
        wanted = min(LARGEST, max(SMALLEST, self.scale_now * factor))
        self.scale(wanted / self.scale_now, wanted / self.scale_now)
        self._fitted = False
        self.zoomed.emit(self.scale_now)

    def fit(self, ease: bool = False) -> None:
        """Show the whole network, small ones are not blown up."""
        rect = self._scene.network_rect()
        if rect.isEmpty() or self.viewport().width() < 40:
            return
        scale = self._fitting_scale(rect)
        if ease and not _reduced_motion():
            self._ease_to(scale, rect.center())
        else:
            self._jump(scale, rect.center())
        self._fitted = True

    def _fitting_scale(self, rect: QRectF) -> float:
        room = self.viewport().rect().adjusted(12, 44, -12, -56)  # breadcrumb above, zoom strip below
        return max(SMALLEST, min(1.1, room.width() / rect.width(), room.height() / rect.height()))

    def _jump(self, scale: float, centre: QPointF) -> None:
        self.resetTransform()
        self.scale(scale, scale)
        self.centerOn(centre + QPointF(0, 6 / scale))
        self.zoomed.emit(scale)

    def _ease_to(self, scale: float, centre: QPointF) -> None:
        first = (self.scale_now, self.mapToScene(self.viewport().rect().center()))
        ease = QVariantAnimation(self, startValue=0.0, endValue=1.0, duration=theme.EASE_MS)
        ease.setEasingCurve(QEasingCurve.Type.OutCubic)
        ease.valueChanged.connect(
            lambda t: self._jump(first[0] + (scale - first[0]) * t, first[1] + (centre - first[1]) * t)
        )
        ease.start(QVariantAnimation.DeletionPolicy.DeleteWhenStopped)

    def resizeEvent(self, event) -> None:
        """Keep a fitted network fitted."""
        super().resizeEvent(event)
        if self._fitted:
            self.fit()
        self.zoomed.emit(self.scale_now)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel zooms to the pointer; with Shift it pans sideways, as touchpads do both ways."""
        turn = event.angleDelta()
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier or event.phase() != Qt.ScrollPhase.NoScrollPhase:
            self._pan(QPointF(turn.x() or turn.y(), turn.y() if turn.x() else 0) / 2)
        else:
            self.zoom(1.0015 ** turn.y())
        event.accept()

    def _pan(self, by: QPointF) -> None:
        across, down = self.horizontalScrollBar(), self.verticalScrollBar()
        across.setValue(round(across.value() - by.x()))
        down.setValue(round(down.value() - by.y()))
        self._fitted = False
        self.zoomed.emit(self.scale_now)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Middle button, Space or empty ground: pan; a card: select and drag."""
        empty = self.itemAt(event.position().toPoint()) is None
        left = event.button() == Qt.MouseButton.LeftButton
        if event.button() == Qt.MouseButton.MiddleButton or (left and (self._space or empty)):
            self._grip = event.position()
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
            if left and empty and not self._space:
                self._scene.clearSelection()
            event.accept()
            return
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan while the ground is held."""
        if self._grip is None:
            super().mouseMoveEvent(event)
            return
        self._dragged = True
        self._pan(event.position() - self._grip)
        self._grip = event.position()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The end of a pan, or of a drag: then the moved cards become one edit."""
        if self._grip is not None:
            self._grip = None
            self.viewport().unsetCursor()
            return
        super().mouseReleaseEvent(event)
        self._scene.commit_move()

    def event(self, event: QEvent) -> bool:
        """Space belongs to the canvas while it has the focus: held for panning, tapped for run and pause."""
        if event.type() == QEvent.Type.ShortcutOverride and event.key() == Qt.Key.Key_Space:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """While Space is held a drag pans, wherever it begins."""
        if event.key() == Qt.Key.Key_Space:
            self._hold_space(True, event.isAutoRepeat())
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Space without a drag was a tap."""
        if event.key() == Qt.Key.Key_Space:
            self._hold_space(False, event.isAutoRepeat())
        else:
            super().keyReleaseEvent(event)

    def _hold_space(self, held: bool, repeated: bool) -> None:
        if repeated or held == self._space:
            return
        self._space = held
        self.viewport().setCursor(Qt.CursorShape.OpenHandCursor if held else Qt.CursorShape.ArrowCursor)
        if held:
            self._dragged = False
        elif not self._dragged:
            self.tapped.emit()

    @guarded
    def drawBackground(self, painter: QPainter, rect: QRectF) -> None:
        """Ground with a quiet grid of dots."""
        tokens = theme.current()
        painter.fillRect(rect, theme.color(tokens.canvas))
        pitch = DOTS if self.scale_now > 0.45 else DOTS * 2
        if self.scale_now < 0.2:
            return
        painter.setPen(QPen(theme.color(tokens.dot), 2.0 / self.scale_now))
        x0, y0 = rect.left() - rect.left() % pitch, rect.top() - rect.top() % pitch
        columns, rows = int((rect.right() - x0) / pitch) + 2, int((rect.bottom() - y0) / pitch) + 2
        painter.drawPoints([QPointF(x0 + i * pitch, y0 + j * pitch) for i in range(columns) for j in range(rows)])


def _reduced_motion() -> bool:
    return not QApplication.isEffectEnabled(Qt.UIEffect.UI_General)
