"""Loops of a network: wires may lead in a circle through a Delay layer, which gives what it got one step before.

A loop runs once for every step of the sequences that come in. Inside it, shapes are those of one step; outside, a layer
of the loop gives its values of all steps, stacked: `shapes` holds (T, *shape of a step) for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.errors import ShapeError
from engine.layers.layer import show
from engine.problems import Problem
from engine.steps import stack, unstack

if TYPE_CHECKING:
    import networkx as nx

    from engine.graph import Graph, Value
    from engine.lower import Builder
    from engine.network import Network, Node

Shape = tuple[int, ...]
DELAY = "Delay"
MOST_BUILT = 2**14  # layers of a loop, counted once for every step: each is built before anything runs


@dataclass(frozen=True)
class Loop:
    """Ids of a loop's layers, in the order in which they run within a step: the Delays come first."""

    members: tuple[str, ...]


def is_delay(network: Network, id: str) -> bool:
    """Whether layer `id` gives what it got one step before."""
    return network.nodes[id].kind == DELAY


def uncrossed(network: Network, graph: nx.DiGraph) -> nx.DiGraph:
    """The digraph without the wires into Delays: what is reached in it is reached within a step."""
    import networkx as nx

    return nx.subgraph_view(graph, filter_edge=lambda source, target: not is_delay(network, target))


def find_loops(network: Network, graph: nx.DiGraph) -> dict[str, Loop]:
    """Layer id → its loop, for all layers that lie in one. A circle without a Delay is none."""
    import networkx as nx

    if not any(node.kind == DELAY for node in network.nodes.values()):
        return {}
    place = {id: i for i, id in enumerate(network.nodes)}
    found: dict[str, Loop] = {}
    for part in nx.strongly_connected_components(graph):
        inner = uncrossed(network, graph.subgraph(part))
        alone = len(part) == 1 and not any(graph.has_edge(id, id) for id in part)
        if alone or not nx.is_directed_acyclic_graph(inner):
            continue
        layers = nx.topological_generations(inner)
        loop = Loop(tuple(id for layer in layers for id in sorted(layer, key=place.__getitem__)))
        found |= dict.fromkeys(loop.members, loop)
    return found


def condensed(graph: nx.DiGraph, loops: dict[str, Loop]) -> nx.DiGraph:
    """The digraph with each loop drawn together into its first layer."""
    import networkx as nx

    first = {id: loop.members[0] for id, loop in loops.items()}
    drawn: nx.DiGraph = nx.DiGraph()
    drawn.add_nodes_from(first.get(id, id) for id in graph)
    ends = ((first.get(source, source), first.get(target, target)) for source, target in graph.edges)
    drawn.add_edges_from((source, target) for source, target in ends if source != target or source not in first)
    return drawn


def input_shapes(network: Network, node: Node, shapes: dict[str, Shape]) -> tuple[Shape, ...]:
    """Shapes of what comes in at the ports of `node`: of one step where it lies in a loop. Raises KeyError."""
    wired, inside = network.inputs_of(node.id), node.id in network.loops
    return tuple(shapes[wired[port]][1:] if inside else shapes[wired[port]] for port in node.ports)


def infer_loop(network: Network, loop: Loop, shapes: dict[str, Shape], problems: list[Problem]) -> None:
    """Enter the shapes of the loop's layers into `shapes`, and into `problems` what keeps them from being known."""
    outside = _from_outside(network, loop)
    if any(source not in shapes for _, _, source in outside):
        return
    steps = _steps(outside, shapes, problems)
    if steps is None:
        return
    too_long = _too_long(loop, steps)
    if too_long:
        problems += too_long
        return
    for id in loop.members:
        node = network.nodes[id]
        try:
            step = (node.attrs["size"],) if node.kind == DELAY else node.layer.shape(
                node.attrs, *input_shapes(network, node, shapes))  # fmt: skip
        except KeyError:
            continue
        except ShapeError as error:
            problems.append(Problem("shape", error.message, error.cure, id, error.port, error.want, error.got))
            continue
        shapes[id] = (steps, *step)
    for id in loop.members:
        problems += _wrong_state(network, network.nodes[id], shapes)


def _from_outside(network: Network, loop: Loop) -> list[tuple[str, str, str]]:
    """(layer, port, source) of the wires that lead into the loop."""
    return [
        (id, port, source)
        for id in loop.members
        for port, source in network.inputs_of(id).items()
        if source not in loop.members
    ]


def _steps(outside: list[tuple[str, str, str]], shapes: dict[str, Shape], problems: list[Problem]) -> int | None:
    """How many steps the loop runs; None where that is not clear."""
    steps = None
    for id, port, source in outside:
        shape = shapes[source]
        if not shape:
            problems.append(Problem("shape", "a loop takes a sequence, one part of it a step, but a scalar comes in.",
                                    "Put a Reshape layer in front of the loop.", id, port, None, shape))  # fmt: skip
            return None
        if steps is not None and shape[0] != steps:
            problems.append(Problem("shape", f"a sequence of {shape[0]} steps comes in, but the loop's others have "
                                    f"{steps}.", "Lead sequences of equal length into a loop.", id, port,
                                    (steps, *shape[1:]), shape))  # fmt: skip
            return None
        steps = shape[0]
    return steps


def _too_long(loop: Loop, steps: int) -> list[Problem]:
    """A loop is built anew for every step, which takes time and memory."""
    count = steps * len(loop.members)
    if count <= MOST_BUILT:
        return []
    return [Problem("shape", f"a loop of {len(loop.members)} layers over {steps:,} steps is {count:,} layers in all; "
                    f"{MOST_BUILT:,} are the most.", "Shorten the sequence, or use an RNN, LSTM or GRU layer.",
                    loop.members[0], "x", MOST_BUILT, count)]  # fmt: skip


def _wrong_state(network: Network, node: Node, shapes: dict[str, Shape]) -> list[Problem]:
    """What comes into a Delay must have the shape of what it gives."""
    source = network.inputs_of(node.id).get("x")
    if node.kind != DELAY or source not in shapes or node.id not in shapes:
        return []
    want, got = shapes[node.id][1:], shapes[source][1:]
    if want == got:
        return []
    cure = f"Set its size to {got[0]}." if len(got) == 1 else "Put a Flatten layer in front."
    return [Problem("shape", f"keeps {show(want)} numbers, but {show(got)} come in.", cure, node.id, "x", want, got)]


MakeBuilder = Callable[["Node", tuple["Value", ...], str], "Builder"]


def unroll(network: Network, loop: Loop, graph: Graph, values: dict[str, Value], builder: MakeBuilder) -> None:
    """Build the loop's layers once for every step, and enter what they give, stacked, into `values`.

    `builder(node, inputs, suffix)` is what the layer builds one step with; `suffix`, "[t]", ends its values' names.
    """
    from engine.layers.sequence import first_state

    sequences = {source: unstack(graph, values[source]) for _, _, source in _from_outside(network, loop)}
    steps, rows = next((len(parts), parts[0].shape[0]) for parts in sequences.values())
    sequences |= {id: [] for id in loop.members}
    for t in range(steps):
        for id in loop.members:
            node, wired = network.nodes[id], network.inputs_of(id)
            graph.layer = id
            if node.kind == DELAY:
                state = sequences[wired["x"]][t - 1] if t else first_state(builder(node, (), "[0]"), node.attrs, rows)
                sequences[id].append(state)
                continue
            inputs = tuple(sequences[wired[port]][t] for port in node.ports)
            sequences[id].append(node.layer.build(builder(node, inputs, f"[{t}]"), node.attrs, *inputs))
    leaving = {wire.source for wire in network.wires if wire.target not in loop.members}
    for id in loop.members:
        graph.layer = id
        if id in leaving:
            values[id] = graph.name(stack(graph, sequences[id]), f"{id}.steps")
