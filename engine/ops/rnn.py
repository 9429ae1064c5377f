"""Recurrent layer over whole sequences: a_t = f(xp_t + h_{t−1}·W), h_t = (1 − α) h_{t−1} + α a_t.

f is tanh or ReLU; α, the leak, is 1 for the plain layer. xp is the projected input of all steps, the bias included.
xp (B, T, H), W (H, H), h0 (B, H), mask (B, T) → h, a (B, T, H)
"""

import numpy as np

from engine.machine.pointers import at, load
from engine.ops.loops import inline, rows_of
from engine.ops.op import Op, register, require
from engine.ops.recurrence import (
    CHUNK,
    SPARE,
    ZERO,
    active,
    bend,
    check_sequence,
    choose,
    copy,
    pack,
    packed_size,
    rest,
    stack_steps,
    stretch,
    times,
    times_packed,
    weight_gradient,
    worker_scratch,
)
from engine.ops.samples import away, normal, weights
from engine.steps import step_of

ACTIVATIONS = ("tanh", "relu")


@inline
def cut(z, x, y, n):
    """y = max(z + x, 0); NaN stays."""
    for j in range(n):
        total = z[j] + x[j]
        y[j] = 0 if total < 0 else total


@inline
def leak_in(arena, leak, a, h, n):
    """h = (1 − leak)·h + leak·a, in two loops: as one the compiler makes h + leak·(a − h), which has no infinite h."""
    keep = rest(arena, leak)
    for j in range(n):
        h[j] *= keep
    for j in range(n):
        h[j] += leak * a[j]


def kernel(arena, ints, args, worker, workers):
    """xp, W, h0, mask → h, a; leak; sizes: B, T, H, reverse, elements of the packed weights, activation."""
    rows, steps, n, reverse = load(args, 9), load(args, 10), load(args, 11), load(args, 12)
    xp, h0, mask = at(arena, load(args, 0)), at(arena, load(args, 2)), load(args, 3)
    h_all, a_all, leak = at(arena, load(args, 4)), at(arena, load(args, 5)), load(arena, load(args, 6))
    packed = at(arena, load(args, 7) + worker * load(args, 8))
    wide = n + SPARE
    product = at(packed, load(args, 13))
    state = at(product, CHUNK * wide)
    room = at(state, CHUNK * wide)
    first, last = rows_of(rows, worker, workers)
    if first < last:
        pack(packed, at(arena, load(args, 1)), n, 1, n, n)
    for r in range(first, last, CHUNK):
        m = min(CHUNK, last - r)
        for i in range(m):
            copy(stretch(state, i * wide, n), stretch(h0, (r + i) * n, n), n)
        for s in range(steps):
            t = steps - 1 - s if reverse else s
            times_packed(product, wide, state, wide, packed, m, n, n, ZERO, room)
            for i in range(m):
                here = (r + i) * steps + t
                z, x, a = stretch(product, i * wide, n), stretch(xp, here * n, n), stretch(a_all, here * n, n)
                h = stretch(state, i * wide, n)
                if load(args, 14) == 0:
                    bend(z, x, a, n)
                else:
                    cut(z, x, a, n)
                if load(arena, mask + here) > 0:
                    leak_in(arena, leak, a, h, n)
                copy(stretch(h_all, here * n, n), h, n)


def _shapes(xp, W, h0, mask, leak=1.0, activation="tanh", reverse=False):
    check_sequence(xp, W, mask, 1, {"h0": h0})
    require(activation in ACTIVATIONS, f"the activation is tanh or relu, not {activation}", "xp")
    return [xp, xp]


def _sizes(call):
    xp, n = call.inputs[0].shape, call.inputs[1].shape[0]
    place = ACTIVATIONS.index(call.attrs.get("activation", "tanh"))
    return [*xp[:2], n, int(call.attrs.get("reverse", False)), packed_size(n, n), place]


def _vjp(g, call, dh, da):
    if dh is None or da is not None:
        return NotImplemented
    _, W, h0, mask = call.inputs
    h, a = call.outputs
    reverse = call.attrs.get("reverse", False)
    dxp, dh0 = g.rnn_grad(dh, a, W, mask, **call.attrs)
    return dxp, weight_gradient(g, h, h0, dxp, reverse), dh0, None


def _expand(g, xp, W, h0, mask, leak=1.0, activation="tanh", reverse=False):
    h, found = h0, {}
    for t in times(xp.shape[1], reverse):
        z = g.add(step_of(g, xp, t), g.matmul(h, W))
        a = g.tanh(z) if activation == "tanh" else g.relu(z)
        h = choose(g, active(g, mask, t), g.add(g.scale(h, factor=1 - leak), g.scale(a, factor=leak)), h)
        found[t] = (h, a)
    return stack_steps(g, found)


def _reference(xp, W, h0, mask, leak=1.0, activation="tanh", reverse=False):
    h, a = np.empty(xp.shape), np.empty(xp.shape)
    for t in times(xp.shape[1], reverse):
        z = xp[:, t] + h0 @ W
        a[:, t] = np.tanh(z) if activation == "tanh" else np.maximum(z, 0)
        h0 = h[:, t] = np.where(mask[:, t : t + 1] > 0, (1 - leak) * h0 + leak * a[:, t], h0)
    return h, a


OP = register(Op(
    "rnn", "sequence", ("xp", "W", "h0", "mask"), _shapes, kernel,
    r"h_t = (1 - \alpha)\, h_{t-1} + \alpha f(x_t + h_{t-1} W)",
    outputs=("h", "a"), sizes=_sizes, scalars=("leak",),
    scratch=lambda call, dtype: worker_scratch(call.inputs[1].shape, dtype, state=True),
    vjp=_vjp,
    expand=_expand,
    reference=_reference,
    derivative=r"\bar W = \sum_t h_{t-1}^\top \bar z_t",
    samples=[
        dict(inputs=[normal(2, 3, 2), weights(2, 2), normal(2, 2), away(2, 3)]),
        dict(inputs=[normal(2, 3, 2), weights(2, 2), normal(2, 2), away(2, 3)],
             attrs=dict(activation="relu", leak=0.3, reverse=True)),
        dict(inputs=[normal(2, 2, 1), weights(1, 1), normal(2, 1), away(2, 2)], attrs=dict(activation="relu")),
    ],
    flops=lambda c: 2 * c.inputs[0].size * c.inputs[1].shape[0] + 8 * c.inputs[0].size,
    title="recurrence", source="Elman 1990; the leak: Jaeger et al. 2007",
))  # fmt: skip
