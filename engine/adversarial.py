"""Adversarial rows by the fast gradient sign method: the network runs once on the clean rows, and the gradient of that
loss says how its inputs are moved for a second run; the losses of both are trained together.

(I. Goodfellow, J. Shlens and C. Szegedy, "Explaining and harnessing adversarial examples", 2014, sections 4 and 6.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.inner import absorb, inner_gradients
from engine.losses import TOTAL, weighted_sum

if TYPE_CHECKING:
    from engine.graph import Graph, Value
    from engine.lower import Pass
    from engine.network import Node

KIND = "AdversarialInput"


def adversaries(nodes: list[Node]) -> list[Node]:
    """The layers that move what passes through them."""
    return [node for node in nodes if node.kind == KIND]


def attack(run: Pass, movers: list[Node], x: Value, target: Value | None) -> tuple[Value, dict[str, Value]]:
    """The loss of a run on clean rows, and by layer the direction in which its output moves to make that loss larger.

    What the clean run would keep (running means) or add (penalties) is left to the second run.
    """
    graph: Graph = run.tensors.graph
    start, names = len(graph.calls), dict(graph.names)
    found, values = run(x, target, {})
    loss = weighted_sum(graph, run.weighted(found))
    graph.layer = movers[0].id
    absorb(graph, start, names)
    slopes = inner_gradients(graph, loss, [values[node.id] for node in movers])
    directions = {}
    for node, slope in zip(movers, slopes, strict=True):
        graph.layer = node.id
        if slope is not None:
            directions[node.id] = graph.sign(slope)
    return graph.name(loss, f"{movers[0].id}.clean_loss"), directions


def blend(graph: Graph, mover: Node, clean: Value, moved: Value) -> Value:
    """α · clean loss + (1 − α) · loss of the moved rows."""
    share = mover.attrs["clean_share"]
    graph.layer = TOTAL
    if share in (0, 1):
        return clean if share else moved
    total = graph.add(graph.scale(clean, factor=share), graph.scale(moved, factor=1.0 - share))
    return graph.name(total, f"{TOTAL}.loss")
