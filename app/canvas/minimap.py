"""The whole network in small, with the part in view framed; a click or drag moves the view there."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QPainter, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from app import theme
from app.canvas import geometry as g
from app.canvas.card import Card, problem_token
from app.canvas.scene import CanvasScene
from app.canvas.view import CanvasView
from app.theme import color

PAUSE_MS = 100  # between two drawings of a large network


class Minimap(QWidget):
    """A small overlay in the canvas's corner."""

    def __init__(self, view: CanvasView, scene: CanvasScene, parent=None) -> None:
        super().__init__(parent)
        self._view, self._scene = view, scene
        self.setFixedSize(120, 84)
        self.setToolTip("The whole network; click to go there")
        self.setAccessibleName("Overview")
        self._held: QRectF | None = None
        self._key, self._picture, self._drawn_for = None, QPixmap(), QRectF()
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self.update)

    def _shown(self) -> QRectF:
        """The scene's rectangle that the map covers; while it is dragged on, the map itself stays as it is."""
        if self._held is not None:
            return self._held
        seen = self._view.mapToScene(self._view.viewport().rect()).boundingRect()
        return self._scene.network_rect().united(seen)

    def _scale(self, shown: QRectF) -> float:
        inner = self.rect().adjusted(6, 6, -6, -6)
        return min(inner.width() / max(1.0, shown.width()), inner.height() / max(1.0, shown.height()))

    def _to_map(self, rect: QRectF, shown: QRectF) -> QRectF:
        scale = self._scale(shown)
        corner = (rect.topLeft() - shown.center()) * scale + QPointF(self.rect().center())
        return QRectF(corner.x(), corner.y(), rect.width() * scale, rect.height() * scale)

    def _from_map(self, rect: QRectF, shown: QRectF) -> QRectF:
        scale = self._scale(shown)
        corner = (rect.topLeft() - QPointF(self.rect().center())) / scale + shown.center()
        return QRectF(corner.x(), corner.y(), rect.width() / scale, rect.height() / scale)

    def paintEvent(self, event) -> None:
        """Ground, cards, frame."""
        tokens, painter = theme.current(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(color(tokens.hairline), 1))
        painter.setBrush(color(tokens.panel, 0.92))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), theme.RADIUS, theme.RADIUS)
        if self._scene.network_rect().isEmpty():
            return
        shown = self._shown()
        painter.save()
        self._paint_cards(painter, shown)
        painter.restore()
        seen = self._view.mapToScene(self._view.viewport().rect()).boundingRect()
        painter.setPen(QPen(color(tokens.forward), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(self._to_map(seen, shown), 2, 2)

    def _paint_cards(self, painter: QPainter, shown: QRectF) -> None:
        """All cards, drawn anew only where something about them has changed; of very many not at every frame."""
        ratio = self.devicePixelRatioF()
        key = (self._scene.revision, shown.getRect(), theme.current().name, ratio)
        if key == self._key:
            painter.drawPixmap(0, 0, self._picture)
        elif self._pause.isActive() and not self._picture.isNull():
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawPixmap(self._to_map(self._drawn_for, shown), self._picture, QRectF(self._picture.rect()))
        else:
            self._key, self._picture = key, self._drawn(shown, ratio)
            self._drawn_for = self._from_map(QRectF(self.rect()), shown)
            painter.drawPixmap(0, 0, self._picture)
            if self._scene.crowd is not None:
                self._pause.start()

    def _drawn(self, shown: QRectF, ratio: float) -> QPixmap:
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        scale, middle = self._scale(shown), QPointF(self.rect().center())
        painter.translate(middle - shown.center() * scale)
        painter.scale(scale, scale)
        self._draw_cards(painter)
        painter.end()
        return picture

    def _draw_cards(self, painter: QPainter) -> None:
        tokens, crowd = theme.current(), self._scene.crowd
        painter.setPen(Qt.PenStyle.NoPen)
        if crowd is not None:
            crowd.paint_all(painter)
        for item in self._scene.nodes.values():
            if crowd is None or item.card.phase:
                painter.setBrush(color(_token(item.card, tokens)))
                painter.drawRoundedRect(g.CARD.translated(item.pos()), 14, 14)

    def mousePressEvent(self, event) -> None:
        """Go there."""
        self._held = self._shown()
        self._go(event.position())

    def mouseMoveEvent(self, event) -> None:
        """Go along, as far as there is anything to see."""
        if self._held is not None:
            self._go(event.position())

    def mouseReleaseEvent(self, event) -> None:
        """The map covers what is seen now."""
        self._held = None
        self.update()

    def _go(self, place: QPointF) -> None:
        inside = self._scene.network_rect()
        spot = self._from_map(QRectF(place, place), self._shown()).topLeft()
        spot = QPointF(
            min(max(spot.x(), inside.left()), inside.right()), min(max(spot.y(), inside.top()), inside.bottom())
        )
        self._view.centerOn(spot)
        self._view.zoomed.emit(self._view.scale_now)


def _token(card: Card, tokens: theme.Tokens) -> str:
    if card.problems:
        return problem_token(tokens, card.warning)
    return tokens.direction(card.phase) if card.phase else theme.mix(tokens.dim, tokens.panel, 0.4)
