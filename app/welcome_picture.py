"""A network drawn as its units and the weights between them: the picture on a card of the welcome page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from app import theme

if TYPE_CHECKING:
    from engine.network import Network

MOST, FEW = 8, 4  # dots of a layer that has the height for itself, or shares it; larger ones have a gap in the middle
DOT, MARGIN = 3.4, 18.0


@dataclass(frozen=True)
class Column:
    """One layer: where it stands (0..1 across, canvas units down), how many units, its hue, whether it has weights."""

    x: float
    y: float
    units: int
    category: str
    mixes: bool


@dataclass(frozen=True)
class Picture:
    """What is drawn of a network."""

    columns: tuple[Column, ...]
    wires: tuple[tuple[int, int], ...]

    @property
    def units(self) -> int:
        """How large the network is, as a number to sort by."""
        return sum(column.units for column in self.columns)


def picture_of(network: Network) -> Picture:
    """The picture of `network`. Looks at its shapes, so the engine's checks are imported."""
    from engine.check import inspect

    shapes = inspect(network).shapes
    xs = sorted({node.position[0] for node in network.nodes.values()})
    columns, place = [], {}
    for id, node in network.nodes.items():
        units = 1
        for length in shapes.get(id, ()):
            units *= length
        place[id] = len(columns)
        x = xs.index(node.position[0]) / max(1, len(xs) - 1)
        columns.append(Column(x, node.position[1], units, node.layer.category, node.kind == "Dense"))
    return Picture(tuple(columns), tuple((place[wire.source], place[wire.target]) for wire in network.wires))


def draw(painter: QPainter, rect: QRectF, picture: Picture) -> None:
    """Dots for units, thin lines for weights, in the hues of the layers' categories."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    dots = [_dots(column, rect, picture) for column in picture.columns]
    line = theme.color(theme.current().forward, 0.34)
    painter.setPen(QPen(line, 0.8))
    for source, target in picture.wires:
        _draw_wires(painter, dots[source], dots[target], picture.columns[target].mixes)
    painter.setPen(QPen(theme.color(theme.current().canvas), 1.2))
    for column, places in zip(picture.columns, dots, strict=True):
        painter.setBrush(theme.color(theme.current().of_category(column.category)))
        pitch = places[1].y() - places[0].y() if len(places) > 1 else 4 * DOT
        size = min(DOT, max(1.4, 0.42 * pitch))
        for place in places:
            painter.drawEllipse(place, size, size)
        if column.units > len(places):
            _draw_gap(painter, places)


def _dots(column: Column, rect: QRectF, picture: Picture) -> list[QPointF]:
    heights = [other.y for other in picture.columns]
    spread = max(heights) - min(heights)
    lanes = 2 if spread > 0 else 1
    lanes = 1 if column.y == (max(heights) + min(heights)) / 2 else lanes
    shown = min(column.units, MOST if lanes == 1 else FEW)
    offset = (column.y - (max(heights) + min(heights)) / 2) / spread * rect.height() * 0.46 if spread else 0.0
    pitch = min(
        14.0, (rect.height() / lanes - (16.0 if lanes == 1 else 8.0)) / max(1, shown - 1 + (column.units > shown))
    )
    x = rect.left() + MARGIN + column.x * (rect.width() - 2 * MARGIN)
    gap = pitch if column.units > shown else 0.0
    top = rect.center().y() + offset - (pitch * (shown - 1) + gap) / 2
    return [QPointF(x, top + i * pitch + (gap if i >= shown // 2 else 0.0)) for i in range(shown)]


def _draw_wires(painter: QPainter, sources: list[QPointF], targets: list[QPointF], mixes: bool) -> None:
    if mixes or len(sources) != len(targets):
        for source in sources:
            for target in targets:
                painter.drawLine(source, target)
        return
    for source, target in zip(sources, targets, strict=True):
        painter.drawLine(source, target)


def _draw_gap(painter: QPainter, places: list[QPointF]) -> None:
    middle = (places[len(places) // 2 - 1] + places[len(places) // 2]) / 2
    painter.save()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color(theme.current().dim))
    for step in (-3.0, 0.0, 3.0):
        painter.drawEllipse(middle + QPointF(0, step), 0.8, 0.8)
    painter.restore()
