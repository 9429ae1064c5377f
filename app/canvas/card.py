"""What a card shows, as plain data, and how it is painted."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QFontMetricsF, QImage, QPainter, QPainterPath, QPen

from app.canvas import geometry as g
from app.theme import RADIUS_CARD, Tokens, color, mix, mono_font, ui_font

NAMED, FAR_NAME = 0.2, 10.0  # cards seen smaller than this have no name; its size in pixels
OUTLINE = 2.0  # pixels of a selected card's edge


@dataclass(frozen=True)
class Card:
    """Everything painted for one layer. `phase` is set while its operation is the current one."""

    title: str = ""
    kind: str = ""
    category: str = "other"
    shape: str = ""
    foot: str = ""
    figure: str = ""
    caption: str = ""
    picture: QImage | None = None
    smooth: bool = False
    bars: tuple[float, ...] = ()
    problems: tuple[str, ...] = ()
    warning: bool = False
    phase: str | None = None
    ports: tuple[str, ...] = ("x",)
    output: bool = True


def paint_card(painter: QPainter, card: Card, tokens: Tokens, selected: bool, detail: float) -> None:
    """Draw `card` at the origin; `detail` is the scale it is seen at: small letters grow a little."""
    larger = enlarged(detail)
    _paint_halo(painter, card, tokens)
    _paint_body(painter, card, tokens, selected, detail)
    _paint_text(painter, card, tokens, larger)
    _paint_bars(painter, card, tokens, larger)
    _paint_picture(painter, card, tokens)
    _paint_ports(painter, card, tokens)
    if card.problems:
        _paint_badge(painter, tokens, card.warning)


def paint_far(painter: QPainter, card: Card, tokens: Tokens, selected: bool, detail: float = 0.0) -> None:
    """`card` from afar: its body in a few rectangles, without ports, and without its name if it is smaller still."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    if card.phase is not None or selected:
        edge = tokens.direction(card.phase) if card.phase is not None else tokens.text
        painter.fillRect(g.CARD.adjusted(-7, -7, 7, 7), color(edge))
    elif card.problems:
        painter.fillRect(g.CARD.adjusted(-7, -7, 7, 7), color(problem_token(tokens, card.warning)))
    painter.fillRect(g.CARD, color(far_token(tokens)))
    painter.fillRect(QRectF(0, 0, 12, g.HEIGHT), color(tokens.of_category(card.category)))
    if card.picture is not None:
        painter.drawImage(g.PICTURE, card.picture)
    if detail >= NAMED:
        font = ui_font(min(FAR_NAME / detail, 0.8 * g.PICTURE.top()), 600)
        _line(painter, card.title, QRectF(20, 2, g.WIDTH - 24, g.PICTURE.top() - 4), font, tokens.text)


def far_token(tokens: Tokens) -> str:
    """Colour of a body seen from afar: it must stand out without its edge."""
    return mix(tokens.hairline, tokens.dim, 0.3)


def problem_token(tokens: Tokens, warning: bool) -> str:
    """Colour of a problem."""
    return tokens.category["activation"] if warning else tokens.bad


def enlarged(detail: float) -> float:
    """Seen from afar, letters grow a little against what they stand on: they stay readable for longer."""
    return min(1.3, max(1.0, 0.88 / detail))


def _paint_halo(painter: QPainter, card: Card, tokens: Tokens) -> None:
    if card.phase is None:
        return
    painter.setPen(Qt.PenStyle.NoPen)
    for spread, alpha in ((7.0, 0.12), (4.5, 0.22), (2.5, 0.30)):
        painter.setBrush(color(tokens.direction(card.phase), alpha))
        rect = g.CARD.adjusted(-spread, -spread, spread, spread)
        painter.drawRoundedRect(rect, RADIUS_CARD + spread, RADIUS_CARD + spread)


def _paint_body(painter: QPainter, card: Card, tokens: Tokens, selected: bool, detail: float) -> None:
    edge, width = tokens.hairline, 1.0
    if selected:
        edge, width = tokens.text, OUTLINE / detail  # as wide at any zoom
    if card.phase is not None:
        edge, width = tokens.direction(card.phase), OUTLINE / detail if selected else 2.0
    painter.setPen(QPen(color(edge), width))
    painter.setBrush(color(tokens.panel))
    painter.drawRoundedRect(g.CARD, RADIUS_CARD, RADIUS_CARD)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color(tokens.of_category(card.category)))
    painter.drawRoundedRect(QRectF(0, 13, 4.5, 33), 2.2, 2.2)


def _paint_text(painter: QPainter, card: Card, tokens: Tokens, larger: float) -> None:
    left, width = g.PICTURE.left(), g.PICTURE.width()
    room = width - (18 if card.problems else 0)
    _line(painter, card.title, QRectF(left, 8, room, 23), ui_font(14.5 * larger, 600), tokens.text)
    mono = mono_font(12 * larger)
    _line(painter, card.shape, QRectF(left, 31, width, 19), mono, tokens.dim)
    used = QFontMetricsF(mono).horizontalAdvance(card.shape) + 8
    _line(painter, card.kind, QRectF(left + used, 31, width - used, 19), ui_font(12 * larger), tokens.dim, right=True)
    _line(painter, card.foot, g.FOOT, mono, tokens.dim)


def _line(painter: QPainter, text: str, rect: QRectF, font, token: str, right: bool = False) -> None:
    if not text or rect.width() < 12:
        return
    painter.setFont(font)
    painter.setPen(color(token))
    shown = QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
    side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    painter.drawText(rect, side | Qt.AlignmentFlag.AlignVCenter, shown)


def _paint_picture(painter: QPainter, card: Card, tokens: Tokens) -> None:
    painter.save()
    clip = QPainterPath()
    clip.addRoundedRect(g.PICTURE, 4, 4)
    painter.setClipPath(clip)
    painter.fillRect(g.PICTURE, color(tokens.raised))
    if card.picture is not None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, card.smooth)
        painter.drawImage(g.PICTURE, card.picture)
    painter.restore()
    if card.figure:
        middle = g.PICTURE.center().y()
        _centred(painter, card.figure, middle - 10, mono_font(15, 600), tokens.text)
        _centred(painter, card.caption, middle + 14, ui_font(12), tokens.dim)


def _centred(painter: QPainter, text: str, y: float, font, token: str) -> None:
    painter.setFont(font)
    painter.setPen(color(token))
    rect = QRectF(g.PICTURE.left() + 4, y - 10, g.PICTURE.width() - 8, 20)
    shown = QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, shown)


def _paint_bars(painter: QPainter, card: Card, tokens: Tokens, larger: float) -> None:
    if not card.bars or max(card.bars) <= 0:
        return
    most, count = max(card.bars), len(card.bars)
    taken = QFontMetricsF(mono_font(12 * larger)).horizontalAdvance(card.foot)
    pitch = min(4.5, max(24.0, g.FOOT.width() - taken - 8) / count)
    left = g.FOOT.right() - pitch * count + 1
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color(tokens.backward))
    for i, height in enumerate(card.bars):
        tall = 1.0 + 13.0 * (height / most)
        painter.drawRect(QRectF(left + i * pitch, g.FOOT.bottom() - 2 - tall, max(0.75, pitch - 1.5), tall))


def _paint_ports(painter: QPainter, card: Card, tokens: Tokens) -> None:
    painter.setPen(QPen(color(tokens.dim), 1.4))
    painter.setBrush(QBrush(color(tokens.canvas)))
    spots = [g.input_port(i, len(card.ports)) for i in range(len(card.ports))]
    for spot in [*spots, *([g.output_port()] if card.output else [])]:
        painter.drawEllipse(spot, g.PORT, g.PORT)


def _paint_badge(painter: QPainter, tokens: Tokens, warning: bool) -> None:
    centre = QPointF(g.WIDTH - 18, 20)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color(problem_token(tokens, warning)))
    painter.drawEllipse(centre, 7.5, 7.5)
    painter.setFont(ui_font(10.5, 600))
    painter.setPen(color("#0f1216" if warning else "#ffffff"))
    painter.drawText(QRectF(centre.x() - 8, centre.y() - 8, 16, 16), Qt.AlignmentFlag.AlignCenter, "!")
