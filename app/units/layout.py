"""Where the units lie. Canvas units are pixels at 100 %."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF

from app.units.plan import Column, Plan

HEAD, FOOT = 40.0, 30.0  # room for a column's name, and for what is left out
NARROW, WIDE, LINE, PAD = 116.0, 158.0, 19.0, 7.0  # cards of figures, below or beside each other
BIAS = 12.0  # radius of the small unit that is always 1
ASPECT, WIDEST = 1.5, 260.0  # of a drawing of tiles or dots; between its columns
SHORT = 48.0  # between columns whose lines carry no figures
MOST_NAME = 120.0
STACK = 18.0  # between the columns of layers of one depth


@dataclass(frozen=True)
class Style:
    """Size and distances of the units in one kind of drawing."""

    width: float
    height: float
    across: float
    down: float


TILES = Style(46.0, 46.0, 104.0, 7.0)
DOTS = Style(28.0, 28.0, 130.0, 8.0)


@dataclass(frozen=True)
class Places:
    """Rectangles of the units by (layer, unit), of the heads and of the "more" marks by layer, and of everything."""

    units: dict[tuple[str, int], QRectF]
    heads: dict[str, QRectF]
    more: dict[str, QRectF]
    whole: QRectF

    def bias(self, layer: str, unit: int) -> QPointF:
        """Centre of the small unit 1 that the bias of a unit hangs on."""
        rect = self.units[layer, unit]
        return QPointF(rect.left() + 22, rect.bottom() + 24)


def place(plan: Plan, tiles: bool) -> Places:
    """Columns side by side by depth, each around the middle line."""
    units: dict[tuple[str, int], QRectF] = {}
    heads: dict[str, QRectF] = {}
    more: dict[str, QRectF] = {}
    whole, left, room = QRectF(), 0.0, _room(plan, tiles)
    ways = {bundle.source for bundle in plan.bundles if bundle.weight}  # their lines carry figures
    for columns in _by_depth(plan):
        styles = [_style(plan, column, tiles) for column in columns]
        top = -(sum(map(_height, columns, styles)) + STACK * (len(columns) - 1)) / 2
        widest = max(style.width for style in styles)
        for column, style in zip(columns, styles, strict=True):
            middle = left + widest / 2
            rect = QRectF(middle - 90, top, 180, HEAD)
            heads[column.layer] = rect
            _place_units(units, column, style, middle, top + HEAD)
            if column.hidden:
                more[column.layer] = QRectF(middle - 46, top + _height(column, style) - FOOT + 4, 92, 22)
            top += _height(column, style) + STACK
            names = 0.0 if plan.numbers or not column.is_input else name_room(column)
            aside = 34.0 if column.is_loss and not plan.numbers else 8.0  # its figure is wider than its circle
            wide = style.width + 2 * aside + names
            seen = QRectF(middle - style.width / 2 - aside - names, rect.top(), wide, _height(column, style))
            whole = whole.united(seen)
        carries = not plan.numbers or any(column.layer in ways for column in columns)
        left += widest + (max(room, *(style.across for style in styles)) if carries else SHORT)
    return Places(units, heads, more, whole)


def name_room(column: Column) -> float:
    """So much is kept free for the names of an input's units, beside them; longer ones are cut."""
    longest = max((len(name) for name in column.names), default=0)
    return min(MOST_NAME, max(48.0, 7.0 * longest)) if longest else 0.0


def _room(plan: Plan, tiles: bool) -> float:
    """So much between columns that a tall drawing is as wide as what it is seen in."""
    if plan.numbers or not plan.columns:
        return 0.0
    levels = _by_depth(plan)
    tallest = max(sum(_height(column, _style(plan, column, tiles)) for column in columns) for columns in levels)
    return min(WIDEST, tallest * ASPECT / len(levels) - TILES.width)


def _by_depth(plan: Plan) -> list[list[Column]]:
    found: dict[int, list[Column]] = {}
    for column in plan.columns:
        found.setdefault(column.depth, []).append(column)
    return [found[depth] for depth in sorted(found)]


def _style(plan: Plan, column: Column, tiles: bool) -> Style:
    if plan.numbers:
        return _card_style(column, plan.tall)
    return TILES if tiles else DOTS


def _card_style(column: Column, tall: bool) -> Style:
    """A card with a line for each figure, and one for its name where a layer has several units."""
    lines = sum(1 + bool(row.gradient) for row in column.figures) if tall else len(column.figures)
    head = int(column.size > 1 or not tall)
    height = 2 * PAD + LINE * (max(1, lines) + head)
    return Style(NARROW if tall else WIDE, height, 104.0, 50.0 if column.bias else 26.0)


def _height(column: Column, style: Style) -> float:
    return HEAD + column.shown * (style.height + style.down) + (FOOT if column.hidden else 0.0)


def _place_units(units: dict[tuple[str, int], QRectF], column: Column, style: Style, middle: float, top: float) -> None:
    for i in range(column.shown):
        corner = QPointF(middle - style.width / 2, top + i * (style.height + style.down))
        units[column.layer, column.first + i] = QRectF(corner.x(), corner.y(), style.width, style.height)
