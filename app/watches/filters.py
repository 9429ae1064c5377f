"""Weights, their gradients or the values of a layer as images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.watches import base
from engine.errors import SessionError

if TYPE_CHECKING:
    from app.watches._weights import Sheet

WEIGHTS, GRADIENTS, MAPS = range(3)


@dataclass(frozen=True)
class Wish:
    """Of which layer (None: the first that has any), WEIGHTS, GRADIENTS or MAPS; of which example of the batch, and
    which of the choices of channels."""

    layer: str | None = None
    what: int = WEIGHTS
    example: int = 0
    channel: int = 0


@dataclass(frozen=True)
class Images:
    """What was found: it may be of another layer than was wished."""

    layer: str
    what: int
    sheet: Sheet
    example: int
    examples: int
    channel: int


class Watch(base.Watch):
    """Looks up what is in the session anyway."""

    share, least = 0.01, 0.1

    def look(self) -> Images:
        """Raises SessionError where there is nothing to draw."""
        from app.watches import _weights

        wish, session = self.wish or Wish(), self.session
        examples = session.batch_size
        example = min(max(wish.example, 0), examples - 1)
        if wish.what == MAPS:
            layer = wish.layer if wish.layer in session.network.nodes else self._first_maps()
            sheet = None if layer is None else _weights.map_sheet(session, layer, example)
        else:
            having = _weights.layers_with_weights(session)
            layer = wish.layer if wish.layer in having else next(iter(having), None)
            sheet = None if layer is None else _weights.weight_sheet(session, layer, wish.channel,
                                                                     wish.what == GRADIENTS)  # fmt: skip
        if layer is None or sheet is None:
            raise SessionError(_why(layer, wish.what))
        channel = min(max(wish.channel, 0), max(0, len(sheet.channels) - 1))
        return Images(layer, wish.what, sheet, example, examples, channel)

    def _first_maps(self) -> str | None:
        """The first layer whose values are maps, else the first that learns."""
        from app.watches import _weights

        shapes, nodes = self.session.shapes, self.session.network.nodes
        maps = (
            id for id, node in nodes.items() if node.layer.category == "convolution" and len(shapes.get(id, ())) > 2
        )
        return next(maps, next(iter(_weights.layers_with_weights(self.session)), None))


def _why(layer: str | None, what: int) -> str:
    if layer is None:
        return "No layer of this network learns anything. Add one that does, such as Dense, to see its weights here."
    if what == GRADIENTS:
        return f"No gradient reaches the weights of {layer}: they are frozen, or nothing of them leads to the loss."
    return f"{layer} has no values of its own to draw. Select another layer on the canvas."
