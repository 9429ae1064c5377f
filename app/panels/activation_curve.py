"""An activation and its derivative as numbers: built and differentiated by the engine, run by its ops' references."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from engine.graph import Graph
    from engine.network import Node

REACH, POINTS = 4.0, 161


@dataclass(frozen=True)
class Curve:
    """x, y = a(x), slope = ∂a/∂x, all (POINTS,); `note` says what else is assumed."""

    x: np.ndarray
    y: np.ndarray
    slope: np.ndarray
    note: str = ""


def has_curve(node: Node) -> bool:
    """Whether there is an activation to draw."""
    if node.layer.category == "activation":
        return True
    return node.attrs.get("activation", "linear") != "linear"


def curve_of(node: Node) -> Curve:
    """The activation of `node` over −REACH … REACH, and its derivative."""
    import numpy as np

    from engine.differentiate import differentiate
    from engine.graph import Graph

    softmax = "softmax" in (node.attrs.get("activation"), node.kind.lower())
    fixed, pieces = bool(node.attrs.get("fix_first")), node.attrs.get("pieces", 1)
    units = 2 if softmax and not fixed else pieces
    column = 1 if fixed else 0
    rows = np.zeros((POINTS, units))
    rows[:, 0] = np.linspace(-REACH, REACH, POINTS)
    graph = Graph()
    x = graph.source(rows.shape, "data", data=rows)
    out = _build(graph, node, x)
    seed = np.zeros(out.shape)
    seed[:, column] = 1.0
    gradient = differentiate(graph, out, [x], seed=graph.source(out.shape, "data", data=seed))[0]
    found = run_references(graph)
    slope = np.zeros(POINTS) if gradient is None else found[id(gradient)][:, 0]
    note = "of one class against another at 0" if softmax else "of one piece, the others at 0" if pieces > 1 else ""
    return Curve(rows[:, 0], found[id(out)][:, column], slope, note)


def _build(graph: Graph, node: Node, x: Any) -> Any:
    from engine.layers.activations import activate
    from engine.lower import Builder

    builder = Builder(graph, node, (x,))
    if node.layer.category != "activation":
        return activate(builder, node.attrs["activation"], x, node.attrs)
    for parameter in node.layer.parameters(node.attrs, x.shape[1:]):
        number = float(parameter.init.removeprefix("constant ")) if parameter.init.startswith("constant ") else 0.0
        builder.parameters[parameter.name] = graph.constant(number, parameter.shape)
    return node.layer.build(builder, node.attrs, x)


def run_references(graph: Graph) -> dict[int, np.ndarray]:
    """Every value of `graph` by its id, computed by the references of its ops (NumPy, float64)."""
    import numpy as np

    found = {id(value): np.broadcast_to(np.asarray(value.data, float), value.shape) for value in graph.sources}
    for call in graph.calls:
        inputs = [found[id(value)] for value in call.inputs]
        if call.op.reference is None:  # an alias: the same numbers in another shape
            results: Any = inputs[0].reshape(call.outputs[0].shape)
        else:
            results = call.op.reference(*inputs, **call.attrs)
        results = results if isinstance(results, tuple | list) else (results,)
        for value, result in zip(call.outputs, results, strict=True):
            found[id(value)] = np.asarray(result)
    return found
