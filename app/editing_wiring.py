"""Which ports a wire being drawn could end at, and why not the others. Made once when the drag begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from engine.errors import ShapeError
from engine.network import Wire

if TYPE_CHECKING:
    from engine.network import Network

Verdict = Literal["fits", "mend", "refused"]
Shapes = dict[str, tuple[int, ...]]


@dataclass(frozen=True)
class Offer:
    """What can be said of one possible wire. `mend`: it may be drawn, but the shapes must be put right afterwards."""

    wire: Wire
    verdict: Verdict = "fits"

    @property
    def open(self) -> bool:
        """Whether the wire may be drawn."""
        return self.verdict != "refused"


def offers_from(network: Network, source: str, shapes: Shapes) -> dict[tuple[str, str], Offer]:
    """Every input port of every layer (layer, port) as the end of a wire that begins at `source`."""
    behind = _reach(network, source, forward=False)
    return {
        (node.id, port): _offer(network, Wire(source, node.id, port), node.id in behind, shapes)
        for node in network.nodes.values() for port in node.ports
    }  # fmt: skip


def offers_into(network: Network, target: str, port: str, shapes: Shapes) -> dict[str, Offer]:
    """Every layer's output as the beginning of a wire into `target`'s `port`."""
    ahead = _reach(network, target, forward=True)
    return {id: _offer(network, Wire(id, target, port), id in ahead, shapes) for id in network.nodes}


def body_offer(offers: dict[tuple[str, str], Offer], network: Network, target: str) -> Offer | None:
    """What a release on the middle of layer `target` means: its first free port, else the first reason against it."""
    own = [offers[target, port] for port in network.nodes[target].ports]
    if not own:
        return Offer(Wire("", target, ""), "refused")
    return next((offer for offer in own if offer.open), own[0])


def _offer(network: Network, wire: Wire, cycle: bool, shapes: Shapes) -> Offer:
    wired = network.inputs_of(wire.target)
    if network.nodes[wire.source].layer.is_loss or cycle or wire.port in wired:
        return Offer(wire, "refused")
    return Offer(wire, "mend" if _misfit(network, wire, shapes) else "fits")


def reason(network: Network, offer: Offer, shapes: Shapes) -> str:
    """Why the wire is refused, or what will have to be mended; empty where all is well."""
    from engine.check import why_not

    if offer.wire.source not in network.nodes or not network.nodes[offer.wire.target].ports:
        return f"{offer.wire.target} takes no wire: the data enters there."
    problem = why_not(network, offer.wire)
    if problem is not None:
        return str(problem)
    misfit = _misfit(network, offer.wire, shapes)
    return f"Fits once mended: {misfit}" if misfit else ""


def _misfit(network: Network, wire: Wire, shapes: Shapes) -> str:
    """What the target's shape rule would say of the wire, as far as the shapes are known."""
    target = network.nodes[wire.target]
    sources = {**network.inputs_of(wire.target), wire.port: wire.source}
    given = [shapes.get(sources.get(port, "")) for port in target.ports]
    if any(shape is None for shape in given):
        return ""
    try:
        target.layer.shape(target.attrs, *given)
    except ShapeError as error:
        return f"{error.message} {error.cure}".rstrip()
    return ""


def _reach(network: Network, start: str, forward: bool) -> set[str]:
    """`start` and every layer it leads to (`forward`), or that leads to it, within a step: no wire closes a cycle that
    a Delay breaks."""
    if _delays(network, start):
        return {start}
    table: dict[str, list[str]] = {}
    for wire in network.wires:
        near, far = (wire.source, wire.target) if forward else (wire.target, wire.source)
        table.setdefault(near, []).append(far)
    seen, todo = {start}, [start]
    while todo:
        for far in table.get(todo.pop(), ()):
            if far not in seen and not _delays(network, far):
                seen.add(far)
                todo.append(far)
    return seen


def _delays(network: Network, id: str) -> bool:
    return network.nodes[id].kind == "Delay"
