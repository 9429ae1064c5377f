"""Which wires a value or a gradient moves along in the current operation."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.instructions import Instruction
    from engine.network import Network

WireKey = tuple[str, str, str]
GRAD = ".grad"


def lit_wires(network: Network, current: Instruction | None) -> dict[WireKey, tuple[str, str]]:
    """Wire → (phase, note). Forward: values read from other layers. Backward: gradients that cross a wire."""
    if current is None or current.layer not in network.nodes:
        return {}
    lit: dict[WireKey, tuple[str, str]] = {}
    for wire in network.wires:
        key = (wire.source, wire.target, wire.port)
        if wire.target == current.layer and _crosses(current, wire.source):
            lit[key] = (current.phase, _note(current, current.outputs, wire.source))
        elif wire.source == current.layer and current.phase == "backward" and _first_use(current):
            lit[key] = (current.phase, _note(current, current.inputs, wire.source))
    return lit


def _crosses(current: Instruction, source: str) -> bool:
    """Whether this operation reads `source`'s value (forward) or makes its gradient (backward)."""
    if current.phase == "forward":
        return any(owner(name) == source for name in current.inputs)
    return any(owner(name) == source and name.endswith(GRAD) for name in current.outputs)


def _first_use(current: Instruction) -> bool:
    """Whether a backward operation takes the gradient of its own layer's output, which has come over a wire."""
    return any(owner(name) == current.layer and name.endswith((".a.grad", ".y.grad")) for name in current.inputs)


def _note(current: Instruction, names: tuple[str, ...], source: str) -> str:
    """What runs along the wire in a backward operation: "∂L/∂a"."""
    grads = [name for name in names if owner(name) == source and name.endswith(GRAD)]
    return f"∂L/∂{grads[0].removesuffix(GRAD).rpartition('.')[2]}" if current.phase == "backward" and grads else ""


def owner(name: str) -> str:
    """Layer id of a value's name: "dense1.a.grad" → "dense1"; layer ids hold no dot."""
    return name.partition(".")[0]
