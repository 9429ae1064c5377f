"""Simple layered layout: a column for each depth, rows ordered by where their sources lie. Pure functions of ids."""

from __future__ import annotations

import math
from collections import deque

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
    return _crowded(places)


def _crowded(places: list[Position]) -> bool:
    """Whether two cards lie closer than NEAR; each is compared with those in the cells around its own alone."""
    wide, tall = NEAR * WIDTH, NEAR * HEIGHT
    cells: dict[tuple[int, int], list[Position]] = {}
    for x, y in places:
        column, row = math.floor(x / wide), math.floor(y / tall)
        for cell in ((column + i, row + j) for i in (-1, 0, 1) for j in (-1, 0, 1)):
            if any(abs(x - u) < wide and abs(y - v) < tall for u, v in cells.get(cell, ())):
                return True
        cells.setdefault((column, row), []).append((x, y))
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
    """Longest way from a source, in wires; layers on a cycle, and behind it, count from where the cycle is entered."""
    depth = dict.fromkeys(network.nodes, 0)
    onwards: dict[str, list[str]] = {id: [] for id in depth}
    waits = dict.fromkeys(depth, 0)
    for wire in network.wires:
        onwards[wire.source].append(wire.target)
        waits[wire.target] += 1
    ready, left = deque(id for id, count in waits.items() if not count), dict.fromkeys(depth)
    while left:
        id = ready.popleft() if ready else next(iter(left))  # nothing is ready: a cycle is cut open here
        if id not in left:
            continue
        del left[id]
        for target in onwards[id]:
            if target in left:
                depth[target] = max(depth[target], depth[id] + 1)
                waits[target] -= 1
                if not waits[target]:
                    ready.append(target)
    return depth


def _mean_height(network: Network, id: str, places: dict[str, Position]) -> float:
    heights = [places[source][1] for source in network.inputs_of(id).values() if source in places]
    return sum(heights) / len(heights) if heights else 0.0
