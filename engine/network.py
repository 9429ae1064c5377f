"""The document: layers and wires as plain data. It knows nothing of Qt, of numbers or of how it is run.

Every change goes through `Network.apply(edit)`, which returns the inverse edit; `add`, `connect`, … build such edits.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from engine.errors import ConnectError, EditError
from engine.training import Training

if TYPE_CHECKING:
    from engine.checkpoint import Checkpoint
    from engine.data import DataSpec
    from engine.edits import Edit
    from engine.layers import Layer
    from engine.loops import Loop
    from engine.problems import Problem
    from engine.timeline import Timeline

Position = tuple[float, float]


@dataclass(frozen=True)
class Node:
    """One layer of the document. `attrs` holds every attribute, completed with defaults."""

    id: str
    kind: str
    attrs: dict[str, Any]
    position: Position = (0.0, 0.0)

    @property
    def layer(self) -> Layer:
        """The declaration of this kind of layer."""
        return _layers()[self.kind]

    @cached_property
    def ports(self) -> tuple[str, ...]:
        """Names of the input ports, in order."""
        return self.layer.ports(self.attrs)


@cache
def _layers() -> dict[str, Layer]:
    """All kinds of layers; imported when the first is asked for, and not looked up again at every access."""
    from engine.layers import REGISTRY

    return REGISTRY


@dataclass(frozen=True)
class Wire:
    """From the output of layer `source` to the input `port` of layer `target`."""

    source: str
    target: str
    port: str


@dataclass
class Network:
    """Layers by id (in order of creation) and the wires between them, with the data and the training settings.

    `folder` is where the project file lies: a CSV file named relatively is sought there. `view` is how it was last
    looked at, "layers" or "units"; `views`: what is to be seen at the foot of the window beside the usual, by id.
    """

    title: str = "untitled"
    description: str = ""
    data: DataSpec | None = None
    training: Training = field(default_factory=Training)
    nodes: dict[str, Node] = field(default_factory=dict)
    wires: tuple[Wire, ...] = ()
    checkpoint: Checkpoint | None = None
    generation: int = 0
    folder: str | None = field(default=None, compare=False)
    view: str = field(default="layers", compare=False)
    views: tuple[str, ...] = field(default=(), compare=False)
    timeline: Timeline | None = field(default=None, compare=False, repr=False)
    _wired: tuple[tuple[Wire, ...], dict[str, dict[str, str]]] = field(default=((), {}), repr=False, compare=False)
    _looped: tuple[tuple[Wire, ...], dict[str, Loop]] = field(default=((), {}), repr=False, compare=False)

    def apply(self, edit: Edit) -> Edit:
        """Carry out `edit`; returns its inverse. Raises EditError, and changes nothing, if it does not fit."""
        inverse = edit.apply(self)
        self.generation += 1
        return inverse

    def add(self, kind: str, *, id: str | None = None, position: Position | None = None, **attrs: Any) -> str:
        """Add a layer of `kind`; returns its id. Raises AttributeValueError or EditError."""
        from engine.edits import AddLayer

        node = self.new_node(kind, id, position, attrs)
        self.apply(AddLayer(node))
        return node.id

    def new_node(self, kind: str, id: str | None, position: Position | None, attrs: dict[str, Any]) -> Node:
        """A node that fits into this network, not yet added."""
        from engine.layers import find

        layer = find(kind)
        where = position if position is not None else (220.0 * len(self.nodes), 0.0)
        return Node(id or self.free_id(layer.kind), layer.kind, layer.complete(attrs), where)

    def free_id(self, kind: str) -> str:
        """The next unused id for a layer of `kind`, such as "dense2"."""
        from engine.layers import REGISTRY

        stem, number = REGISTRY[kind].stem, 1
        while f"{stem}{number}" in self.nodes:
            number += 1
        return f"{stem}{number}"

    def connect(self, source: str, target: str, port: str | None = None) -> Wire:
        """Wire `source`'s output to `target`'s `port` (None: its first free port). Raises ConnectError."""
        from engine.check import why_not
        from engine.edits import Connect

        wire = Wire(source, target, port if port is not None else self.free_port(target))
        problem = why_not(self, wire)
        if problem is not None:
            raise ConnectError(problem)
        self.apply(Connect(wire))
        return wire

    def free_port(self, target: str) -> str:
        """The first input port of `target` without a wire; the first of all when none is free."""
        ports = self.node(target).ports
        taken = {wire.port for wire in self.wires if wire.target == target}
        return next((port for port in ports if port not in taken), ports[0] if ports else "")

    def disconnect(self, target: str, port: str) -> None:
        """Remove the wire into `target`'s `port`. Raises EditError if there is none."""
        from engine.edits import Disconnect

        self.apply(Disconnect(self.wire_into(target, port)))

    def remove(self, id: str) -> None:
        """Remove a layer and its wires."""
        from engine.edits import RemoveLayer

        self.apply(RemoveLayer(id))

    def set(self, id: str, **attrs: Any) -> None:
        """Change attributes of a layer. Raises AttributeValueError."""
        from engine.edits import SetAttributes

        self.apply(SetAttributes(id, attrs))

    def node(self, id: str) -> Node:
        """The layer `id`. Raises EditError if there is none."""
        if id not in self.nodes:
            known = ", ".join(self.nodes) or "none yet"
            raise EditError(f"There is no layer {id!r}; the network has: {known}.")
        return self.nodes[id]

    def wire_into(self, target: str, port: str) -> Wire:
        """The wire into `target`'s `port`. Raises EditError if there is none."""
        for wire in self.wires:
            if wire.target == target and wire.port == port:
                return wire
        raise EditError(f"No wire goes into {target}.{port}.")

    def inputs_of(self, id: str) -> dict[str, str]:
        """Port → source layer, for the wires into layer `id`."""
        if self._wired[0] is not self.wires:
            table: dict[str, dict[str, str]] = {}
            for wire in self.wires:
                table.setdefault(wire.target, {})[wire.port] = wire.source
            self._wired = (self.wires, table)
        return self._wired[1].get(id, {})

    @property
    def loops(self) -> dict[str, Loop]:
        """Layer id → its loop, for the layers that lie in one."""
        if self._looped[0] is not self.wires:
            from engine.check import digraph
            from engine.loops import find_loops

            self._looped = (self.wires, find_loops(self, digraph(self)) if self._delays() else {})
        return self._looped[1]

    def _delays(self) -> bool:
        return any(node.kind == "Delay" for node in self.nodes.values())

    def check(self, data: Any = None) -> list[Problem]:
        """Everything that keeps the network from running (with `data`, also on that data). Empty if all is well."""
        from engine.check import check

        return check(self, data)

    def copy(self) -> Network:
        """An independent copy; nodes and wires are immutable and shared."""
        return replace(self, nodes=dict(self.nodes))

    def same_document(self, other: Network) -> bool:
        """Whether both hold the same layers, wires, data and settings (checkpoints and generations aside)."""
        return (self.title, self.description, self.data, self.training, self.nodes, set(self.wires)) == (
            other.title, other.description, other.data, other.training, other.nodes, set(other.wires),
        )  # fmt: skip

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the project file (with the checkpoint, if there is one). Raises FileError; never half-writes."""
        from engine.files import save

        save(self, path)


def wires_of(wires: Iterable[Wire], id: str) -> tuple[Wire, ...]:
    """The wires that begin or end at layer `id`."""
    return tuple(wire for wire in wires if id in (wire.source, wire.target))
