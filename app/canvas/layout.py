"""Simple layered layout: a column for each depth, rows ordered by where their sources lie. Pure functions of ids.

A network too long to be read in one line is laid out in several bands, like a text.
"""

from __future__ import annotations

import itertools
import math
from collections import deque

from app.card_size import COLUMN_GAP, HEIGHT, ROW_GAP, WIDTH
from engine.network import Network

Position = tuple[float, float]
DEFAULT_PITCH = 220.0
PAGE = (700.0, 420.0)  # pixels for the canvas of a small window, at 1280×800
READABLE = 0.45  # scale below which a card's name is hard to read
MOST_COLUMNS, MOST_CROSSING = 60, 6  # longer networks stay in one line; wires that a band may be cut across
BAND_GAP = 52.0  # between bands, where the wires run back
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
    top = 0.0
    for band in _bands(network, depth, columns):
        tall = _height(max(len(columns[number]) for number in band))
        for number in band:
            column = columns[number]
            column.sort(key=lambda id: _mean_height(network, id, places))
            first = top - _height(len(column)) / 2
            for row, id in enumerate(column):
                places[id] = ((number - band.start) * (WIDTH + COLUMN_GAP), first + row * (HEIGHT + ROW_GAP))
        top += tall + BAND_GAP
    return places


def _height(rows: int) -> float:
    return rows * (HEIGHT + ROW_GAP) - ROW_GAP


def _bands(network: Network, depth: dict[str, int], columns: list[list[str]]) -> list[range]:
    """Ranges of columns that stand below each other: as few as can be read, or those that are read best."""
    ways = [[range(len(columns))]]
    if _scale(ways[0], columns) < READABLE and len(columns) <= MOST_COLUMNS:
        crossing = _crossing(network, depth, len(columns))
        found = (_cut(crossing, count) for count in range(2, 2 + len(columns) // 3))
        ways += [way for way in found if way]
    return next((way for way in ways if _scale(way, columns) >= READABLE), max(ways, key=lambda w: _scale(w, columns)))


def _scale(bands: list[range], columns: list[list[str]]) -> float:
    """How large these bands are seen where all of them have to be in view."""
    wide = max(map(len, bands)) * (WIDTH + COLUMN_GAP)
    tall = sum(_height(max(len(columns[number]) for number in band)) + BAND_GAP for band in bands) - BAND_GAP
    return min(PAGE[0] / wide, PAGE[1] / tall)


def _crossing(network: Network, depth: dict[str, int], count: int) -> list[int]:
    """How many wires run across the cut before each column."""
    crossing = [0] * (count + 1)
    for wire in network.wires:
        low, high = sorted((depth[wire.source], depth[wire.target]))
        for number in range(low + 1, high + 1):
            crossing[number] += 1
    return crossing


def _cut(crossing: list[int], count: int) -> list[range]:
    """`count` bands about as long, cut where few wires run across; none where there is no such place."""
    length = len(crossing) - 1
    edges = [0]
    for k in range(1, count):
        meant = -(-length * k // count)
        near = [place for place in (meant, meant - 1, meant + 1) if edges[-1] < place < length]
        if not near or min(crossing[place] for place in near) > MOST_CROSSING:
            return []
        edges.append(min(near, key=lambda place: crossing[place]))
    return [range(a, b) for a, b in itertools.pairwise([*edges, length])]


def depths(network: Network) -> dict[str, int]:
    """Longest way from a source, in wires; a cycle is cut before its Delay, or else where it is entered."""
    depth = dict.fromkeys(network.nodes, 0)
    onwards: dict[str, list[str]] = {id: [] for id in depth}
    waits = dict.fromkeys(depth, 0)
    for wire in network.wires:
        onwards[wire.source].append(wire.target)
        waits[wire.target] += 1
    ready, left = deque(id for id, count in waits.items() if not count), dict.fromkeys(depth)
    delays = deque(id for id, node in network.nodes.items() if node.kind == "Delay")
    while left:
        id = (ready or delays or deque((next(iter(left)),))).popleft()  # nothing is ready: a cycle is cut open here
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
