"""The ground that the network lies on."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPen

from app import theme

DOTS = 24.0


def paint_ground(painter: QPainter, rect: QRectF, scale: float) -> None:
    """Fill `rect` (canvas), with a quiet grid of dots; fewer from afar, at last none."""
    tokens = theme.current()
    painter.fillRect(rect, theme.color(tokens.canvas))
    pitch = DOTS if scale > 0.45 else DOTS * 2
    if scale < 0.2:
        return
    painter.setPen(QPen(theme.color(tokens.dot), 2.0 / scale))
    x0, y0 = rect.left() - rect.left() % pitch, rect.top() - rect.top() % pitch
    columns, rows = int((rect.right() - x0) / pitch) + 2, int((rect.bottom() - y0) / pitch) + 2
    painter.drawPoints([QPointF(x0 + i * pitch, y0 + j * pitch) for i in range(columns) for j in range(rows)])
