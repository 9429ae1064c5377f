"""The rules of a network, on networkx: what may be wired, what is missing, which shapes flow where."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.errors import ShapeError
from engine.layers import show
from engine.loops import condensed, infer_loop, is_delay, uncrossed
from engine.losses import require_comparable
from engine.problems import Problem
from engine.tensors import require_ties

if TYPE_CHECKING:
    import networkx as nx

    from engine.network import Network, Node, Wire

Shape = tuple[int, ...]
Ends = tuple[list[str], list[str]]


@dataclass
class Report:
    """Result of a check: problems, and the shape of one row at every layer's output as far as it is known.

    `tokens`: the layers that give whole numbers.
    """

    problems: list[Problem] = field(default_factory=list)
    shapes: dict[str, Shape] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)

    @property
    def errors(self) -> list[Problem]:
        """Those that keep the network from running."""
        return [problem for problem in self.problems if problem.severity == "error"]


def digraph(network: Network) -> nx.DiGraph:
    """The network as a networkx graph of layer ids."""
    import networkx as nx

    graph: nx.DiGraph = nx.DiGraph()
    graph.add_nodes_from(network.nodes)
    graph.add_edges_from((wire.source, wire.target) for wire in network.wires)
    return graph


def order(network: Network, graph: nx.DiGraph | None = None) -> list[str]:
    """Layer ids, sources before targets; among those equally far from a source in the order they were added.

    The layers of a loop stand together, in the order of a step. `graph`: its digraph, where there is one already.
    Raises networkx.NetworkXUnfeasible on a cycle without a Delay.
    """
    import networkx as nx

    graph, loops = digraph(network) if graph is None else graph, network.loops
    place = {id: i for i, id in enumerate(network.nodes)}
    generations = nx.topological_generations(condensed(graph, loops) if loops else graph)
    ids = [id for generation in generations for id in sorted(generation, key=place.__getitem__)]
    return [member for id in ids for member in (loops[id].members if id in loops else (id,))]


def why_not(network: Network, wire: Wire) -> Problem | None:
    """Why `wire` cannot be added; None if it can. Shapes are left to `check`: they may be mended afterwards."""
    import networkx as nx

    source, target = network.node(wire.source), network.node(wire.target)
    if source.layer.is_loss:
        return Problem("dtype", f"{source.id} is a loss; a loss ends the network.", "Wire from the layer before it.",
                       target.id, wire.port)  # fmt: skip
    if source.id == target.id or (not is_delay(network, target.id) and nx.has_path(
            uncrossed(network, digraph(network)), target.id, source.id)):  # fmt: skip
        return Problem("cycle", f"a wire from {source.id} would close a cycle.",
                       "Wire from a layer that does not depend on it, or lead the wire through a Delay layer.",
                       target.id, wire.port)  # fmt: skip
    if wire.port not in target.ports:
        what = f"has no port {wire.port!r}" if target.ports else "takes no wire: the data enters there"
        return Problem("port_taken", f"{target.id} {what}.", "Choose another layer.", target.id, wire.port or None)
    if wire.port in network.inputs_of(target.id):
        return Problem("port_taken", f"is taken by {network.inputs_of(target.id)[wire.port]}.",
                       "Remove that wire first, or join both with Add or Concat.", target.id, wire.port)  # fmt: skip
    return None


def check(network: Network, data: Any = None) -> list[Problem]:
    """All problems of `network`, and with `data` (a Dataset or arrays (x, y)) those of both together."""
    return inspect(network, data).problems


def inspect(network: Network, data: Any = None) -> Report:
    """The full report: problems and shapes."""
    import networkx as nx

    from engine.data_fit import fit_problems

    graph, ends = digraph(network), _ends(network)
    sorted_ids: list[str] | None
    try:
        sorted_ids = order(network, graph)
    except nx.NetworkXUnfeasible:
        sorted_ids = None
    report = Report(_structure(network, ends, graph, cyclic=sorted_ids is None))
    if sorted_ids is not None:
        _infer_shapes(network, sorted_ids, report)
        report.problems += _reachability(network, ends, graph)
        if data is not None and not report.errors:
            report.problems += fit_problems(network, report.shapes, data)
    return report


def _ends(network: Network) -> Ends:
    """Ids of the inputs and of the losses."""
    layers = [(id, node.layer) for id, node in network.nodes.items()]
    return [id for id, layer in layers if layer.is_input], [id for id, layer in layers if layer.is_loss]


def _structure(network: Network, ends: Ends, graph: nx.DiGraph, cyclic: bool) -> list[Problem]:
    problems = []
    if cyclic:
        import networkx as nx

        cycle = [edge[0] for edge in nx.find_cycle(uncrossed(network, graph))]
        problems.append(Problem("cycle", f"{' → '.join([*cycle, cycle[0]])} is a cycle.",
                                "Remove one of its wires, or put a Delay layer into it.", cycle[0]))  # fmt: skip
    problems += _count(*ends)
    if ends[1] and not any(network.nodes[id].attrs["weight"] for id in ends[1]):
        problems.append(Problem("no_loss", "every loss has a weight of 0, so there is nothing to learn.",
                                "Give it a weight above 0.", ends[1][0]))  # fmt: skip
    for node in network.nodes.values():
        wired = network.inputs_of(node.id)
        problems += [Problem("unconnected", "nothing is connected here.", "Draw a wire into it.", node.id, port)
                     for port in node.ports if port not in wired]  # fmt: skip
    return problems


def _count(inputs: list[str], losses: list[str]) -> list[Problem]:
    problems = []
    if not inputs:
        problems.append(Problem("no_input", "The network has no input.", "Add an Input layer."))
    if len(inputs) > 1:
        problems.append(Problem("no_input", f"There are {len(inputs)} inputs ({', '.join(inputs)}), but the data has "
                                "one.", "Keep one Input layer.", inputs[1]))  # fmt: skip
    if not losses:
        problems.append(Problem("no_loss", "The network has no loss to go down.",
                                "Add a loss such as CrossEntropy or SquaredError."))  # fmt: skip
    return problems


def _infer_shapes(network: Network, sorted_ids: list[str], report: Report) -> None:
    largest = max((node.attrs["vocabulary"] for node in network.nodes.values() if node.kind == "Tokens"), default=0)
    for id in sorted_ids:
        node, wired = network.nodes[id], network.inputs_of(id)
        loop = network.loops.get(id)
        if loop is not None and id == loop.members[0]:
            infer_loop(network, loop, report.shapes, report.problems)
        sources = [wired.get(port) for port in node.ports]
        if any(source not in report.shapes for source in sources):
            continue
        _infer_tokens(node, wired, report)
        try:
            if loop is None:
                report.shapes[id] = node.layer.shape(node.attrs, *(report.shapes[s] for s in sources if s))
            if id in report.shapes:
                require_ties(network, node, report.shapes)
                require_comparable(network, node, report.shapes, largest)
        except ShapeError as error:
            report.problems.append(Problem("shape", error.message, error.cure, id, error.port, error.want, error.got))
    _vocabularies(network, report, largest)


def _infer_tokens(node: Node, wired: dict[str, str], report: Report) -> None:
    """Whether the layer gives tokens, and what is wrong with those that come in."""
    layer = node.layer
    whole = {port: wired.get(port) in report.tokens for port in node.ports}
    for port, tokens in whole.items():
        wanted = layer.takes_at(port)
        if wanted != "any" and tokens != (wanted == "int"):
            report.problems.append(_wrong_numbers(node, port, tokens))
    if layer.gives == "int" or (layer.gives == "same" and any(whole.values())):
        report.tokens.add(node.id)


def _wrong_numbers(node: Node, port: str, tokens: bool) -> Problem:
    if tokens:
        return Problem("dtype", f"tokens come in, but {node.layer.title} calculates with numbers.",
                       "Put an Embedding or OneHot layer in front.", node.id, port)  # fmt: skip
    return Problem("dtype", f"numbers come in, but {node.layer.title} looks tokens up.",
                   "Wire from a Tokens layer.", node.id, port)  # fmt: skip


def _vocabularies(network: Network, report: Report, largest: int) -> None:
    """Every layer that looks tokens up must know all of the `largest` vocabulary that can come in."""
    for node in network.nodes.values():
        known = node.attrs.get("vocabulary", largest)
        if node.layer.takes == "int" and known < largest:
            report.problems.append(Problem("shape", f"knows {known} tokens, but {largest} different ones can come in.",
                                           f"Set its vocabulary to {largest}.", node.id))  # fmt: skip


def _reachability(network: Network, ends: Ends, graph: nx.DiGraph) -> list[Problem]:
    import networkx as nx

    inputs, losses = ends
    fed = set(inputs).union(*(nx.descendants(graph, id) for id in inputs))
    used = set(losses).union(*(nx.ancestors(graph, id) for id in losses))
    problems = [problem for node in network.nodes.values() for problem in _dependence(network, node, graph)]
    problems += [Problem("unreachable", "the data does not reach this layer.", "Connect it to an Input, or remove it.",
                        id) for id in network.nodes if inputs and id not in fed]  # fmt: skip
    problems += [Problem("unused", "this layer does not lead to the loss, so it learns nothing.",
                         "Connect it onwards, or remove it.", id, severity="warning")
                 for id in network.nodes if losses and id in fed and id not in used]  # fmt: skip
    return problems


def _dependence(network: Network, node: Node, graph: nx.DiGraph) -> list[Problem]:
    """Whether what a layer differentiates depends on what it differentiates it by."""
    import networkx as nx

    wired = network.inputs_of(node.id)
    if node.layer.depends is None or any(port not in wired for port in node.layer.depends):
        return []
    port, other = node.layer.depends
    if nx.has_path(graph, wired[other], wired[port]):
        return []
    return [Problem("shape", f"{wired[port]} does not depend on {wired[other]}.",
                    f"Wire {other} from a layer that leads to {wired[port]}.", node.id, other)]  # fmt: skip


def describe_shape(shape: Shape | None) -> str:
    """Label of a wire: "B×8×8"; "?" while it is not known."""
    return "?" if shape is None else show(("B", *shape))  # type: ignore[arg-type]
