"""The whole network in small, with the part in view framed; a click or drag moves the view there."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QWidget

from app import theme
from app.canvas.items import NodeItem
from app.canvas.scene import CanvasScene
from app.canvas.view import CanvasView
from app.theme import color


class Minimap(QWidget):
    """A small overlay in the canvas's corner."""

    def __init__(self, view: CanvasView, scene: CanvasScene, parent=None) -> None:
        super().__init__(parent)
        self._view, self._scene = view, scene
        self.setFixedSize(120, 84)
        self.setToolTip("The whole network; click to go there")
        self.setAccessibleName("Overview")

    def _shown(self) -> QRectF:
        """The scene's rectangle that the map covers."""
        seen = self._view.mapToScene(self._view.viewport().rect()).boundingRect()
        return self._scene.network_rect().united(seen)

    def _scale(self, shown: QRectF) -> float:
        inner = self.rect().adjusted(6, 6, -6, -6)
        return min(inner.width() / max(1.0, shown.width()), inner.height() / max(1.0, shown.height()))

    def _to_map(self, rect: QRectF, shown: QRectF) -> QRectF:
        scale = self._scale(shown)
        corner = (rect.topLeft() - shown.center()) * scale + QPointF(self.rect().center())
        return QRectF(corner.x(), corner.y(), rect.width() * scale, rect.height() * scale)

    def paintEvent(self, event) -> None:
        """Ground, cards, frame."""
        tokens, painter = theme.current(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(color(tokens.hairline), 1))
        painter.setBrush(color(tokens.panel, 0.92))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), theme.RADIUS, theme.RADIUS)
        if not self._scene.nodes:
            return
        shown = self._shown()
        painter.setPen(Qt.PenStyle.NoPen)
        for item in self._scene.nodes.values():
            self._paint_card(painter, item, shown, tokens)
        seen = self._view.mapToScene(self._view.viewport().rect()).boundingRect()
        painter.setPen(QPen(color(tokens.forward), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(self._to_map(seen, shown), 2, 2)

    def _paint_card(self, painter: QPainter, item: NodeItem, shown: QRectF, tokens: theme.Tokens) -> None:
        token = tokens.direction(item.card.phase) if item.card.phase else theme.mix(tokens.dim, tokens.panel, 0.4)
        painter.setBrush(color(tokens.bad if item.card.problems else token))
        painter.drawRoundedRect(self._to_map(item.sceneBoundingRect().adjusted(10, 10, -10, -10), shown), 2, 2)

    def mousePressEvent(self, event) -> None:
        """Go there."""
        shown = self._shown()
        where = (event.position() - QPointF(self.rect().center())) / self._scale(shown) + shown.center()
        self._view.centerOn(where)
        self._view.zoomed.emit(self._view.scale_now)

    def mouseMoveEvent(self, event) -> None:
        """Go along."""
        self.mousePressEvent(event)
