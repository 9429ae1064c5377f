"""Network → graph: every layer that leads to the loss is built into calls, for a fixed number of rows."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import Any, NoReturn

from engine.adversarial import adversaries, attack, blend
from engine.check import Report, digraph, inspect, order
from engine.errors import NetworkError, SessionError
from engine.graph import Graph, Shape, Value
from engine.layers import Parameter
from engine.loops import unroll
from engine.losses import against, loss_node, loss_nodes, target_of, weighted_sum
from engine.network import Network, Node
from engine.problems import Problem
from engine.tensors import SHARED, Tensors, layer_parameters, tied_to

PASSED = ("reshape", "stop_gradient", "dropout", "noise", "scale")  # as they come in training and in use


@dataclass(frozen=True)
class Update:
    """A call that waits for the end of the step: it overwrites a state of layer `layer`."""

    layer: str
    op: str
    inputs: tuple[Value, ...]
    attrs: dict[str, Any]


@dataclass(frozen=True)
class Mode:
    """How a network is built: to train (dropout drops, states move) or to look at; `seed` fixes random numbers.

    `losses`: whether the losses are built too. `lane`: after so many steps a state that is carried on begins anew; 0:
    none is carried.
    """

    training: bool = False
    seed: int = 0
    losses: bool = True
    lane: int = 0


@dataclass
class Lowered:
    """The forward graph of a network.

    `loss`, the weighted sum of all `losses` (by layer), is None where there are none; `penalties` (by layer) come on
    top of it in training. `output` is the first input of the first loss that compares.
    `compared`: by loss, its first input, and whether it takes that as probabilities.
    `parameters` come in the order of the arena: those of equal rate side by side, then frozen ones, then states.
    `groups`: factor of the learning rate by name of parameter; 0: frozen, or a state. `memories`: what goes on from
    step to step for every row of the batch.
    """

    graph: Graph
    output: Value
    loss: Value | None
    parameters: dict[str, tuple[Parameter, Value]]
    compared: dict[str, tuple[Value, bool]] = field(default_factory=dict)
    groups: dict[str, float] = field(default_factory=dict)
    memories: dict[str, Value] = field(default_factory=dict)
    updates: list[Update] = field(default_factory=list)
    losses: dict[str, Value] = field(default_factory=dict)
    penalties: dict[str, Value] = field(default_factory=dict)


@dataclass
class Builder:
    """What a layer's `build` gets: the graph, its own parameters, and names for its values."""

    graph: Graph
    node: Node
    inputs: tuple[Value, ...] = ()
    parameters: dict[str, Value] = field(default_factory=dict)
    mode: Mode = field(default_factory=Mode)
    updates: list[Update] = field(default_factory=list)
    penalties: dict[str, Value] = field(default_factory=dict)
    memories: dict[str, Value] = field(default_factory=dict)
    direction: Value | None = None  # in which an adversary moves what passes
    suffix: str = ""

    def parameter(self, name: str) -> Value:
        """The layer's tensor `name`, its own or that of the layer it is tied to; weights with the layer's noise."""
        value, sigma = self.parameters[name], self.node.attrs.get("noise", 0.0)
        if not (sigma and self.training and name.startswith(SHARED)):
            return value
        stream = zlib.crc32(f"{self.node.id}.{name}".encode())
        noisy: Value = self.graph.noise(value, self.clock, sigma=sigma, seed=self.seed, stream=stream)
        return noisy

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

    def carried(self, name: str, shape: Shape) -> Value:
        """What `carry_on` kept in the step before: (rows of the batch, …); 0 at first, and where nothing is carried."""
        if not (self.training and self.mode.lane):
            return self.graph.constant(0.0, shape)
        known = f"{self.node.id}.{name}{self.suffix}"
        if known not in self.memories:
            self.memories[known] = self.graph.source(shape, "state", known)
        found: Value = self.graph.carried(self.memories[known], self.clock, length=self.mode.lane)
        return found

    def carry_on(self, name: str, value: Value) -> None:
        """Keep `value` for the next step, see `carried`."""
        memory = self.memories.get(f"{self.node.id}.{name}{self.suffix}")
        if memory is not None:
            self.update("carry_on", memory, value)

    def refuse(self, message: str, cure: str) -> NoReturn:
        """Raise a NetworkError that points at this layer."""
        raise NetworkError([Problem("shape", message, cure, self.node.id)])

    def penalty(self, value: Value) -> None:
        """Add the scalar `value` to what is trained, as "<layer id>.penalty"; not at all where nothing is trained."""
        if self.training:
            self.penalties[self.node.id] = self.name(value, "penalty")

    def name(self, value: Value, name: str) -> Value:
        """Make `value` known as "<layer id>.<name>"; in a loop "[t]" follows, the step it belongs to."""
        return self.graph.name(value, f"{self.node.id}.{name}{self.suffix}")

    def reads_probabilities(self, attrs: dict[str, object]) -> bool:
        """Whether a loss takes what comes in as probabilities: as told, or because a sigmoid or softmax made it."""
        if attrs["reads"] != "auto":
            return attrs["reads"] == "probabilities"
        call = self.inputs[0].call
        while call is not None and call.op.name in PASSED:
            call = call.inputs[0].call
        return call is not None and call.op.name in ("sigmoid", "softmax")


def inspected(network: Network, data: object = None) -> Report:
    """The check's report. Raises NetworkError if anything keeps the network from running."""
    report = inspect(network, data)
    if report.errors:
        raise NetworkError(report.errors)
    return report


def layers_in_use(network: Network) -> list[Node]:
    """The layers that lead to a loss, sources first."""
    import networkx as nx

    graph, losses = digraph(network), [node.id for node in loss_nodes(network)]
    used = set(losses).union(*(nx.ancestors(graph, id) for id in losses))
    return [network.nodes[id] for id in order(network, graph) if id in used]


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


def lower(network: Network, shapes: dict[str, Shape], graph: Graph, x: Value, target: Value | None = None,
          mode: Mode | None = None) -> Lowered:  # fmt: skip
    """Build the network on the batch `x`, with its losses; `target` is what the data's target is."""
    mode = mode or Mode()
    nodes = layers_in_use(network)
    run = Pass(network, nodes, Tensors(network, nodes, shapes, graph), mode)
    movers = adversaries(nodes) if mode.training and mode.losses else []
    clean, directions = attack(run, movers, x, target) if movers else (None, {})
    found, _ = run(x, target, directions)
    if found.losses:
        found.loss = weighted_sum(graph, run.weighted(found))
    if clean is not None and found.loss is not None:
        found.loss = blend(graph, movers[0], clean, found.loss)
    return found


@dataclass(frozen=True)
class Pass:
    """Runs rows through the layers in use: called, it builds them into calls."""

    network: Network
    nodes: list[Node]
    tensors: Tensors
    mode: Mode
    memories: dict[str, Value] = field(default_factory=dict)

    def __call__(self, x: Value, target: Value | None,
                 directions: dict[str, Value]) -> tuple[Lowered, dict[str, Value]]:  # fmt: skip
        """What comes of it, and the output of every layer that is no loss. `directions`: see `Builder.direction`."""
        graph, main = self.tensors.graph, loss_node(self.network)
        found = Lowered(graph, x, None, self.tensors.known, groups=self.tensors.groups, memories=self.memories)
        values: dict[str, Value] = {}

        def make(node: Node, inputs: tuple[Value, ...], suffix: str = "") -> Builder:
            return Builder(graph, node, inputs, self.tensors.of(node), self.mode, found.updates, found.penalties,
                           self.memories, directions.get(node.id), suffix)  # fmt: skip

        for node in self.nodes:
            graph.layer = node.id
            loop = self.network.loops.get(node.id)
            if loop is not None:
                if node.id == loop.members[0]:
                    unroll(self.network, loop, graph, values, make)
                continue
            wired = self.network.inputs_of(node.id)
            inputs = tuple(values[wired[port]] for port in node.ports)
            builder = make(node, inputs)
            if node is main:
                found.output = inputs[0]
            if not node.layer.is_loss:
                values[node.id] = node.layer.build(builder, node.attrs, *(inputs if inputs else (x,)))
                continue
            found.compared[node.id] = inputs[0], "reads" in node.attrs and builder.reads_probabilities(node.attrs)
            if self.mode.losses:
                found.losses[node.id] = _build_loss(builder, {"target": target, "input": x})
        return found, values

    def weighted(self, found: Lowered) -> list[tuple[Node, Value]]:
        """The losses in the order of the document."""
        return [(node, found.losses[id]) for id, node in self.network.nodes.items() if id in found.losses]


def _build_loss(b: Builder, known: dict[str, Value | None]) -> Value:
    """A loss against what it is compared with; `known`: the data's target and what enters the network."""
    kind, own = against(b.node), b.inputs
    if kind is not None:
        given = b.inputs[-1] if kind == "wire" else known.get(kind)
        own = b.inputs[:-1] if kind == "wire" else b.inputs
        own = (*own, b.name(target_of(b.graph, b.node, own[0], given), "target"))
    return b.node.layer.build(b, b.node.attrs, *own)
