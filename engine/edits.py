"""Edits: frozen plain data, the only way a Network changes. `apply(network)` returns the inverse edit.

An edit checks first and changes afterwards, so a refused edit leaves the network as it was.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from engine.errors import EditError
from engine.network import Network, Node, Wire, wires_of
from engine.training import Training

if TYPE_CHECKING:
    from engine.data import DataSpec


class Edit(Protocol):
    """What every edit can do."""

    def apply(self, network: Network) -> Edit:
        """Change `network`; returns the edit that undoes it."""
        ...


@dataclass(frozen=True)
class AddLayer:
    """Add a node at place `index` of the order of layers (None: last), with its wires."""

    node: Node
    wires: tuple[Wire, ...] = ()
    index: int | None = None

    def apply(self, network: Network) -> Edit:
        """Raises EditError if the id is taken or the id is not a plain name."""
        if self.node.id in network.nodes:
            raise EditError(f"There is already a layer {self.node.id!r}; choose another name.")
        check_id(self.node.id)
        self._check_wires(network)
        items = list(network.nodes.items())
        items.insert(len(items) if self.index is None else self.index, (self.node.id, self.node))
        network.nodes = dict(items)
        network.wires += self.wires
        return RemoveLayer(self.node.id)

    def _check_wires(self, network: Network) -> None:
        """Raises EditError unless every wire joins this layer to one that exists, at a free port."""
        known = {**network.nodes, self.node.id: self.node}
        taken = {(wire.target, wire.port) for wire in network.wires}
        for wire in self.wires:
            own = self.node.id in (wire.source, wire.target) and {wire.source, wire.target} <= set(known)
            if not own or wire.port not in known[wire.target].ports or (wire.target, wire.port) in taken:
                raise EditError(f"The wire from {wire.source} into {wire.target}.{wire.port} does not fit.")
            taken.add((wire.target, wire.port))


@dataclass(frozen=True)
class RemoveLayer:
    """Remove a layer together with its wires."""

    id: str

    def apply(self, network: Network) -> Edit:
        """Raises EditError if there is no such layer."""
        node = network.node(self.id)
        index = list(network.nodes).index(self.id)
        lost = wires_of(network.wires, self.id)
        network.nodes = {id: other for id, other in network.nodes.items() if id != self.id}
        network.wires = tuple(wire for wire in network.wires if wire not in lost)
        return AddLayer(node, lost, index)


@dataclass(frozen=True)
class Connect:
    """Add a wire."""

    wire: Wire

    def apply(self, network: Network) -> Edit:
        """Raises EditError if an end does not exist or the port is taken."""
        network.node(self.wire.source)
        if self.wire.port not in network.node(self.wire.target).ports:
            raise EditError(f"{self.wire.target} has no port {self.wire.port!r}.")
        if self.wire.port in network.inputs_of(self.wire.target):
            raise EditError(f"{self.wire.target}.{self.wire.port} has a wire already; remove that first.")
        network.wires += (self.wire,)
        return Disconnect(self.wire)


@dataclass(frozen=True)
class Disconnect:
    """Remove a wire."""

    wire: Wire

    def apply(self, network: Network) -> Edit:
        """Raises EditError if there is no such wire."""
        if self.wire not in network.wires:
            raise EditError(f"No wire goes from {self.wire.source} into {self.wire.target}.{self.wire.port}.")
        network.wires = tuple(wire for wire in network.wires if wire != self.wire)
        return Connect(self.wire)


@dataclass(frozen=True)
class SetAttributes:
    """Change some attributes of a layer; wires into ports that thereby vanish are removed with it."""

    id: str
    attrs: dict[str, Any]

    def apply(self, network: Network) -> Edit:
        """Raises AttributeValueError or EditError."""
        old = network.node(self.id)
        new = replace(old, attrs=old.layer.complete({**old.attrs, **self.attrs}))
        gone = tuple(wire for wire in network.wires if wire.target == self.id and wire.port not in new.ports)
        network.nodes = {**network.nodes, self.id: new}
        if gone:
            network.wires = tuple(wire for wire in network.wires if wire not in gone)
        back = SetAttributes(self.id, {name: old.attrs[name] for name in self.attrs})
        return Together((back, *(Connect(wire) for wire in gone))) if gone else back


@dataclass(frozen=True)
class MoveLayers:
    """Put layers at new positions (canvas units), all at once."""

    positions: tuple[tuple[str, tuple[float, float]], ...]

    def apply(self, network: Network) -> Edit:
        """Raises EditError if a layer does not exist."""
        old = tuple((id, network.node(id).position) for id, _ in self.positions)
        moved = {id: replace(network.nodes[id], position=where) for id, where in self.positions}
        network.nodes = {**network.nodes, **moved}
        return MoveLayers(old)


@dataclass(frozen=True)
class RenameLayer:
    """Give a layer another id; its wires follow."""

    old: str
    new: str

    def apply(self, network: Network) -> Edit:
        """Raises EditError if the new id is taken or not a plain name."""
        network.node(self.old)
        check_id(self.new)
        if self.new in network.nodes and self.new != self.old:
            raise EditError(f"There is already a layer {self.new!r}; choose another name.")
        network.nodes = {
            (self.new if id == self.old else id): self._renamed(node) for id, node in network.nodes.items()
        }
        network.wires = tuple(self._follow(wire) for wire in network.wires)
        network.training = self._relearned(network.training)
        return RenameLayer(self.new, self.old)

    def _relearned(self, training: Training) -> Training:
        """The lists of layers and losses of the second optimiser."""
        layers, losses = self._listed(training.second_layers), self._listed(training.second_losses)
        return replace(training, second_layers=layers, second_losses=losses)

    def _listed(self, text: str) -> str:
        names = [name.strip() for name in text.split(",")]
        return ", ".join(self.new if name == self.old else name for name in names) if self.old in names else text

    def _renamed(self, node: Node) -> Node:
        if node.attrs.get("tied") == self.old:
            node = replace(node, attrs={**node.attrs, "tied": self.new})
        return replace(node, id=self.new) if node.id == self.old else node

    def _follow(self, wire: Wire) -> Wire:
        source = self.new if wire.source == self.old else wire.source
        target = self.new if wire.target == self.old else wire.target
        return Wire(source, target, wire.port)


@dataclass(frozen=True)
class SetTraining:
    """Replace the training settings."""

    training: Training

    def apply(self, network: Network) -> Edit:
        """Raises AttributeValueError if a setting is out of range."""
        old, network.training = network.training, Training.checked(self.training.to_json())
        return SetTraining(old)


@dataclass(frozen=True)
class SetData:
    """Replace the data the network is trained on."""

    data: DataSpec | None

    def apply(self, network: Network) -> Edit:
        """Never refused: a data set that does not fit is a problem that the check names."""
        old, network.data = network.data, self.data
        return SetData(old)


@dataclass(frozen=True)
class SetNetwork:
    """Replace layers, wires, data and settings, as where another branch of the timeline is gone to."""

    nodes: dict[str, Node]
    wires: tuple[Wire, ...]
    data: DataSpec | None
    training: Training

    def apply(self, network: Network) -> Edit:
        """Never refused: it comes from a network."""
        back = SetNetwork(network.nodes, network.wires, network.data, network.training)
        network.nodes, network.wires = dict(self.nodes), self.wires
        network.data, network.training = self.data, self.training
        return back


@dataclass(frozen=True)
class SetTitle:
    """Replace title and description."""

    title: str
    description: str

    def apply(self, network: Network) -> Edit:
        """Never refused."""
        back = SetTitle(network.title, network.description)
        network.title, network.description = self.title, self.description
        return back


@dataclass(frozen=True)
class Together:
    """Several edits as one: all or none."""

    edits: tuple[Edit, ...]

    def apply(self, network: Network) -> Edit:
        """Raises what the first refused edit raises, after undoing those before it."""
        done: list[Edit] = []
        try:
            for edit in self.edits:
                done.append(edit.apply(network))
        except Exception:
            for inverse in reversed(done):
                inverse.apply(network)
            raise
        return Together(tuple(reversed(done)))


def check_id(id: str) -> None:
    """Raises EditError unless `id` can name a layer: letters, digits, spaces, '_' and '-', at most 64 of them."""
    plain = isinstance(id, str) and 0 < len(id) <= 64 and all(c.isalnum() or c in " _-" for c in id)
    if not plain or id != id.strip():
        raise EditError(f"{id!r} cannot name a layer; use 1 to 64 letters, digits, spaces, '_' or '-'.")
