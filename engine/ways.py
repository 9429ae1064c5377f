"""Ways along the wires of a network: an order of its layers, and what can be reached. It is asked at every edit."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.network import Network

Ways = dict[str, list[str]]


def onwards(network: Network) -> Ways:
    """The layers that each layer's wires lead to."""
    ways: Ways = {id: [] for id in network.nodes}
    for wire in network.wires:
        ways[wire.source].append(wire.target)
    return ways


def backwards(network: Network) -> Ways:
    """The layers that each layer's wires come from."""
    return {id: list(network.inputs_of(id).values()) for id in network.nodes}


def order(network: Network, ways: Ways | None = None) -> list[str]:
    """Layer ids, sources before targets; among equals in the order they were added. `ways`: `onwards`, if known.

    Layers on a cycle, and those behind it, are missing.
    """
    ids, ways = list(network.nodes), onwards(network) if ways is None else ways
    place = {id: i for i, id in enumerate(ids)}
    waits = dict.fromkeys(ids, 0)
    for wire in network.wires:
        waits[wire.target] += 1
    ready = [place[id] for id in ids if not waits[id]]  # sorted, and so a heap
    found = []
    while ready:
        id = ids[heapq.heappop(ready)]
        found.append(id)
        for target in ways[id]:
            waits[target] -= 1
            if not waits[target]:
                heapq.heappush(ready, place[target])
    return found


def reached(starts: Iterable[str], ways: Ways) -> set[str]:
    """`starts`, and all that can be reached from them."""
    found = set(starts)
    left = list(found)
    while left:
        new = [id for id in ways[left.pop()] if id not in found]
        found.update(new)
        left += new
    return found
