"""The wire being drawn."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem

from app import theme
from app.canvas import geometry as g
from app.canvas.guard import guarded


class DraftWire(QGraphicsItem):
    """Dashed while its end is free or refused, drawn out where it would fit."""

    def __init__(self) -> None:
        super().__init__()
        self._path, self.verdict = QPainterPath(), "free"
        self.setZValue(4)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    def show_wire(self, start: QPointF, end: QPointF, verdict: str) -> None:
        """Run from `start` to `end`; `verdict` as of an offer, or "free"."""
        self.prepareGeometryChange()
        self._path, self.verdict = g.wire_path(start, end), verdict
        self.update()

    def boundingRect(self) -> QRectF:
        """The curve with its ends."""
        return self._path.boundingRect().adjusted(-8, -8, 8, 8)

    def shape(self) -> QPainterPath:
        """Never under the pointer."""
        return QPainterPath()

    @guarded
    def paint(self, painter: QPainter, option, widget=None) -> None:
        """Curve and loose end."""
        tokens = theme.current()
        token = {"refused": tokens.bad, "mend": tokens.category["activation"]}.get(self.verdict, tokens.forward)
        fits = self.verdict in ("fits", "mend")
        painter.setBrush(Qt.BrushStyle.NoBrush)
        style = Qt.PenStyle.SolidLine if fits else Qt.PenStyle.DashLine
        painter.setPen(QPen(theme.color(token), 2.6 if fits else 2.0, style))
        painter.drawPath(self._path)
