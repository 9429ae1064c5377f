"""What a layer costs: operations and memory of one row, from the engine's own graph of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from app.numbers import format_bytes, format_short
from app.panels.facts import Row, learned_tensors

if TYPE_CHECKING:
    from engine.check import Report
    from engine.graph import Graph
    from engine.network import Network

BYTES = 4  # float32


def costs(network: Network, report: Report, id: str) -> list[Row]:
    """Work and memory of layer `id`; empty while its shapes are not known, or where nothing is computed."""
    from engine.optimizers import OPTIMIZERS

    node, wired = network.nodes[id], network.inputs_of(id)
    incoming = [report.shapes.get(wired.get(port, "")) for port in node.ports]
    if node.layer.is_input or id not in report.shapes or any(shape is None for shape in incoming):
        return []
    graph = layer_graph(network, report, id)
    flops = sum(call.op.flops(call) for call in graph.calls)
    values = sum(value.size for call in graph.calls if call.op.kernel is not None for value in call.outputs)
    learned = sum(math.prod(tensor.shape) for tensor in learned_tensors(network, report, id))
    training = network.training
    names = [name for name in (training.optimizer, training.second_optimizer) if name in OPTIMIZERS]
    copies = 2 + max(OPTIMIZERS[name].slots for name in names) + (training.clipping != "none")
    rows = [
        ("Work", f"{format_short(flops)} FLOP/row", "additions, multiplications and the like of the forward pass"),
        ("Values", f"{format_bytes(values * BYTES)}/row", "float32; as much again for their gradients"),
    ]
    if learned:
        tip = f"float32: the parameters, their gradients and what {network.training.optimizer} keeps"
        rows.append(("Parameters", format_bytes(learned * BYTES * copies), tip))
    return rows


def layer_graph(network: Network, report: Report, id: str) -> Graph:
    """The calls of one layer on one row."""
    from engine.graph import Graph
    from engine.losses import against, target_of
    from engine.lower import Builder

    node, wired = network.nodes[id], network.inputs_of(id)
    graph = Graph(layer=id)
    inputs = [
        graph.source((1, *report.shapes[wired[port]]), "data", dtype="int" if wired[port] in report.tokens else "float")
        for port in node.ports
    ]
    builder = Builder(graph, node, tuple(inputs))
    if against(node) == "wire":
        inputs[-1] = target_of(graph, node, inputs[0], inputs[-1])
    elif node.layer.target:
        labels, shape = node.layer.target == "labels", inputs[0].shape
        inputs.append(graph.source(shape[:-1] if labels else shape, "data", dtype="int" if labels else "float"))
    for tensor in learned_tensors(network, report, id):
        builder.parameters[tensor.name] = graph.source(tensor.shape, "parameter")
    node.layer.build(builder, node.attrs, *inputs)
    return graph
