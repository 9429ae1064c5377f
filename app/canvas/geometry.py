"""Where things lie on a card and how wires bend. Canvas units are pixels at 100 %."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

from app.card_size import HEIGHT, WIDTH

MARGIN = 10.0  # room around a card for halo and ports
PORT = 5.5
PICTURE = QRectF(16, 54, WIDTH - 32, 76)
FOOT = QRectF(16, 136, WIDTH - 32, 20)

CARD = QRectF(0, 0, WIDTH, HEIGHT)
BOUNDS = CARD.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)


def input_port(index: int, count: int) -> QPointF:
    """Centre of input port `index` of `count`, relative to the card's corner."""
    return QPointF(0.0, HEIGHT * (index + 1) / (count + 1))


def output_port() -> QPointF:
    """Centre of the output port, relative to the card's corner."""
    return QPointF(WIDTH, HEIGHT / 2)


def wire_path(start: QPointF, end: QPointF) -> QPainterPath:
    """A wire that leaves to the right and arrives from the left; it swings wide where the target lies behind."""
    across = end.x() - start.x()
    reach = max(28.0, abs(across) * 0.5) if across > 0 else max(80.0, abs(across) * 0.6)
    path = QPainterPath(start)
    path.cubicTo(QPointF(start.x() + reach, start.y()), QPointF(end.x() - reach, end.y()), end)
    return path
