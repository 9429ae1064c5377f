"""Other paths over a loss surface, each in its colour, and who is who."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from app import theme
from app.landscape import Trail
from app.plots.colours import line_colour

OUTLINE = "#0f1216"
DASH, ROW, SPACE = 12.0, 15.0, 5.0
MOST, LEAST = 8, 170.0  # names, and px of width from which they are there: they would cover a small picture


def hue(trail: Trail) -> str:
    """Bright in both themes: the surface under it is the same in both."""
    return line_colour(theme.DARK, trail.colour)


def paint_trail(painter: QPainter, points: list[QPointF], color: str, width: float = 2.0, faint: bool = False) -> None:
    """A stretch of it: coloured with a dark rim, or faint where something is in front of it."""
    for ink, wide, alpha in ((OUTLINE, width + 1.8, 0.7), (color, width, 0.3 if faint else 1.0)):
        if faint and ink == OUTLINE:
            continue
        pen = QPen(theme.color(ink, alpha), wide)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(points)


def paint_end(painter: QPainter, point: QPointF, color: str) -> None:
    """Where it has come to."""
    painter.setPen(QPen(QColor(OUTLINE), 1.2))
    painter.setBrush(QColor(color))
    painter.drawEllipse(point, 3.6, 3.6)


def paint_legend(painter: QPainter, trails: Sequence[Trail], room: QRectF, ground: str = "") -> None:
    """Names with their colours at the right of `room`, from its top, as many as have room; on a patch of `ground`,
    which is dark, or of the panel."""
    font = theme.ui_font(10.5)
    metrics = QFontMetricsF(font)
    fitting = min(len(trails), MOST, int(room.height() / ROW))
    if fitting < 1 or room.width() < LEAST:
        return
    names = [metrics.elidedText(t.name, Qt.TextElideMode.ElideRight, room.width() / 2) for t in trails[:fitting]]
    widest = max(metrics.horizontalAdvance(name) for name in names)
    left = room.right() - widest - DASH - SPACE - 4
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color(ground or theme.current().panel, 0.72))
    painter.drawRoundedRect(QRectF(left - 6, room.top(), widest + DASH + SPACE + 10, fitting * ROW + 4), 4, 4)
    painter.setFont(font)
    for k, (trail, name) in enumerate(zip(trails, names, strict=False)):
        middle = room.top() + 2 + (k + 0.5) * ROW
        painter.setPen(QPen(QColor(hue(trail) if ground else line_colour(theme.current(), trail.colour)), 2.4))
        painter.drawLine(QPointF(left, middle), QPointF(left + DASH, middle))
        painter.setPen(QColor("#ffffff" if ground else theme.current().text))
        place = QRectF(left + DASH + SPACE, middle - ROW / 2, widest + 2, ROW)
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, name)
