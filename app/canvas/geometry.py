"""Where things lie on a card and how wires bend. Canvas units are pixels at 100 %."""

from __future__ import annotations

import itertools

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

from app.card_size import HEIGHT, WIDTH

Curve = tuple[QPointF, QPointF, QPointF, QPointF]

MARGIN = 10.0  # room around a card for halo and ports
PORT = 5.5
PICTURE = QRectF(16, 54, WIDTH - 32, 76)
FOOT = QRectF(16, 136, WIDTH - 32, 20)
AIR = 2.0  # between a label and the cards beside it
ABOVE = 17.0  # a label stands so far above the middle of its curve
BULGE, LANE, ALONG = 40.0, 18.0, 64.0  # of a wire that leads back: its bends, how far from cards it runs, its label
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


def leads_back(start: QPointF, end: QPointF) -> bool:
    """Whether a wire's target does not lie to the right of its source."""
    return end.x() <= start.x()


def wire_path(start: QPointF, end: QPointF) -> QPainterPath:
    """A wire that leaves to the right and arrives from the left; one that leads back runs between the cards' rows."""
    path = QPainterPath(start)
    for _, *rest in _curves(start, end):
        path.cubicTo(*rest)
    return path


def label_place(start: QPointF, end: QPointF) -> QPointF:
    """Where the label's middle is: above the curve, or on the lane of a wire that leads back, near its source."""
    if not leads_back(start, end):
        return (start + end) / 2 - QPointF(0, ABOVE)
    return QPointF(start.x() - min(ALONG, (start.x() - end.x()) / 2), _lane(start, end))


def _lane(start: QPointF, end: QPointF) -> float:
    """Where a wire that leads back runs: between the two rows of cards, or below both cards where they share one."""
    down = end.y() - start.y()
    if abs(down) < HEIGHT + LANE:
        return max(start.y(), end.y()) + HEIGHT / 2 + LANE
    if abs(down) < 2 * HEIGHT:
        return start.y() + down / 2
    return end.y() - (HEIGHT / 2 + LANE) * (1 if down > 0 else -1)


def pill_room(start: QPointF, end: QPointF, middle: QPointF, tall: float) -> float:
    """How wide a label around `middle` may be, `tall` high, without meeting the cards at the wire's ends."""
    source = QRectF(start.x() - WIDTH, start.y() - HEIGHT / 2, WIDTH, HEIGHT)
    target = QRectF(end.x(), end.y() - HEIGHT / 2, WIDTH, HEIGHT)  # wherever its port is: near enough
    beside = [card for card in (source, target)
              if card.top() < middle.y() + tall / 2 and middle.y() - tall / 2 < card.bottom()]  # fmt: skip
    gaps = (max(card.left() - middle.x(), middle.x() - card.right()) for card in beside)
    return 2 * max(0.0, min(gaps, default=float("inf")) - AIR)


def wire_pieces(start: QPointF, end: QPointF) -> list[QPainterPath]:
    """The same curve in pieces, of which a view that lies somewhere along a long wire draws but a few."""
    return [piece for curve in _curves(start, end) for piece in _cut(curve)]


def _cut(curve: Curve) -> list[QPainterPath]:
    start, end = curve[0], curve[-1]
    count = min(MOST_PIECES, 1 + int((abs(end.x() - start.x()) + abs(end.y() - start.y())) / PIECE))
    return [_part(curve, k / count, (k + 1) / count) for k in range(count)]


def _curves(start: QPointF, end: QPointF) -> list[Curve]:
    """The cubic curves of a wire, one behind the other."""
    if not leads_back(start, end):
        reach = QPointF(max(28.0, (end.x() - start.x()) * 0.5), 0)
        return [(start, start + reach, end - reach, end)]
    lane, out = _lane(start, end), QPointF(BULGE, 0)
    below, above = QPointF(start.x(), lane), QPointF(end.x(), lane)
    third = (above - below) / 3
    return [
        (start, start + out, below + out, below), (below, below + third, above - third, above),
        (above, above - out, end - out, end),
    ]  # fmt: skip


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
