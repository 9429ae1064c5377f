"""The weights of a layer, or its values for one example, as tiles."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from app.tiles import Tile, tile
from app.value_names import main_value

if TYPE_CHECKING:
    from engine.network import Node
    from engine.session import Session

MOST_TILES, MOST_CELLS = 400, 1 << 18  # of one look
GATES = {"LSTM": ("input", "forget", "output", "candidate"), "GRU": ("reset", "update", "candidate")}
RECURRENT = ("RNN", "LSTM", "GRU")
ALIKE = ("activation", "regularisation", "normalisation")  # categories that leave places where they are
ALL, COLOUR = "all channels", "colour"


@dataclass(frozen=True)
class Sheet:
    """Tiles of `what` ("units", "channels" …), `total` of which there are; `across` of them belong side by side (0: as
    it fits). `channels`: which channels can be shown, by name."""

    tiles: tuple[Tile, ...]
    total: int
    what: str
    across: int = 0
    channels: tuple[str, ...] = ()


def layers_with_weights(session: Session) -> list[str]:
    """Ids of the layers that learn something, in the program's order."""
    return list(dict.fromkeys(name.rpartition(".")[0] for name in session.parameters))


def weight_sheet(session: Session, layer: str, channel: int, gradients: bool) -> Sheet | None:
    """The weights of a layer, or their gradients; None where there are none."""
    node, arrays = session.network.nodes[layer], _arrays(session, layer, gradients)
    if not arrays:
        return None
    if node.layer.category == "convolution" and "W" in arrays:
        return kernels(node, arrays["W"], channel)
    if node.kind == "Dense" and "W" in arrays:
        shape = seen_shape(session, layer)
        if shape is not None and math.prod(shape) == len(arrays["W"]):
            return _pictures(arrays["W"].T.reshape(-1, *shape), channel, "unit")
    if node.kind in RECURRENT:
        return _sheet([one for name, array in arrays.items() for one in _gates(node, name, array)], "matrices")
    return _sheet([_matrix(node, name, array) for name, array in arrays.items()], "matrices")


def _arrays(session: Session, layer: str, gradients: bool) -> dict[str, np.ndarray]:
    """By name within the layer: matrices and larger, or the vectors of a layer that has no others."""
    found = {}
    for name in session.parameters:
        if name.rpartition(".")[0] == layer:
            array = session.values.get(f"{name}.grad") if gradients else session.parameters[name]
            if array is not None and array.size:
                found[name.rpartition(".")[2]] = array
    matrices = {name: array for name, array in found.items() if array.ndim > 1}
    return matrices or found


def kernels(node: Node, w: np.ndarray, channel: int) -> Sheet:
    """W (filters, channels, …) of a convolution; (channels, filters, …) of a transposed one."""
    if "Transpose" in node.kind and node.attrs.get("groups", 1) == 1:
        w = w.swapaxes(0, 1)
    if w.ndim == 3:  # along a sequence: channels down, the kernel across
        few = w[:MOST_TILES]
        return Sheet(tuple(tile(f"filter {k}", one, "channel", "tap") for k, one in enumerate(few)), len(w), "filters")
    return _pictures(w.reshape(len(w), -1, *w.shape[-2:]), channel, "filter")


def _pictures(w: np.ndarray, channel: int, what: str) -> Sheet:
    """w (units, h, w) or (units, channels, h, w): a unit a tile, or a channel of a unit."""
    w = w.reshape(len(w), -1, *w.shape[-2:])
    count = w.shape[1]
    most = max(1, min(MOST_TILES, MOST_CELLS // max(1, w[0, 0].size)))
    if count == 1:
        return Sheet(_named(w[:most, 0], what), len(w), f"{what}s")
    single = tuple(f"channel {c}" for c in range(count))
    channels = (*([COLOUR] if count == 3 else []), ALL, *single)
    channel = min(max(channel, 0), len(channels) - 1)
    if channels[channel] == COLOUR:
        return Sheet(_named(np.moveaxis(w[:most], 1, -1), what), len(w), f"{what}s", 0, channels)
    if channels[channel] == ALL:
        few = w[: max(1, most // count), :most]
        tiles = tuple(tile(f"{what} {k} channel {c}", few[k, c]) for k in range(len(few)) for c in range(few.shape[1]))
        return Sheet(tiles, len(w) * count, f"{what}s × channels", count, channels)
    c = channel - (len(channels) - count)
    return Sheet(_named(w[:most, c], what), len(w), f"{what}s", 0, channels)


def _named(pictures: np.ndarray, what: str) -> tuple[Tile, ...]:
    return tuple(tile(f"{what} {k}", picture) for k, picture in enumerate(pictures))


def _sheet(tiles: list[Tile], what: str) -> Sheet:
    few = sorted(tiles[:MOST_TILES], key=lambda one: len(one.cells))  # equal heights fill lines
    return Sheet(tuple(few), len(tiles), what)


def _gates(node: Node, name: str, array: np.ndarray) -> list[Tile]:
    """Inputs or states down, units across, a tile a gate."""
    gates = GATES.get(node.kind, ())
    if array.ndim < 2 or not gates or array.shape[1] % len(gates):
        return [_matrix(node, name, array)]
    parts = np.split(array, len(gates), axis=1)
    rows = "state" if name.startswith("W_h") else "input"
    return [tile(f"{name} {gate}", part, rows, "unit", stretch=True) for gate, part in zip(gates, parts, strict=True)]


def _matrix(node: Node, name: str, array: np.ndarray) -> Tile:
    flat = array.reshape(1, -1) if array.ndim < 2 else array.reshape(-1, array.shape[-1])
    if node.kind == "Embedding":
        return tile(name, flat, "token", "number", stretch=True)
    return tile(name, flat, "input" if array.ndim > 1 else "row", "unit", stretch=True)


def seen_shape(session: Session, layer: str) -> tuple[int, ...] | None:
    """The shape of the images whose numbers a Dense layer weighs; None where it sees no images."""
    network, id = session.network, layer
    for _ in network.nodes:
        source = next(iter(network.inputs_of(id).values()), None)
        if source is None:
            return None
        node, shape = network.nodes[source], session.shapes.get(source, ())
        if len(shape) > 1:
            return shape if len(shape) in (2, 3) and node.layer.category not in ("sequence", "attention") else None
        if node.layer.is_input:
            return session.dataset.image_shape
        if node.kind not in ("Flatten", "Reshape") and node.layer.category not in ALIKE:
            return None
        id = source
    return None


# --- what one example makes of it -------------------------------------------------------------------------------------


def map_sheet(session: Session, layer: str, example: int) -> Sheet | None:
    """The layer's values for row `example` of the batch; None where it has none."""
    value = session.values.get(main_value(session.instructions, layer))
    if value is None or not value.ndim or len(value) <= example:
        return None
    one = np.asarray(value[example])
    if one.ndim == 1:
        return _vector(session, layer, one)
    if one.ndim == 2:
        image = one.shape == session.dataset.image_shape
        axes = ("row", "column") if image else ("step", "unit")
        return Sheet((tile(layer, one, *axes, stretch=not image),), 1, "values")
    maps = one.reshape(-1, *one.shape[-2:])
    few = maps[: max(1, min(MOST_TILES, MOST_CELLS // maps[0].size))]
    return Sheet(_named(few, "channel"), len(maps), "channels")


def _vector(session: Session, layer: str, one: np.ndarray) -> Sheet:
    """An image where the numbers are one, else as square as they go, unit after unit."""
    shape = session.dataset.image_shape
    node = session.network.nodes[layer]
    if shape is not None and math.prod(shape) == one.size and (node.layer.is_input or node.kind == "Dense"
                                                               or node.layer.category in ALIKE):  # fmt: skip
        return Sheet((tile(layer, one.reshape(shape)),), 1, "values")
    few = one[:MOST_CELLS]
    high = next(k for k in range(math.isqrt(few.size), 0, -1) if few.size % k == 0)
    return Sheet((tile(layer, few.reshape(high, -1), wrapped=True),), 1, "values")
