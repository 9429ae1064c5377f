"""Who looks at whom: the weights of every attention layer as the last step left them, and how the loss depends on them.

With c = A v head by head (Vaswani et al. 2017, 3.2), ∂L/∂A_h = (∂L/∂c)_h v_hᵀ. Where the weights are values of their
own that others are made of, as with dropout or in a memory network, the backward pass has made that gradient itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.graph import Value

if TYPE_CHECKING:
    from engine.network import Network
    from engine.session import Session

_WEIGHTS = re.compile(r"weights(_cross)?(?:_(\d+))?$")
ROWS = -1  # a place of a sequence that stands for no token of the row


@dataclass(frozen=True)
class AttentionMap:
    """Attention weights called `name` of `layer`; `words` tell them apart; the ports that lead to queries and keys."""

    layer: str
    name: str
    words: str
    query_port: str
    key_port: str


def attention_maps(session: Session) -> list[AttentionMap]:
    """All of them, in the program's order."""
    found = []
    for name in session.values:
        layer, _, stem = name.partition(".")
        match, node = _WEIGHTS.match(stem), session.network.nodes.get(layer)
        if match and node is not None and node.layer.category == "attention" and name not in session.parameters:
            found.append(_described(session.network, layer, name, bool(match[1]), match[2]))
    return found


def _described(network: Network, layer: str, name: str, cross: bool, number: str | None) -> AttentionMap:
    node = network.nodes[layer]
    memory = node.kind == "MemoryNetwork"
    words = [
        layer,
        *([f"hop {number}" if memory else f"block {number}"] if number else []),
        *(["across"] if cross else []),
    ]
    first = node.ports[0]
    other = next((port for port in ("facts", "context", "k") if port in node.ports), "")
    key = "memory" if cross else other or first
    return AttentionMap(layer, name, ", ".join(words), "" if memory else first, key)


def weights_of(session: Session, which: AttentionMap, row: int) -> NDArray:
    """Weights (heads, queries, keys) of row `row` of the batch; a copy."""
    return _three(session.values[which.name][row].copy())


def gradient_of(session: Session, which: AttentionMap, row: int) -> NDArray | None:
    """∂L/∂A (heads, queries, keys) of row `row` of the batch; None where no gradient goes through the weights."""
    made = session.values.get(f"{which.name}.grad")
    if made is not None:
        return _three(made[row].copy())
    operands = _operands(session, which)
    if operands is None:
        return None
    dcontext, v = (session.view(value)[row] for value in operands)
    return through_weights(dcontext, v, weights_of(session, which, row).shape[0])


def through_weights(dcontext: NDArray, v: NDArray, heads: int) -> NDArray:
    """∂L/∂A (heads, T, S) from ∂L/∂c (T, heads·e) and v (S, heads·e)."""
    by_head = (x.reshape(len(x), heads, -1).swapaxes(0, 1) for x in (dcontext, v))
    dcontext, v = by_head
    return dcontext @ v.swapaxes(1, 2)


def _three(array: NDArray) -> NDArray:
    return array.reshape(-1, *array.shape[-2:])


def _operands(session: Session, which: AttentionMap) -> tuple[Value, Value] | None:
    """∂L/∂c and v as the call that differentiates the attention gets them."""
    for row in session.instructions:
        if row.layer == which.layer and row.op == "attention_grad":
            dcontext, _, _, v, weights = session.call(row.index).inputs[:5]
            if weights.name == which.name:
                return dcontext, v
    return None


def token_places(network: Network, shapes: dict[str, tuple[int, ...]], layer: str, port: str) -> NDArray | None:
    """For every step that enters `layer` at `port`, its place in the data's row of tokens (ROWS: none); None where
    steps cannot be traced back to tokens."""
    source = network.inputs_of(layer).get(port)
    return None if source is None else _traced(network, shapes, source, 0)


def _traced(network: Network, shapes: dict[str, tuple[int, ...]], id: str, depth: int) -> NDArray | None:
    node, shape = network.nodes[id], shapes.get(id, ())
    if not shape or depth > len(network.nodes):  # a loop leads nowhere
        return None
    if node.layer.is_input:
        return np.arange(shape[0]) if len(shape) == 1 and node.layer.gives == "int" else None
    source = network.inputs_of(id).get(node.ports[0])
    before = None if source is None else _traced(network, shapes, source, depth + 1)
    return None if before is None else _moved(node, before, shape)


def _moved(node, before: NDArray, shape: tuple[int, ...]) -> NDArray | None:
    """Where the steps that a layer gives come from, out of where those come from that it gets."""
    if node.kind == "SliceSteps":
        start, stop = node.attrs["start"], node.attrs["stop"]
        end = stop + len(before) * (stop <= 0)
        return before[start + len(before) * (start < 0) : end]
    if node.kind == "Reverse":
        return before[::-1]
    if node.kind in ("Shift", "Delay"):
        return np.concatenate([[ROWS], before[:-1]])
    return before if shape[0] == len(before) and len(shape) > 1 else None
