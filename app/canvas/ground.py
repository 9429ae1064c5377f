"""The ground that the network lies on."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPen, QPolygonF

from app import theme

DOTS, LEAST = 24.0, 18.0  # between dots: in canvas units at 100 %, and at least so many pixels
BLOCK = 8  # dots are kept in blocks, so that nearby sizes share them


def paint_ground(painter: QPainter, rect: QRectF, scale: float) -> None:
    """Fill `rect` (canvas), with a quiet grid of dots; fewer from afar."""
    tokens = theme.current()
    painter.fillRect(rect, theme.color(tokens.canvas))
    pitch = DOTS
    while pitch * scale < LEAST:
        pitch *= 2
    pen = QPen(theme.color(tokens.dot), 2.0)
    pen.setCosmetic(True)
    painter.setPen(pen)
    columns, rows = int(rect.width() / pitch) + 2, int(rect.height() / pitch) + 2
    painter.translate(rect.left() - rect.left() % pitch, rect.top() - rect.top() % pitch)
    painter.scale(pitch, pitch)
    painter.drawPoints(_dots(-(-columns // BLOCK) * BLOCK, -(-rows // BLOCK) * BLOCK))


@lru_cache(maxsize=32)
def _dots(columns: int, rows: int) -> QPolygonF:
    return QPolygonF([QPointF(i, j) for i in range(columns) for j in range(rows)])
