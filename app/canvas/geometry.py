"""Where things lie on a card and how wires bend. Canvas units are pixels at 100 %."""

from __future__ import annotations

import itertools

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

from app.card_size import HEIGHT, WIDTH

MARGIN = 10.0  # room around a card for halo and ports
PORT = 5.5
PICTURE = QRectF(16, 54, WIDTH - 32, 76)
FOOT = QRectF(16, 136, WIDTH - 32, 20)
RIM, RIM_SHARE = 12.0, 0.4  # so much of a card bears a label, and less where cards lie close together
PIECE, MOST_PIECES = 800.0, 64  # a longer wire is drawn in pieces

CARD = QRectF(0, 0, WIDTH, HEIGHT)
BOUNDS = CARD.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)


def input_port(index: int, count: int) -> QPointF:
    """Centre of input port `index` of `count`, relative to the card's corner."""
    return QPointF(0.0, input_height(index, count))


def input_height(index: int, count: int) -> float:
    """How far below the card's corner input port `index` of `count` lies."""
    return HEIGHT * (index + 1) / (count + 1)


def output_port() -> QPointF:
    """Centre of the output port, relative to the card's corner."""
    return QPointF(WIDTH, HEIGHT / 2)


def wire_path(start: QPointF, end: QPointF) -> QPainterPath:
    """A wire that leaves to the right and arrives from the left; it swings wide where the target lies behind.

    It is symmetric: its middle lies between the ends.
    """
    path = QPainterPath(start)
    path.cubicTo(*_handles(start, end), end)
    return path


def pill_room(start: QPointF, end: QPointF, middle: QPointF, tall: float) -> float:
    """How wide a label around `middle` may be, `tall` high: of the cards at the wire's ends it may cover the rim."""
    source = QRectF(start.x() - WIDTH, start.y() - HEIGHT / 2, WIDTH, HEIGHT)
    target = QRectF(end.x(), end.y() - HEIGHT / 2, WIDTH, HEIGHT)  # wherever its port is: near enough
    beside = [card for card in (source, target)
              if card.top() < middle.y() + tall / 2 and middle.y() - tall / 2 < card.bottom()]  # fmt: skip
    gaps = (max(card.left() - middle.x(), middle.x() - card.right()) for card in beside)
    gap = max(0.0, min(gaps, default=float("inf")))
    return 2 * (gap + min(RIM, RIM_SHARE * gap))


def wire_pieces(start: QPointF, end: QPointF) -> list[QPainterPath]:
    """The same curve in pieces, of which a view that lies somewhere along a long wire draws but a few."""
    count = min(MOST_PIECES, 1 + int((abs(end.x() - start.x()) + abs(end.y() - start.y())) / PIECE))
    if count == 1:
        return [wire_path(start, end)]
    curve = (start, *_handles(start, end), end)
    return [_part(curve, k / count, (k + 1) / count) for k in range(count)]


def _handles(start: QPointF, end: QPointF) -> tuple[QPointF, QPointF]:
    across = end.x() - start.x()
    reach = max(28.0, abs(across) * 0.5) if across > 0 else max(80.0, abs(across) * 0.6)
    return QPointF(start.x() + reach, start.y()), QPointF(end.x() - reach, end.y())


def _part(curve: tuple[QPointF, ...], a: float, b: float) -> QPainterPath:
    """The cubic between the parameters `a` and `b`: its control points are values of the blossom."""
    path = QPainterPath(_blossom(curve, a, a, a))
    path.cubicTo(_blossom(curve, a, a, b), _blossom(curve, a, b, b), _blossom(curve, b, b, b))
    return path


def _blossom(points: tuple[QPointF, ...], *places: float) -> QPointF:
    """de Casteljau's scheme, with a place of its own at every level."""
    for t in places:
        points = tuple(p + (q - p) * t for p, q in itertools.pairwise(points))
    return points[0]
