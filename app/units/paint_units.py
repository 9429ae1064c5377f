"""How units are painted: a card of figures, a small map of the plane, or a dot in the colour of its value."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPen

from app import theme
from app.canvas.picture import signed_image
from app.theme import Tokens, color, mix, mono_font, ui_font
from app.units.layout import LINE, PAD, name_room
from app.units.numbers import NOTHING, Numbers, State, written
from app.units.plan import Column
from app.units.words import name_of

TOP = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
CORNER = 2.5  # of a map: rounder ones would have to be clipped, which takes four times as long
FAR = 0.66  # below this scale a layer's name stands alone, and larger


def _seen_at(painter: QPainter) -> float:
    return painter.worldTransform().m11() or 1.0


def _legible(painter: QPainter, size: float, least: float, most: float) -> float:
    """`size`, or as much as looks `least` pixels high at this scale, up to `most`."""
    return min(most, max(size, least / _seen_at(painter)))


def figure_font(painter: QPainter, size: float, text: str, room: float) -> QFont:
    """Letters of `size`; seen from afar larger ones, as far as `text` has the `room`."""
    wide = QFontMetricsF(mono_font(size)).horizontalAdvance(text)
    larger = min(_legible(painter, size, size, 1.25 * size), size * room / max(1.0, wide))
    return mono_font(max(size, math.floor(2 * larger) / 2))  # few sizes: fonts are kept


def paint_head(painter: QPainter, rect: QRectF, column: Column, tokens: Tokens, selected: bool) -> None:
    """Name of the layer, and beneath it its kind and how many units it has."""
    far = _seen_at(painter) < FAR
    painter.setFont(ui_font(_legible(painter, 13, 11, 28), 600))
    painter.setPen(color(tokens.text))
    _centred(painter, column.layer, QRectF(rect.left(), rect.top(), rect.width(), 34 if far else 18))
    if not far:
        painter.setFont(ui_font(_legible(painter, 11, 9, 13)))
        painter.setPen(color(tokens.dim))
        size = "" if column.is_loss else f" · {column.note or column.size}"
        _centred(painter, column.kind + size, QRectF(rect.left(), rect.top() + 17, rect.width(), 16))
    if selected:
        painter.fillRect(QRectF(rect.center().x() - 16, rect.top() + 34, 32, 2), color(tokens.text))


def _centred(painter: QPainter, text: str, rect: QRectF) -> None:
    shown = QFontMetricsF(painter.font()).elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, shown)


def paint_more(painter: QPainter, rect: QRectF, column: Column, tokens: Tokens) -> None:
    """Which units are shown; a click turns to the next ones."""
    text = f"{column.first + 1}–{column.first + column.shown} of {column.size}"
    painter.setFont(mono_font(_legible(painter, 11, 9.5, 16)))
    spare = max(0.0, QFontMetricsF(painter.font()).horizontalAdvance(text) + 18 - rect.width()) / 2
    rect = rect.adjusted(-spare, 0, spare, 0)
    painter.setPen(QPen(color(tokens.hairline), 1))
    painter.setBrush(color(tokens.panel))
    painter.drawRoundedRect(rect, 11, 11)
    painter.setPen(color(tokens.dim))
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)


def _frame(painter: QPainter, rect: QRectF, column: Column, tokens: Tokens, strong: bool, lit: State) -> None:
    edge = tokens.direction(lit) if lit in ("forward", "backward") else tokens.text if strong else tokens.hairline
    painter.setPen(QPen(color(edge), 2.0 if lit in ("forward", "backward") or strong else 1.0))
    painter.setBrush(color(tokens.panel))
    painter.drawRoundedRect(rect, 7, 7)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color(tokens.of_category(column.category)))
    painter.drawRoundedRect(QRectF(rect.left(), rect.top() + 8, 3.5, 18), 1.7, 1.7)


def paint_card(painter: QPainter, rect: QRectF, column: Column, unit: int, numbers: Numbers, tokens: Tokens,
               strong: bool, tall: bool) -> None:  # fmt: skip
    """A unit with all of its figures: gradients in the backward colour below their values (`tall`) or beside them."""
    _frame(painter, rect, column, tokens, strong, _lit(column, numbers))
    top = rect.top() + PAD
    if column.size > 1 or not tall:
        _card_head(painter, QRectF(rect.left() + 12, top, rect.width() - 20, LINE), column, unit, tokens, tall)
        top += LINE
    for row in column.figures:
        both = [(row.symbol, row.value, tokens.text)]
        if row.gradient:
            both.append((f"∂{row.symbol}", row.gradient, tokens.backward_text))
        for i, (symbol, name, token) in enumerate(both):
            line = QRectF(rect.left() + 7, top, rect.width() - 12, LINE)
            if not tall:
                half = line.width() * (0.56 if row.gradient else 1.0)
                line = QRectF(line.left() + i * half, top, line.width() - half if i else half, LINE)
                symbol = "" if i else symbol
            _figure(painter, line, symbol, numbers.of_row(column, name, unit), numbers.state(name), token, tokens)
            top += LINE if tall else 0.0
        top += 0.0 if tall else LINE


def _card_head(painter: QPainter, rect: QRectF, column: Column, unit: int, tokens: Tokens, tall: bool) -> None:
    painter.setFont(ui_font(11.5, 600))
    painter.setPen(color(tokens.text))
    middle = Qt.AlignmentFlag.AlignVCenter
    name = name_of(column, unit) if column.size > 1 or column.names else ""
    name = QFontMetricsF(painter.font()).elidedText(name, Qt.TextElideMode.ElideRight, rect.width())
    painter.drawText(rect, Qt.AlignmentFlag.AlignLeft | middle, name)
    if not tall and any(row.gradient for row in column.figures):
        painter.setFont(mono_font(10.5))
        painter.setPen(color(tokens.backward_text))
        painter.drawText(rect, Qt.AlignmentFlag.AlignRight | middle, "∂L/∂")


def _figure(painter: QPainter, rect: QRectF, symbol: str, number: float | None, state: State, token: str,
            tokens: Tokens) -> None:  # fmt: skip
    if state in ("forward", "backward", "update"):
        painter.fillRect(rect.adjusted(1, 1, 0, -1), color(tokens.direction(state), 0.32))
    painter.setFont(figure_font(painter, 12, f"{symbol} {written(number)}", rect.width() - 9))
    painter.setPen(color(tokens.dim if token == tokens.text else token))
    middle = Qt.AlignmentFlag.AlignVCenter
    painter.drawText(rect.adjusted(5, 0, 0, 0), middle | Qt.AlignmentFlag.AlignLeft, symbol)
    painter.setPen(_ink(number, state, token, tokens))
    painter.drawText(rect.adjusted(0, 0, -4, 0), middle | Qt.AlignmentFlag.AlignRight, written(number))


def _ink(number: float | None, state: State, token: str, tokens: Tokens) -> QColor:
    if number is not None and not math.isfinite(number):
        return color(tokens.bad)
    return color(mix(token, tokens.panel, 0.5) if state == "ahead" or number is None else token)


def _lit(column: Column, numbers: Numbers) -> State:
    names = [name for row in column.figures for name in (row.value, row.gradient) if name]
    states = [numbers.state(name) for name in names]
    return next((state for state in states if state in ("forward", "backward")), "known")


def paint_tile(painter: QPainter, rect: QRectF, column: Column, picture: QImage, part: QRectF, numbers: Numbers,
               tokens: Tokens, strong: bool) -> None:  # fmt: skip
    """A unit as its map over the plane of the inputs: `part` of `picture`."""
    painter.drawImage(rect, picture, part)
    painter.setPen(_edge(_lit(column, numbers), tokens, strong))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect, CORNER, CORNER)


def _edge(lit: State, tokens: Tokens, strong: bool) -> QPen:
    on = lit in ("forward", "backward")
    edge = tokens.direction(lit) if on else tokens.text if strong else mix(tokens.dim, tokens.canvas, 0.4)
    return QPen(color(edge), 2.4 if on or strong else 1.0)


def paint_dot(painter: QPainter, rect: QRectF, column: Column, unit: int, limit: float, numbers: Numbers,
              tokens: Tokens, strong: bool) -> None:  # fmt: skip
    """A unit as a circle in the colour of its value, on the scale of its layer."""
    name = column.rows[-1].value if column.rows else ""
    value = numbers.of_unit(name, unit) if name else None
    painter.setPen(_edge(_lit(column, numbers), tokens, strong))
    painter.setBrush(_colour(value, limit, tokens))
    painter.drawEllipse(rect)


def paint_name(painter: QPainter, rect: QRectF, column: Column, unit: int, tokens: Tokens) -> None:
    """What the data calls an input, beside it."""
    painter.setFont(ui_font(_legible(painter, 11.5, 9.5, rect.height() * 0.7)))
    painter.setPen(color(tokens.dim))
    width = name_room(column) + 8
    text = QFontMetricsF(painter.font()).elidedText(column.names[unit], Qt.TextElideMode.ElideRight, width)
    room = QRectF(rect.left() - width - 8, rect.top(), width, rect.height())
    painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, text)


def paint_loss(painter: QPainter, rect: QRectF, column: Column, numbers: Numbers, tokens: Tokens) -> None:
    """The loss of the batch under its circle."""
    name = column.rows[-1].value if column.rows else ""
    painter.setFont(mono_font(_legible(painter, 11.5, 10, 22), 600))
    painter.setPen(color(tokens.text))
    value = numbers.of_unit(name, 0) if name else None
    text = f"L = {written(value)}" if value is not None else f"L {NOTHING}"
    painter.drawText(QRectF(rect.center().x() - 100, rect.bottom() + 4, 200, 28), TOP, text)


def _colour(value: float | None, limit: float, tokens: Tokens) -> QColor:
    if value is None:
        return color(tokens.raised)
    if not math.isfinite(value):
        return color(tokens.bad)
    share = max(-1.0, min(1.0, value / (limit or 1.0)))
    return color(mix(tokens.neutral, tokens.positive if share > 0 else tokens.negative, abs(share) ** 0.8))


def mosaic(maps: np.ndarray) -> QImage:
    """Maps (height, width, n) of n units one below the other, each on its own scale, upright."""
    height, width, count = maps.shape
    finite = np.where(np.isfinite(maps), np.abs(maps), 0.0)
    limits = finite.reshape(-1, count).max(0)
    scaled = maps[::-1] / np.where(limits > 0, limits, 1.0)
    tall = np.ascontiguousarray(scaled.transpose(2, 0, 1)).reshape(count * height, width)
    return signed_image(tall, theme.current(), 1.0).convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)


def part_of(picture: QImage, index: int, count: int) -> QRectF:
    """The `index`-th of `count` maps in a mosaic."""
    height = picture.height() / max(1, count)
    return QRectF(QPointF(0, index * height), QPointF(picture.width(), (index + 1) * height))
