"""Recurrent layers over whole sequences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.graph import Value
from tests.onnx.adapter import Adapter, Node, Unsupported, maps

DEFAULTS = {"RNN": ["Tanh"], "GRU": ["Sigmoid", "Tanh"], "LSTM": ["Sigmoid", "Tanh", "Tanh"]}


@maps("RNN", "GRU", "LSTM")
def recurrent(g: Adapter, node: Node, x: Value, w: Value, r: Value, b: Value | None = None,
              lengths: Value | None = None, h0: Value | None = None, c0: Value | None = None,
              p: Value | None = None) -> tuple[Any, ...]:  # fmt: skip
    """All directions; x (T, B, n), or (B, T, n) where `layout` is 1."""
    check(node, p)
    layout, direction = node.get("layout", 0), node.get("direction", "forward")
    x = x if layout else g.moved(x, (1, 0, 2))
    steps = x.shape[1]
    mask = np.ones(x.shape[:2])
    if lengths is not None:
        mask = np.arange(steps) < np.array(g.ints(lengths))[:, None]
    ways = {"forward": [False], "reverse": [True], "bidirectional": [False, True]}[direction]
    states = [h0, c0] if node.op == "LSTM" else [h0]
    found: list[list[Value]] = []
    for k, turned in enumerate(ways):
        own = [element(g, value, k) for value in (w, r)]
        bias = element(g, b, k) if b is not None else None
        start = [begin(g, state, k, layout, x.shape[0], r.shape[2]) for state in states]
        found.append(one_way(g, node, x, own[0], own[1], bias, start, g.given(np.asarray(mask, float)), turned))
    everything = stacked(g, [y for y, *_ in found], 2 if layout else 0)
    y = everything if layout else g.moved(everything, (2, 0, 1, 3))
    finals = [stacked(g, [ends[k] for ends in found], 1 if layout else 0) for k in range(1, 1 + len(states))]
    return tuple(g.typed(value, g.dtype_of(w)) for value in (y, *finals))


def check(node: Node, peepholes: Value | None) -> None:
    """Raise Unsupported for variants that the engine does not have."""
    wanted = node.get("activations", DEFAULTS[node.op] * 2)
    if wanted[: len(DEFAULTS[node.op])] != DEFAULTS[node.op] or "clip" in node.attrs or node.get("input_forget"):
        raise Unsupported("attribute", f"{node.op} with other activations, clipping or coupled gates")
    if peepholes is not None:
        raise Unsupported("attribute", "LSTM with peepholes")


def element(g: Adapter, x: Value, k: int) -> Value:
    """x[k]."""
    return g.reshape(g.cut(x, 0, k, k + 1), shape=x.shape[1:])


def begin(g: Adapter, state: Value | None, k: int, layout: int, batch: int, n: int) -> Value:
    """The state (B, H) that a direction begins with: zeros if none is given."""
    if state is None:
        return g.zeros(shape=(batch, n))
    return element(g, g.moved(state, (1, 0, 2)) if layout else state, k)


def stacked(g: Adapter, values: Sequence[Value], axis: int) -> Value:
    """Values side by side along a new dimension."""
    shape = values[0].shape
    return g.joined([g.reshape(value, shape=(*shape[:axis], 1, *shape[axis:])) for value in values], axis)


def gates(g: Adapter, x: Value, order: Sequence[int]) -> Value:
    """Rows of `x` (gates·H, …) with the gates in another order."""
    n = x.shape[0] // len(order)
    return g.joined([g.cut(x, 0, k * n, (k + 1) * n) for k in order], 0)


def one_way(g: Adapter, node: Node, x: Value, w: Value, r: Value, b: Value | None, start: list[Value], mask: Value,
            turned: bool) -> list[Value]:  # fmt: skip
    """h of all steps (B, T, H), then the last state or states (B, H)."""
    batch, steps, width = x.shape
    n = r.shape[1]
    order = {"RNN": [0], "LSTM": [0, 2, 1, 3], "GRU": [1, 0, 2]}[node.op]  # here LSTM has i f o g, GRU r z n
    high = len(order) * n
    w, r = gates(g, w, order), gates(g, r, order)
    wb = gates(g, g.cut(b, 0, 0, high), order) if b is not None else g.zeros(shape=(high,))
    rb = gates(g, g.cut(b, 0, high, 2 * high), order) if b is not None else g.zeros(shape=(high,))
    xp = g.add(g.matmul(g.reshape(x, shape=(batch * steps, width)), w, tb=True), wb)
    xp, recurrent_weights = g.reshape(xp, shape=(batch, steps, high)), g.transpose(r, axes=(1, 0))
    if node.op == "RNN":
        states = [g.rnn(g.add(xp, rb), recurrent_weights, start[0], mask, reverse=turned)[0]]
    elif node.op == "LSTM":
        states = list(g.lstm(g.add(xp, rb), recurrent_weights, *start, mask, reverse=turned)[:2])
    elif node.get("linear_before_reset", 0):
        both = g.joined([g.cut(rb, 0, 0, 2 * n), g.zeros(shape=(n,))], 0)
        new = g.cut(rb, 0, 2 * n, 3 * n)
        states = [g.gru(g.add(xp, both), recurrent_weights, new, start[0], mask, reverse=turned)[0]]
    else:
        states = [reset_first(g, g.add(xp, rb), recurrent_weights, start[0], mask, turned)]
    last = 0 if turned else steps - 1
    ends = [g.reshape(g.cut(state, 1, last, last + 1), shape=(batch, n)) for state in states]
    return [g.mul(states[0], g.reshape(mask, shape=(batch, steps, 1))), *ends]


def reset_first(g: Adapter, xp: Value, r: Value, h: Value, mask: Value, turned: bool) -> Value:
    """A GRU whose reset gate lies in front of the product, step by step: n = tanh(xp + (r ⊙ h)·W)."""
    batch, steps, _ = xp.shape
    n = r.shape[0]
    found: dict[int, Value] = {}
    one = g.number(1)
    for t in range(steps)[:: -1 if turned else 1]:
        row = g.reshape(g.cut(xp, 1, t, t + 1), shape=(batch, 3 * n))
        both = g.sigmoid(g.add(g.cut(row, 1, 0, 2 * n), g.matmul(h, g.cut(r, 1, 0, 2 * n))))
        reset, z = g.cut(both, 1, 0, n), g.cut(both, 1, n, 2 * n)
        new = g.tanh(g.add(g.cut(row, 1, 2 * n, 3 * n), g.matmul(g.mul(reset, h), g.cut(r, 1, 2 * n, 3 * n))))
        after = g.add(g.mul(g.sub(one, z), new), g.mul(z, h))
        h = found[t] = g.choose(g.cut(mask, 1, t, t + 1), after, h)
    return stacked(g, [found[t] for t in range(steps)], 1)
