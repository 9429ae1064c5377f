"""The losses of a network: which there are, what each is compared with, and how they add up."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from engine.errors import SessionError, ShapeError
from engine.layers import show

if TYPE_CHECKING:
    from engine.graph import Graph, Value
    from engine.network import Network, Node

Shape = tuple[int, ...]
TOTAL = "total"  # stands for the layer of the sum of several losses


def loss_nodes(network: Network) -> list[Node]:
    """All losses, in the order of the document."""
    return [node for node in network.nodes.values() if node.layer.is_loss]


def loss_node(network: Network) -> Node:
    """The loss whose first input is the network's output: the first that compares, else the first of all.

    Raises SessionError if there is none.
    """
    losses = loss_nodes(network)
    if not losses:
        raise SessionError("The network has no loss; add one such as CrossEntropy.")
    return next((node for node in losses if node.layer.target), losses[0])


def against(node: Node) -> str | None:
    """What a loss is compared with: "target", "input", "wire" or "number"; None: it needs nothing."""
    return node.attrs["against"] if node.layer.target else None


def data_losses(network: Network) -> list[Node]:
    """Those that are compared with the target of the data."""
    return [node for node in loss_nodes(network) if against(node) == "target"]


def compared_source(network: Network, node: Node) -> str:
    """The layer whose output a loss compares."""
    return network.inputs_of(node.id)[node.ports[0]]


def columns_of(node: Node, width: int) -> tuple[int, int]:
    """First column of a target of `width` columns that counts for a loss of numbers, and one past the last."""
    first, count = node.attrs.get("first_column", 0), node.attrs.get("columns", 0)
    return first, first + count if count else max(width, first)


def picks_columns(node: Node) -> bool:
    """Whether a loss takes only some columns of the target."""
    return columns_of(node, 0) != (0, 0)


def require_comparable(network: Network, node: Node, shapes: dict[str, Shape], largest: int) -> None:
    """Raises ShapeError unless a loss can be compared with the network's input or with what its wire brings.

    `largest`: how many different tokens there are.
    """
    kind = against(node)
    if kind not in ("input", "wire"):
        return
    wired = network.inputs_of(node.id)
    entries = [other.id for other in network.nodes.values() if other.layer.is_input]
    source = wired["target"] if kind == "wire" else entries[0] if entries else ""
    x, port = shapes[wired[node.ports[0]]], "target" if kind == "wire" else node.ports[0]
    if source not in shapes:
        return  # the missing input is named elsewhere
    target = shapes[source]
    if node.layer.target == "labels":
        _require_labels(network, node, x, target, source, largest, port)
    elif x != target and not (math.prod(x) == math.prod(target) and 1 in (len(x), len(target))):
        raise ShapeError(f"compares {show(x)} with {source}, which is {show(target)}.", port, target, x,
                         f"Give the layer before it outputs of {show(target)}.")  # fmt: skip


def _require_labels(network: Network, node: Node, x: Shape, target: Shape, source: str, largest: int,
                    port: str) -> None:  # fmt: skip
    if against(node) == "input" and network.nodes[source].layer.gives != "int":
        raise ShapeError(f"compares classes, but {source} gives numbers.", port, "tokens", "numbers",
                         "Use SquaredError or another loss for numbers.")  # fmt: skip
    if math.prod(target) != math.prod(x[:-1]):
        raise ShapeError(f"{show(x)} outputs come in, but there are {show(target)} tokens a row.", port,
                         (*target, largest), x,
                         f"Give the layer before it outputs of {show((*target, largest))}.")  # fmt: skip
    if x[-1] < largest:
        raise ShapeError(f"there are {largest} different tokens, but only {x[-1]} outputs come in.", port,
                         (*target, largest), x, f"Give the layer before it {largest} units.")  # fmt: skip


def target_of(graph: Graph, node: Node, x: Value, given: Value | None) -> Value:
    """What the loss `node` is compared with, in the shape of its first input `x`.

    `given`: the data's target, the network's input, or what comes in by wire.
    """
    if given is None:
        return graph.constant(node.attrs["number"], x.shape)
    if node.layer.target == "labels":
        shape = x.shape[:-1]
        if given.dtype == "float":  # labels stand in one column beside numbers
            first = node.attrs["first_column"]
            given = graph.whole(graph.slice(given, start=first, stop=first + 1))
    else:
        shape = x.shape
        if against(node) == "target" and picks_columns(node):
            first, stop = columns_of(node, given.shape[-1])
            given = graph.slice(given, start=first, stop=stop)
    same: Value = given if given.shape == shape else graph.reshape(given, shape=shape)
    return same


def weighted_sum(graph: Graph, losses: list[tuple[Node, Value]]) -> Value:
    """Σ weight · loss; a loss of weight 0 stays outside. Raises SessionError if that leaves none."""
    graph.layer = TOTAL
    total: Value | None = None
    for node, loss in losses:
        weight = node.attrs["weight"]
        if weight:
            term = loss if weight == 1 else graph.scale(loss, factor=weight)
            total = term if total is None else graph.add(total, term)
    if total is None:
        raise SessionError("Every loss has a weight of 0, so there is nothing to learn.")
    return graph.name(total, f"{TOTAL}.loss") if total.name == "" else total
