"""What part of the canvas is seen, and how large: zoom to the pointer, pan, fit."""

from __future__ import annotations

from PySide6.QtCore import QEasingCurve, QPoint, QPointF, QRectF, QSize, Qt, QTimer, QVariantAnimation, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QFrame, QGraphicsView

from app import theme
from app.canvas.exposed import pieces
from app.canvas.face import Face
from app.canvas.ground import paint_ground
from app.canvas.guard import guarded
from app.canvas.scene import CanvasScene

SMALLEST, LARGEST = 0.02, 4.0
ROOM = 50_000.0  # to every side of the origin, and of whatever lies further out
REST_MS = 120  # after the last change of scale, cards are drawn sharply again


class Camera(QGraphicsView):
    """Shows a CanvasScene. `zoomed(scale)` follows every change of scale or place.

    `beyond(inwards)`: zooming goes on where the largest or the smallest scale has been reached.
    """

    zoomed = Signal(float)
    beyond = Signal(bool)

    def __init__(self, scene: CanvasScene, parent=None) -> None:
        super().__init__(scene, parent)
        self.canvas = scene  # a view alone does not keep its scene alive
        self.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # nothing is painted beneath
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.AnchorUnderMouse)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.MinimalViewportUpdate)
        self.setSceneRect(-ROOM, -ROOM, 2 * ROOM, 2 * ROOM)
        self._fitted = True
        self._was = (QPoint(), QSize())  # where it lay in the window, and how large that was
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._come_to_rest)

    @property
    def scale_now(self) -> float:
        """1.0 is 100 %."""
        return self.transform().m11()

    def zoom(self, factor: float) -> None:
        """Scale by `factor`, within limits."""
        wanted = min(LARGEST, max(SMALLEST, self.scale_now * factor))
        if factor != 1 and abs(wanted / self.scale_now - 1) < 1e-6:
            self.beyond.emit(factor > 1)
            return
        self._stir()
        self.scale(wanted / self.scale_now, wanted / self.scale_now)
        self._fitted = False
        self.zoomed.emit(self.scale_now)

    def fit(self, ease: bool = False) -> None:
        """Show the whole network, small ones are not blown up."""
        rect = self.canvas.network_rect()
        if rect.isEmpty() or self.viewport().width() < 40:
            return
        self.make_room()
        scale = self._fitting_scale(rect)
        if ease and not _reduced_motion():
            self._ease_to(scale, rect.center())
        else:
            self._jump(scale, rect.center())
        self._fitted = True

    def make_room(self) -> None:
        """However far the network reaches, the view can go there, and beyond."""
        rect, room = self.canvas.network_rect(), self.sceneRect()
        if not rect.isEmpty() and not room.contains(rect.adjusted(-ROOM / 10, -ROOM / 10, ROOM / 10, ROOM / 10)):
            self.setSceneRect(room.united(rect.adjusted(-ROOM, -ROOM, ROOM, ROOM)))

    def _fitting_scale(self, rect: QRectF) -> float:
        room = self.viewport().rect().adjusted(12, 44, -12, -56)  # breadcrumb above, zoom strip below
        return max(SMALLEST, min(1.1, room.width() / rect.width(), room.height() / rect.height()))

    def _stir(self) -> None:
        self.canvas.resting = False
        self._rest.start()

    def _come_to_rest(self) -> None:
        self.canvas.resting = True
        self.viewport().update()
        self.zoomed.emit(self.scale_now)

    def _jump(self, scale: float, centre: QPointF) -> None:
        if abs(scale - self.scale_now) > 1e-9:
            self._stir()
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
        """Keep a fitted network fitted; where a message pushes in above, keep every card under the pointer."""
        super().resizeEvent(event)
        pushed = self._pushed_down()
        if pushed:
            self.pan(QPointF(0, -pushed), by_hand=False)
        elif self._fitted:
            self.fit()
        self.zoomed.emit(self.scale_now)

    def _pushed_down(self) -> int:
        """By how many pixels the view has moved down (up: below 0) in a window that kept its size."""
        window = self.window()
        corner, size = self.mapTo(window, QPoint()), window.size()
        (old, before), self._was = self._was, (corner, size)
        return corner.y() - old.y() if size == before and corner.x() == old.x() else 0

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel zooms to the pointer; with Shift it pans sideways, as touchpads do both ways."""
        turn = event.angleDelta()
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.pan(QPointF(turn.x() or turn.y(), 0) / 2)
        elif event.phase() != Qt.ScrollPhase.NoScrollPhase:
            self.pan(QPointF(turn) / 2)
        else:
            self.zoom(1.0015 ** turn.y())
        event.accept()

    def pan(self, by: QPointF, by_hand: bool = True) -> None:
        """Move what is seen by so many pixels; what a hand has moved is fitted no more."""
        across, down = self.horizontalScrollBar(), self.verticalScrollBar()
        across.setValue(round(across.value() - by.x()))
        down.setValue(round(down.value() - by.y()))
        self._fitted = self._fitted and not by_hand
        self.zoomed.emit(self.scale_now)

    def hold(self) -> None:
        """Stay at this scale and place, even when the window changes its size."""
        self._fitted = False

    def paintEvent(self, event: QPaintEvent) -> None:
        """A frame; what could not be drawn sharply within it comes with the next."""
        Face.budget.begin()
        self.canvas.exposed = [self.mapToScene(part).boundingRect() for part in pieces(event.region())]
        super().paintEvent(event)
        self.canvas.exposed = []
        if Face.budget.short:
            QTimer.singleShot(0, self, self.viewport().update)

    @guarded
    def drawBackground(self, painter: QPainter, rect: QRectF) -> None:
        """Ground with a quiet grid of dots."""
        paint_ground(painter, rect, self.scale_now)


def _reduced_motion() -> bool:
    return not QApplication.isEffectEnabled(Qt.UIEffect.UI_General)
