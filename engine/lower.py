"""Network → graph: every layer that leads to the loss is built into calls, for a fixed number of rows."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import Any

from engine.check import Report, digraph, inspect, order
from engine.errors import NetworkError, SessionError
from engine.graph import Graph, Shape, Value
from engine.layers import Parameter
from engine.loops import unroll
from engine.network import Network, Node
from engine.problems import Problem
from engine.tensors import Tensors, layer_parameters, tied_to


@dataclass(frozen=True)
class Update:
    """A call that waits for the end of the step: it overwrites a state of layer `layer`."""

    layer: str
    op: str
    inputs: tuple[Value, ...]
    attrs: dict[str, Any]


@dataclass(frozen=True)
class Mode:
    """How a network is built: to train (dropout drops, states move) or to look at; `seed` fixes random numbers."""

    training: bool = False
    seed: int = 0


@dataclass
class Lowered:
    """The forward graph of a network. `loss` is None where it was built without.

    `parameters` come in the order of the arena: those of equal rate side by side, then frozen ones, then states.
    `groups`: factor of the learning rate by name of parameter; 0: frozen, or a state.
    """

    graph: Graph
    output: Value
    loss: Value | None
    parameters: dict[str, tuple[Parameter, Value]]
    reads_probabilities: bool = False
    groups: dict[str, float] = field(default_factory=dict)
    updates: list[Update] = field(default_factory=list)


@dataclass
class Builder:
    """What a layer's `build` gets: the graph, its own parameters, and names for its values."""

    graph: Graph
    node: Node
    inputs: tuple[Value, ...] = ()
    parameters: dict[str, Value] = field(default_factory=dict)
    mode: Mode = field(default_factory=Mode)
    updates: list[Update] = field(default_factory=list)
    suffix: str = ""

    def parameter(self, name: str) -> Value:
        """The layer's tensor `name`, its own or that of the layer it is tied to."""
        return self.parameters[name]

    @property
    def training(self) -> bool:
        """Whether the network is built to be trained, not to be looked at."""
        return self.mode.training

    @property
    def seed(self) -> int:
        """Of the session: with the clock and `stream`, what random numbers depend on."""
        return self.mode.seed

    @property
    def stream(self) -> int:
        """A number of this layer's own, the same in every session."""
        return zlib.crc32(self.node.id.encode())

    @property
    def clock(self) -> Value:
        """The number of the step, int (1,)."""
        return self.graph.clock()

    def update(self, op: str, *inputs: Value, **attrs: Any) -> None:
        """Once the step is done, call `op` (which overwrites one of `inputs`); not at all where nothing is trained."""
        if self.training:
            self.updates.append(Update(self.node.id, op, inputs, attrs))

    def refuse(self, message: str, cure: str) -> None:
        """Raise a NetworkError that points at this layer."""
        raise NetworkError([Problem("shape", message, cure, self.node.id)])

    def name(self, value: Value, name: str) -> Value:
        """Make `value` known as "<layer id>.<name>"; in a loop "[t]" follows, the step it belongs to."""
        return self.graph.name(value, f"{self.node.id}.{name}{self.suffix}")

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
    """All tensors of its own that each layer has, by "<layer id>.<name>", in the order in which the layers run."""
    table = {}
    for node in layers_in_use(network):
        for parameter in layer_parameters(network, node, shapes):
            if tied_to(network, node, parameter) is None:
                table[f"{node.id}.{parameter.name}"] = parameter
    return table


def lower(network: Network, shapes: dict[str, Shape], graph: Graph, x: Value, target: Value | None,
          mode: Mode | None = None) -> Lowered:  # fmt: skip
    """Build the network on the batch `x`, with its loss against `target` (None: without a loss)."""
    mode = mode or Mode()
    nodes = layers_in_use(network)
    values: dict[str, Value] = {}
    tensors = Tensors(network, nodes, shapes, graph)
    updates: list[Update] = []
    output, probable = x, False

    def builder(node: Node, inputs: tuple[Value, ...], suffix: str = "") -> Builder:
        return Builder(graph, node, inputs, tensors.of(node), mode, updates, suffix)

    for node in nodes:
        graph.layer = node.id
        loop = network.loops.get(node.id)
        if loop is not None:
            if node.id == loop.members[0]:
                unroll(network, loop, graph, values, builder)
            continue
        wired = network.inputs_of(node.id)
        inputs = tuple(values[wired[port]] for port in node.ports)
        if node.layer.is_loss:
            output = inputs[0]
            probable = "reads" in node.attrs and Builder(graph, node, inputs).reads_probabilities(node.attrs)
            if target is None:
                continue
            inputs += (target,)
        values[node.id] = node.layer.build(builder(node, inputs), node.attrs, *(inputs if inputs else (x,)))
    loss = values.get(loss_node(network).id) if target is not None else None
    return Lowered(graph, output, loss, tensors.known, probable, tensors.groups, updates)
