"""The tensors of a network's layers: which there are, who shares whose, and how they are grouped for the optimiser."""

from __future__ import annotations

from collections.abc import Iterator

from engine.errors import ShapeError
from engine.graph import Graph, Shape, Value
from engine.layers import Parameter
from engine.loops import input_shapes
from engine.network import Network, Node

SHARED = "W"  # what the names of weights that can be shared begin with


def layer_parameters(network: Network, node: Node, shapes: dict[str, Shape]) -> tuple[Parameter, ...]:
    """The learned tensors of one layer whose input shapes are known."""
    return node.layer.parameters(node.attrs, *input_shapes(network, node, shapes))


def tied_to(network: Network, node: Node, parameter: Parameter) -> str | None:
    """Id of the layer whose tensor stands in for this one; None: the layer has its own. Follows ties to their end."""
    if not parameter.name.startswith(SHARED):
        return None
    seen, owner = [node.id], node
    while owner.attrs.get("tied") in network.nodes:
        owner = network.nodes[owner.attrs["tied"]]
        if owner.id in seen:
            return None
        seen.append(owner.id)
    return None if owner is node else owner.id


def require_ties(network: Network, node: Node, shapes: dict[str, Shape]) -> None:
    """Raises ShapeError unless the layer that `node` is tied to has weights of equal or of turned shape."""
    name = node.attrs.get("tied", "")
    if not name:
        return
    cure = "Name a layer with weights of the same shape, or leave tied empty."
    if name not in network.nodes:
        raise ShapeError(f"is tied to {name!r}, which does not exist.", cure=cure)
    own = [parameter for parameter in layer_parameters(network, node, shapes) if parameter.name.startswith(SHARED)]
    owners = {tied_to(network, node, parameter) for parameter in own}
    if None in owners or not own:
        why = "is tied to itself in a circle." if own else "has no weights that could be shared."
        raise ShapeError(why, cure="Leave tied empty.")
    (owner,) = owners
    assert owner is not None
    try:
        theirs = {p.name: p.shape for p in layer_parameters(network, network.nodes[owner], shapes)}
    except KeyError:
        return  # its own inputs are at fault, and named
    for parameter in own:
        shape = theirs.get(parameter.name, ())
        if shape != parameter.shape and (len(shape) != 2 or shape[::-1] != parameter.shape):
            got = "×".join(map(str, shape)) or "nothing"
            want = "×".join(map(str, parameter.shape))
            raise ShapeError(f"needs weights {parameter.name} of {want}, but {owner} has {got}.",
                             "", parameter.shape, shape, cure)  # fmt: skip


class Tensors:
    """The sources of all parameters. `known` and `groups` are in the order of the arena."""

    def __init__(self, network: Network, nodes: list[Node], shapes: dict[str, Shape], graph: Graph) -> None:
        self.network, self.shapes, self.graph = network, shapes, graph
        self.groups: dict[str, float] = {}
        self.known: dict[str, tuple[Parameter, Value]] = {}
        found = list(self._own(nodes))
        order = {rate: i for i, rate in enumerate(dict.fromkeys(rate for _, _, rate in found if rate))}
        last = len(order)
        found.sort(key=lambda entry: (order.get(entry[2], last), not entry[1].trained))
        for name, parameter, rate in found:
            graph.layer = name.rsplit(".", 1)[0]
            self.known[name] = (parameter, graph.source(parameter.shape, "parameter", name))
            self.groups[name] = rate

    def _own(self, nodes: list[Node]) -> Iterator[tuple[str, Parameter, float]]:
        """Name, declaration and rate of every tensor that a layer in use has or borrows."""
        seen = set()
        for node in nodes:
            for parameter in layer_parameters(self.network, node, self.shapes):
                owner = self.network.nodes[tied_to(self.network, node, parameter) or node.id]
                name = f"{owner.id}.{parameter.name}"
                if name in seen:
                    continue
                seen.add(name)
                theirs = layer_parameters(self.network, owner, self.shapes) if owner is not node else (parameter,)
                declared = next(other for other in theirs if other.name == parameter.name)
                yield name, declared, float(owner.attrs.get("rate", 1.0)) if declared.trained else 0.0

    def of(self, node: Node) -> dict[str, Value]:
        """The tensors of `node` by their names in it."""
        found = {}
        for parameter in layer_parameters(self.network, node, self.shapes):
            owner = tied_to(self.network, node, parameter) or node.id
            value = self.known[f"{owner}.{parameter.name}"][1]
            turned = value.shape != parameter.shape
            found[parameter.name] = self.graph.transpose(value, axes=(1, 0)) if turned else value
        return found
