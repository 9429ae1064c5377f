"""Ports as places on the canvas: which one lies under the pointer, where a port lies, how it is marked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPen

from app.canvas import geometry as g
from app.theme import Tokens, color

if TYPE_CHECKING:
    from app.canvas.card import Card
    from app.canvas.scene import CanvasScene

OUTPUT = ""  # the name of every output port; input ports are never called so
NEAR, FAR = 11.0, 26.0  # how close the pointer must come, in pixels; never more than this in canvas units


@dataclass(frozen=True)
class Port:
    """Port `name` of layer `id`."""

    id: str
    name: str

    @property
    def is_output(self) -> bool:
        """Whether wires begin here."""
        return self.name == OUTPUT


def spots(card: Card) -> dict[str, QPointF]:
    """Where the ports of `card` lie, relative to its corner."""
    found = {name: g.input_port(i, len(card.ports)) for i, name in enumerate(card.ports)}
    return {**found, OUTPUT: g.output_port()} if card.output else found


def port_at(scene: CanvasScene, where: QPointF, scale: float) -> Port | None:
    """The nearest port within reach of `where` (scene), seen at `scale`."""
    from app.canvas.items import NodeItem

    reach = min(FAR, max(NEAR, NEAR / scale))
    around = QRectF(where.x() - reach, where.y() - reach, 2 * reach, 2 * reach)
    near = [
        ((item.pos() + spot - where).manhattanLength(), Port(item.id, name))
        for item in scene.items(around) if isinstance(item, NodeItem)
        for name, spot in spots(item.card).items()
    ]  # fmt: skip
    near = [pair for pair in near if pair[0] <= reach * 1.4]
    return min(near, key=lambda pair: pair[0])[1] if near else None


def place_of(scene: CanvasScene, port: Port) -> QPointF:
    """Centre of `port` on the canvas."""
    item = scene.card(port.id)
    return item.pos() + spots(item.card).get(port.name, g.output_port())


def paint_marks(painter: QPainter, card: Card, tokens: Tokens, verdicts: dict[str, str], hot: str | None) -> None:
    """Over the plain ports: what a wire being drawn could do there, and the one under the pointer."""
    for name, spot in spots(card).items():
        verdict, held = verdicts.get(name), name == hot
        if verdict in ("fits", "mend"):
            token = tokens.forward if verdict == "fits" else tokens.category["activation"]
            painter.setPen(QPen(color(token, 0.35), 5.0 if held else 3.0))
            painter.setBrush(color(token))
            painter.drawEllipse(spot, g.PORT + (2.0 if held else 0.5), g.PORT + (2.0 if held else 0.5))
        elif held:
            token = tokens.bad if verdict == "refused" else tokens.forward
            painter.setPen(QPen(color(token), 2.2))
            painter.setBrush(color(tokens.canvas))
            painter.drawEllipse(spot, g.PORT + 1.5, g.PORT + 1.5)
