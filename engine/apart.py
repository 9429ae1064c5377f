"""Gradients of two optimisers that each make losses of their own smaller, as a generator and a discriminator do."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from engine.differentiate import differentiate
from engine.errors import SessionError
from engine.graph import Graph, Value
from engine.losses import loss_nodes, weighted_sum
from engine.lower import Lowered
from engine.network import Network
from engine.rules import Second


def differentiate_apart(graph: Graph, network: Network, lowered: Lowered, second: Second, trained: dict[str, Value],
                        penalised: Callable[[Value], Value]) -> list[Value | None]:  # fmt: skip
    """Gradients of the `trained` parameters: those of the second optimiser's layers by the losses it names, all others
    by the losses that are left; `penalised` adds what is not a loss. Raises SessionError for names that do not fit."""
    names = {node.id for node in loss_nodes(network)}
    for name in second.losses:
        if name not in names:
            raise SessionError(f"second_losses names {name!r}, which is no loss; there are: {', '.join(names)}.")
    if names == set(second.losses):
        raise SessionError("second_losses names every loss, so that none is left for the first optimiser.")
    known = dict(graph.names)
    sums = [_sum(graph, network, lowered, second, own) for own in (True, False)]
    losses = [penalised(value) for value in sums]
    graph.names = known  # the loss that is shown stays the sum of all
    own = [name for name in trained if name.rsplit(".", 1)[0] in second.layers]
    found = dict(zip(own, differentiate(graph, losses[0], [trained[name] for name in own]), strict=True))
    before = dict(graph.names)
    others = [name for name in trained if name not in found]
    found.update(zip(others, differentiate(graph, losses[1], [trained[name] for name in others]), strict=True))
    _give_back(graph, before, second.layers)
    return [found[name] for name in trained]


def _sum(graph: Graph, network: Network, lowered: Lowered, second: Second, own: bool) -> Value:
    wanted = [(node, lowered.losses[node.id]) for node in loss_nodes(network) if node.id in lowered.losses]
    return weighted_sum(graph, [entry for entry in wanted if (entry[0].id in second.losses) == own])


def _give_back(graph: Graph, before: dict[str, Value], layers: Iterable[str]) -> None:
    """In the second optimiser's layers, "….grad" is the gradient of its own losses, not the one made last."""
    for name, value in before.items():
        other = graph.names.get(name)
        if other is not None and other is not value and name.split(".", 1)[0] in layers:
            graph.names[name], value.name, other.name = value, name, f"{name} (part)"
