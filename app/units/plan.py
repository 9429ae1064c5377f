"""Which units and which lines are drawn: the network unfolded, as plain data. No Qt, no NumPy."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from app.canvas.layout import depths

if TYPE_CHECKING:
    from engine.network import Network, Node

MOST_UNITS = 16  # drawn of one layer at a time
FEW_UNITS, FEW_WEIGHTS = 24, 40  # up to here every number has room
STEMS = {"x": "x", "z": "z", "a": "a", "y": "y", "p": "p"}  # a value's name → its symbol, in the order of computing
Link = Literal["weights", "same", "all"]
UNIT_TO_UNIT = ("activation", "combine", "shape", "normalisation", "regularisation")
"""Categories whose layers lead each unit to one. Of a kernel that slides, or attention, no such line would be true."""


@dataclass(frozen=True)
class Row:
    """A number that every unit of a layer has: its symbol, the value's name, and its gradient's name ("" for none)."""

    symbol: str
    value: str
    gradient: str = ""


@dataclass(frozen=True)
class Column:
    """The units `first` … `first + shown − 1` of the `size` units of a layer; a loss is one unit."""

    layer: str
    kind: str
    category: str
    depth: int
    size: int
    first: int
    shown: int
    rows: tuple[Row, ...] = ()
    bias: str = ""
    is_input: bool = False
    is_loss: bool = False
    note: str = ""
    names: tuple[str, ...] = ()

    @property
    def figures(self) -> tuple[Row, ...]:
        """The rows, with the bias as the last one."""
        return (*self.rows, Row("b", self.bias, f"{self.bias}.grad")) if self.bias else self.rows

    @property
    def hidden(self) -> int:
        """Units that are not drawn."""
        return self.size - self.shown


@dataclass(frozen=True)
class Bundle:
    """Lines from `source` to `target`: one for each entry of the matrix `weight`, one unit to one, or all to all.

    `offset`: which unit of the target the source's first one goes to (Concat); `share`: how many neighbouring units of
    the source go to the same one (Maxout); `steps`: a matrix that works on every step of a sequence by itself.
    """

    source: str
    target: str
    link: Link
    weight: str = ""
    offset: int = 0
    share: int = 1
    steps: int = 1

    def entry(self, source: int, target: int, shape: tuple[int, ...]) -> tuple[int, int]:
        """Where in the matrix, of this shape, the weight between two units stands."""
        if self.steps == 1 or len(shape) != 2:
            return source, target
        return source % shape[0], target % shape[1]


@dataclass(frozen=True)
class Plan:
    """Everything to draw. `numbers`: it is small enough to write every number down."""

    columns: tuple[Column, ...] = ()
    bundles: tuple[Bundle, ...] = ()
    numbers: bool = False
    by_layer: dict[str, Column] = field(default_factory=dict, compare=False, repr=False)

    @property
    def tall(self) -> bool:
        """Whether there is room to write gradients under their values instead of beside them."""
        return max((column.size for column in self.columns), default=0) <= 3

    @property
    def names(self) -> set[str]:
        """The values that this drawing shows."""
        rows = [row for column in self.columns for row in column.rows]
        weights = [bundle.weight for bundle in self.bundles if bundle.weight]
        biases = [column.bias for column in self.columns if column.bias]
        learned = {name for one in (*weights, *biases) for name in (one, f"{one}.grad")}
        return {name for row in rows for name in (row.value, row.gradient) if name} | learned


def unfold(network: Network, shapes: Mapping[str, tuple[int, ...]], names: Iterable[str] = (),
           pages: Mapping[str, int] | None = None,
           called: Mapping[str, tuple[str, ...]] | None = None) -> Plan:  # fmt: skip
    """The plan of `network`. `names`: values that the program computes; `pages`: layer → which units are shown;
    `called`: layer → what its units are called, if the data says so.
    """
    known, depth = set(names), depths(network)
    columns = [
        _column(node, depth[id], shapes.get(id), known, (pages or {}).get(id, 0), (called or {}).get(id, ()))
        for id, node in network.nodes.items()
    ]
    by_layer = {column.layer: column for column in columns}
    bundles = [bundle for id in network.nodes for bundle in _bundles(network, id, by_layer, shapes)]
    units = sum(column.size for column in columns)
    weights = sum(by_layer[b.source].size * by_layer[b.target].size for b in bundles if b.weight)
    few = units <= FEW_UNITS and weights <= FEW_WEIGHTS
    return Plan(tuple(columns), tuple(bundles), few, by_layer)


def called_by(network: Network, features: tuple[str, ...], classes: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Layer → names of its units: an input's are the data's features, a loss of the data's target reads one number a
    class."""
    from engine.losses import against

    found = {id: features for id, node in network.nodes.items() if node.layer.is_input}
    for wire in network.wires:
        if against(network.nodes[wire.target]) == "target" and len(classes) > 1:
            found.setdefault(wire.source, classes)
    return found


def _column(node: Node, depth: int, shape: tuple[int, ...] | None, names: set[str], page: int,
            called: tuple[str, ...] = ()) -> Column:  # fmt: skip
    layer, id = node.layer, node.id
    size = 1 if layer.is_loss or shape is None else max(1, math.prod(shape))
    pages = -(-size // MOST_UNITS)
    first = page % pages * MOST_UNITS
    rows = _loss_rows(id, names) if layer.is_loss else _rows(id, names)
    bias = f"{id}.b" if node.kind == "Dense" and node.attrs.get("bias") and f"{id}.b" in names else ""
    note = "" if shape is None or len(shape) == 1 or layer.is_loss else "×".join(map(str, shape))
    return Column(
        id, layer.title, layer.category, depth, size, first, min(MOST_UNITS, size - first), rows, bias,
        layer.is_input, layer.is_loss, note, called if len(called) == size else (),
    )  # fmt: skip


def _rows(id: str, names: set[str]) -> tuple[Row, ...]:
    stems = [stem for stem in STEMS if f"{id}.{stem}" in names]
    return tuple(_row(STEMS[stem], f"{id}.{stem}", names) for stem in stems)


def _loss_rows(id: str, names: set[str]) -> tuple[Row, ...]:
    found = []
    for symbol, stem in (("p", "p"), ("t", "target"), ("L", "losses"), ("mean", "loss")):
        if f"{id}.{stem}" in names:
            found.append(_row(symbol, f"{id}.{stem}", names))
    if not any(row.symbol == "L" for row in found):
        found = [Row("L", row.value, row.gradient) if row.symbol == "mean" else row for row in found]
    return tuple(found)


def _row(symbol: str, name: str, names: set[str]) -> Row:
    return Row(symbol, name, f"{name}.grad" if f"{name}.grad" in names else "")


def _bundles(network: Network, id: str, columns: Mapping[str, Column],
             shapes: Mapping[str, tuple[int, ...]]) -> list[Bundle]:  # fmt: skip
    node, wired, offset = network.nodes[id], network.inputs_of(id), 0
    found = []
    for port in node.ports:
        source = wired.get(port)
        if source is None or source not in columns:
            continue
        if node.kind == "Dense":
            steps = math.prod((shapes.get(source) or ())[:-1])
            found.append(Bundle(source, id, "weights", f"{id}.W", steps=steps))
        elif node.layer.is_loss or node.kind == "Softmax":
            found.append(Bundle(source, id, "all"))
        elif node.layer.category in UNIT_TO_UNIT:
            found.append(Bundle(source, id, "same", offset=offset, share=node.attrs.get("pieces", 1)))
            offset += columns[source].size if node.kind == "Concat" else 0
    return found
