"""Simple layered layout: a column for each depth, rows ordered by where their sources lie. Pure functions of ids."""

from __future__ import annotations

from app.card_size import COLUMN_GAP, HEIGHT, ROW_GAP, WIDTH
from engine.network import Network

Position = tuple[float, float]
DEFAULT_PITCH = 220.0
NEAR = 0.6  # cards closer than this share of a card hide each other


def needs_layout(network: Network) -> bool:
    """Whether nobody has placed the cards: they stand where `Network.add` puts them, or on top of each other."""
    places = [node.position for node in network.nodes.values()]
    if len(places) > 1 and all(place == (DEFAULT_PITCH * i, 0.0) for i, place in enumerate(places)):
        return True
    for i, (x, y) in enumerate(places):
        for other_x, other_y in places[i + 1 :]:
            if abs(x - other_x) < NEAR * WIDTH and abs(y - other_y) < NEAR * HEIGHT:
                return True
    return False


def layered(network: Network) -> dict[str, Position]:
    """A position for every layer: sources left of targets, columns centred on one line. Works on cycles as well."""
    depth = depths(network)
    columns: list[list[str]] = [[] for _ in range(max(depth.values(), default=0) + 1)]
    for id in network.nodes:
        columns[depth[id]].append(id)
    places: dict[str, Position] = {}
    for number, column in enumerate(columns):
        column.sort(key=lambda id: _mean_height(network, id, places))
        top = -(len(column) * (HEIGHT + ROW_GAP) - ROW_GAP) / 2
        for row, id in enumerate(column):
            places[id] = (number * (WIDTH + COLUMN_GAP), top + row * (HEIGHT + ROW_GAP))
    return places


def depths(network: Network) -> dict[str, int]:
    """Longest way from a source, in wires; within a cycle the count stops at the number of layers."""
    depth = dict.fromkeys(network.nodes, 0)
    for _ in range(len(depth)):
        changed = False
        for wire in network.wires:
            if depth[wire.target] <= depth[wire.source] < len(depth) - 1:
                depth[wire.target] = depth[wire.source] + 1
                changed = True
        if not changed:
            break
    return depth


def _mean_height(network: Network, id: str, places: dict[str, Position]) -> float:
    heights = [places[source][1] for source in network.inputs_of(id).values() if source in places]
    return sum(heights) / len(heights) if heights else 0.0
