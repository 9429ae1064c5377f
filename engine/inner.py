"""Gradients that are needed inside a forward pass: penalties on derivatives, adversarial rows."""

from __future__ import annotations

from engine.differentiate import differentiate
from engine.graph import Graph, Value


def inner_gradients(graph: Graph, output: Value, wrt: list[Value], seed: Value | None = None) -> list[Value | None]:
    """As `differentiate`, but the calls belong to the layer that is being built, and carry no names of gradients."""
    start, names = len(graph.calls), dict(graph.names)
    found = differentiate(graph, output, wrt, seed)
    absorb(graph, start, names)
    return found


def absorb(graph: Graph, start: int, names: dict[str, Value]) -> None:
    """Give the calls from `start` on to the layer that is being built, and take their names back to `names`."""
    for value in graph.names.values():
        if value.call is None and value.name.endswith(".grad"):
            value.name = ""  # the seed
    graph.names = names
    for call in graph.calls[start:]:
        call.layer, call.phase = graph.layer, "forward"
        for value in call.outputs:
            value.name = ""
