"""From what the user means to one edit: pure functions of a Network, without Qt. None where there is nothing to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from app.card_size import COLUMN_GAP, HEIGHT, ROW_GAP, WIDTH
from engine.edits import AddLayer, Connect, Disconnect, MoveLayers, RemoveLayer, Together
from engine.network import Wire

if TYPE_CHECKING:
    from engine.edits import Edit
    from engine.network import Network, Node

Spot = tuple[float, float]
EDGES = {"left": 0, "top": 1}


def deletion(network: Network, ids: Iterable[str], wires: Iterable[Wire] = ()) -> Edit | None:
    """Remove layers with their wires, and single wires."""
    gone = [id for id in network.nodes if id in set(ids)]
    loose = [wire for wire in network.wires if wire in set(wires) and not {wire.source, wire.target} & set(gone)]
    edits = (*(Disconnect(wire) for wire in loose), *(RemoveLayer(id) for id in gone))
    return Together(edits) if edits else None


def free_spot(network: Network, spot: Spot) -> Spot:
    """`spot`, or the next place below it where no card lies."""
    x, y = spot
    while any(_near((x, y), node.position) for node in network.nodes.values()):
        y += HEIGHT + ROW_GAP
    return x, y


def _near(one: Spot, other: Spot) -> bool:
    return abs(one[0] - other[0]) < WIDTH + 8 and abs(one[1] - other[1]) < HEIGHT + 8


def addition(network: Network, kind: str, beside: str | None, spot: Spot) -> tuple[Edit, str]:
    """A new layer right of layer `beside` and wired from it where that is possible; else near `spot`. Also its id."""
    node = network.new_node(kind, None, spot, {})
    source = network.nodes.get(beside or "")
    if source is not None:
        spot = (source.position[0] + WIDTH + COLUMN_GAP, source.position[1])
    node = replace(node, position=free_spot(network, spot))
    fits = source is not None and not source.layer.is_loss and node.ports
    wires = (Wire(source.id, node.id, node.ports[0]),) if source is not None and fits else ()
    return AddLayer(node, wires), node.id


def loose_end(network: Network) -> str | None:
    """The layer added last whose output goes nowhere yet: what one naturally builds on."""
    used = {wire.source for wire in network.wires}
    return next((id for id in reversed(network.nodes) if id not in used and not network.nodes[id].layer.is_loss), None)


def insertable(kind: str) -> bool:
    """Whether a layer of `kind` can stand in a wire: it takes something and gives something."""
    from engine.layers import find

    layer = find(kind)
    return not layer.is_loss and bool(layer.ports(layer.complete({})))


def insertion(network: Network, kind: str, wire: Wire, spot: Spot) -> tuple[Edit, str]:
    """A new layer in the middle of `wire`; what lies to the right makes room. Also its id."""
    node = network.new_node(kind, None, spot, {})
    source, target = network.nodes[wire.source], network.nodes[wire.target]
    node = replace(node, position=_between(source, target, spot))
    wires = (Wire(source.id, node.id, node.ports[0]), Wire(node.id, target.id, wire.port))
    edits: list[Edit] = [Disconnect(wire), AddLayer(node, wires)]
    room = _make_room(network, node, source, target)
    return Together((*edits, *([MoveLayers(room)] if room else []))), node.id


def _between(source: Node, target: Node, spot: Spot) -> Spot:
    if target.position[0] <= source.position[0]:
        return spot  # a wire that runs backwards: stay where it was dropped
    x = max(spot[0], source.position[0] + WIDTH + COLUMN_GAP)
    x = min(x, max(source.position[0] + WIDTH + COLUMN_GAP, target.position[0] - WIDTH - COLUMN_GAP))
    level = (source.position[1] + target.position[1]) / 2
    return x, level if abs(spot[1] - level) < HEIGHT else spot[1]


def _make_room(network: Network, node: Node, source: Node, target: Node) -> tuple[tuple[str, Spot], ...]:
    by = node.position[0] + WIDTH + COLUMN_GAP - target.position[0]
    if by <= 0 or target.position[0] <= source.position[0]:
        return ()
    right = [other for other in network.nodes.values() if other.position[0] >= target.position[0] - WIDTH / 2]
    return tuple((other.id, (other.position[0] + by, other.position[1])) for other in right if other.id != source.id)


def rewiring(old: Wire | None, new: Wire | None) -> Edit | None:
    """Take the end of wire `old` off, put wire `new` in; either may be missing, the same wire again is nothing."""
    if old == new:
        return None
    edits = (*([Disconnect(old)] if old else []), *([Connect(new)] if new else []))
    return edits[0] if len(edits) == 1 else Together(edits)


def alignment(network: Network, ids: Iterable[str], edge: str) -> Edit | None:
    """Put layers on one line: `edge` "left" or "top", that of the outermost."""
    axis, nodes = EDGES[edge], [network.nodes[id] for id in ids]
    if len(nodes) < 2:
        return None
    line = min(node.position[axis] for node in nodes)
    return _moves(nodes, axis, [line] * len(nodes))


def distribution(network: Network, ids: Iterable[str], axis: int) -> Edit | None:
    """Equal distances between layers, sideways (axis 0) or downwards (1); the outermost two stay."""
    nodes = sorted((network.nodes[id] for id in ids), key=lambda node: node.position[axis])
    if len(nodes) < 3:
        return None
    first, last = nodes[0].position[axis], nodes[-1].position[axis]
    return _moves(nodes, axis, [first + (last - first) * i / (len(nodes) - 1) for i in range(len(nodes))])


def nudging(network: Network, ids: Iterable[str], by: Spot) -> Edit | None:
    """Move layers by a little."""
    nodes = [network.nodes[id] for id in ids]
    places = tuple((node.id, (node.position[0] + by[0], node.position[1] + by[1])) for node in nodes)
    return MoveLayers(places) if places else None


def _moves(nodes: list[Node], axis: int, values: list[float]) -> Edit | None:
    places = []
    for node, value in zip(nodes, values, strict=True):
        if node.position[axis] != value:
            x, y = node.position
            places.append((node.id, (value, y) if axis == 0 else (x, value)))
    return MoveLayers(tuple(places)) if places else None
