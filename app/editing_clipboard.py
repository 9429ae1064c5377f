"""Layers as text for the clipboard: JSON with the wires among them. What comes back is checked like a file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.edits import AddLayer, Connect, Together
from engine.errors import ChainruleError, EditError
from engine.network import Network, Wire

if TYPE_CHECKING:
    from engine.edits import Edit

STEP = 36.0
MOST_TEXT, MOST_LAYERS = 4 * 2**20, 2_000


def copied(network: Network, ids: Iterable[str]) -> str:
    """The layers `ids` and the wires among them, as text."""
    from engine.files import to_json

    chosen = set(ids)
    part = Network(
        nodes={id: node for id, node in network.nodes.items() if id in chosen},
        wires=tuple(wire for wire in network.wires if {wire.source, wire.target} <= chosen),
    )
    plain = to_json(part)
    return json.dumps({key: plain[key] for key in ("format", "version", "layers", "wires")}, ensure_ascii=False)


def pasting(network: Network, text: str) -> tuple[Edit, tuple[str, ...]]:
    """The edit that adds the layers of `text` under free names, a little aside, and those names. Raises EditError."""
    part = _read(text)
    names = _free_names(network, part)
    offset = _free_offset(network, part)
    added = [
        AddLayer(replace(node, id=names[id], position=(node.position[0] + offset, node.position[1] + offset)))
        for id, node in part.nodes.items()
    ]
    wires = [Connect(Wire(names[wire.source], names[wire.target], wire.port)) for wire in part.wires]
    return Together((*added, *wires)), tuple(names.values())


def _read(text: str) -> Network:
    """Raises EditError with the one thing the user needs to know."""
    from engine.files import from_json

    if not text.lstrip().startswith("{") or len(text) > MOST_TEXT:
        raise EditError("The clipboard holds no layers; copy some first (Ctrl+C).")
    try:
        part = from_json(json.loads(text))
    except (ChainruleError, ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError) as error:
        raise EditError("The clipboard holds no layers that can be read; copy some first (Ctrl+C).") from error
    if not part.nodes or len(part.nodes) > MOST_LAYERS:
        raise EditError(f"The clipboard holds {len(part.nodes)} layers; 1 to {MOST_LAYERS:,} can be pasted at once.")
    return part


def _free_names(network: Network, part: Network) -> dict[str, str]:
    """Old id → an id free in `network`: the same one if it can be kept, else with the next number."""
    taken, names = set(network.nodes), {}
    for id in part.nodes:
        name = id
        if name in taken:
            stem, number = re.sub(r"\d+$", "", id)[:56] or "layer", 1
            while f"{stem}{number}" in taken:
                number += 1
            name = f"{stem}{number}"
        names[id] = name
        taken.add(name)
    return names


def _free_offset(network: Network, part: Network) -> float:
    """How far to the right and down the layers go, so that none covers one that is there."""
    corners = {(round(x), round(y)) for x, y in (node.position for node in network.nodes.values())}
    offset = 0.0
    while any((round(n.position[0] + offset), round(n.position[1] + offset)) in corners for n in part.nodes.values()):
        offset += STEP
    return offset
