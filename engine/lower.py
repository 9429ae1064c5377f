"""Network → graph: every layer that leads to the loss is built into calls, for a fixed number of rows."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.check import Report, digraph, inspect, order
from engine.errors import NetworkError, SessionError
from engine.graph import Graph, Shape, Value
from engine.layers import Parameter
from engine.network import Network, Node


@dataclass
class Lowered:
    """The forward graph of a network. `loss` is None where it was built without."""

    graph: Graph
    output: Value
    loss: Value | None
    parameters: dict[str, tuple[Parameter, Value]]
    reads_probabilities: bool = False


@dataclass
class Builder:
    """What a layer's `build` gets: the graph, its own parameters, and names for its values."""

    graph: Graph
    node: Node
    inputs: tuple[Value, ...] = ()
    parameters: dict[str, Value] = field(default_factory=dict)

    def parameter(self, name: str) -> Value:
        """The layer's own learned tensor `name`."""
        return self.parameters[name]

    def name(self, value: Value, name: str) -> Value:
        """Make `value` known as "<layer id>.<name>"."""
        return self.graph.name(value, f"{self.node.id}.{name}")

    def reads_probabilities(self, attrs: dict[str, object]) -> bool:
        """Whether a loss takes what comes in as probabilities: as told, or because a sigmoid or softmax made it."""
        if attrs["reads"] != "auto":
            return attrs["reads"] == "probabilities"
        call = self.inputs[0].call
        while call is not None and call.op.name == "reshape":
            call = call.inputs[0].call
        return call is not None and call.op.name in ("sigmoid", "softmax")


def inspected(network: Network, data: object = None) -> Report:
    """The check's report. Raises NetworkError if anything keeps the network from running."""
    report = inspect(network, data)
    if report.errors:
        raise NetworkError(report.errors)
    return report


def layers_in_use(network: Network) -> list[Node]:
    """The layers that lead to the loss, sources first."""
    import networkx as nx

    graph, loss = digraph(network), loss_node(network)
    used = nx.ancestors(graph, loss.id) | {loss.id}
    return [network.nodes[id] for id in order(network, graph) if id in used]


def loss_node(network: Network) -> Node:
    """The loss layer. Raises SessionError if there is none."""
    for node in network.nodes.values():
        if node.layer.is_loss:
            return node
    raise SessionError("The network has no loss; add one such as CrossEntropy.")


def input_node(network: Network) -> Node:
    """The input layer. Raises SessionError if there is none."""
    for node in network.nodes.values():
        if node.layer.is_input:
            return node
    raise SessionError("The network has no input; add an Input layer.")


def parameter_table(network: Network, shapes: dict[str, Shape]) -> dict[str, Parameter]:
    """All learned tensors by "<layer id>.<name>", in the order in which the layers run."""
    table = {}
    for node in layers_in_use(network):
        for parameter in layer_parameters(network, node, shapes):
            table[f"{node.id}.{parameter.name}"] = parameter
    return table


def layer_parameters(network: Network, node: Node, shapes: dict[str, Shape]) -> tuple[Parameter, ...]:
    """The learned tensors of one layer whose input shapes are known."""
    wired = network.inputs_of(node.id)
    return node.layer.parameters(node.attrs, *(shapes[wired[port]] for port in node.ports))


def lower(network: Network, shapes: dict[str, Shape], graph: Graph, x: Value, target: Value | None) -> Lowered:
    """Build the network on the batch `x`, with its loss against `target` (None: without a loss)."""
    values: dict[str, Value] = {}
    known: dict[str, tuple[Parameter, Value]] = {}
    output, probable = x, False
    for node in layers_in_use(network):
        graph.layer = node.id
        wired = network.inputs_of(node.id)
        inputs = tuple(values[wired[port]] for port in node.ports)
        if node.layer.is_loss:
            output = inputs[0]
            probable = "reads" in node.attrs and Builder(graph, node, inputs).reads_probabilities(node.attrs)
            if target is None:
                continue
            inputs += (target,)
        builder = Builder(graph, node, inputs)
        for parameter in layer_parameters(network, node, shapes):
            name = f"{node.id}.{parameter.name}"
            builder.parameters[parameter.name] = graph.source(parameter.shape, "parameter", name)
            known[name] = (parameter, builder.parameters[parameter.name])
        values[node.id] = node.layer.build(builder, node.attrs, *(inputs if inputs else (x,)))
    loss = values.get(loss_node(network).id) if target is not None else None
    return Lowered(graph, output, loss, known, probable)
