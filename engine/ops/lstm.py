"""LSTM over whole sequences: i, f, o = σ(z), g = tanh(z), c_t = f ⊙ c_{t−1} + i ⊙ g, h_t = o ⊙ tanh c_t.

z_t = xp_t + h_{t−1}·W holds the four gates in the order i, f, o, g; xp is the projected input of all steps, the bias
included.   xp (B, T, 4H), W (H, 4H), h0, c0 (B, H), mask (B, T) → h, c (B, T, H), gates (B, T, 4H)
"""

import numpy as np

from engine.machine import vmath
from engine.machine.places import put, take
from engine.machine.pointers import at, load
from engine.ops.loops import inline, move
from engine.ops.op import Op, register
from engine.ops.recurrence import check_sequence, forward, sequence_sizes, sigmoid, weight_gradient, worker_scratch
from engine.ops.samples import away, normal, weights
from engine.steps import active, choose, columns, stack_steps, step_of, times


@inline
def cell(arena, args, z, h, before, row, here):
    """One row's step; the places: products, inputs, i, f, o, g, c, the state, its copy."""
    n, on = load(args, 12), load(arena, load(args, 4) + here) > 0
    x, gates = at(arena, load(args, 0) + here * 4 * n), at(arena, load(args, 7) + here * 4 * n)
    h_all, c = at(arena, load(args, 5) + here * n), at(arena, load(args, 6) + here * n)
    held = at(arena, load(args, 6) + before * n if before >= 0 else load(args, 3) + row * n)
    move(c, held, n)  # so that the loop below reads and writes the state at one place only
    for j in range(n):
        i = vmath.sigmoid(take(z, j, 1) + take(x, j, 0))
        f = vmath.sigmoid(take(z, n + j, 1) + take(x, n + j, 0))
        o = vmath.sigmoid(take(z, 2 * n + j, 1) + take(x, 2 * n + j, 0))
        g = vmath.tanh(take(z, 3 * n + j, 1) + take(x, 3 * n + j, 0))
        put(gates, j, i, 2)
        put(gates, n + j, f, 3)
        put(gates, 2 * n + j, o, 4)
        put(gates, 3 * n + j, g, 5)
        was = take(c, j, 6)
        cell_state = f * was + i * g
        after = o * vmath.tanh(cell_state) if on else take(h, j, 7)
        put(c, j, cell_state if on else was, 6)
        put(h, j, after, 7)
        put(h_all, j, after, 8)


def kernel(arena, ints, args, worker, workers):
    """xp, W, h0, c0, mask → h, c, gates."""
    forward(cell, arena, args, worker, workers, 1, 2, 8)


def _shapes(xp, W, h0, c0, mask, reverse=False):
    check_sequence(xp, W, mask, 4, {"h0": h0, "c0": c0})
    states = (*xp[:2], W[0])
    return [states, states, xp]


def _vjp(g, call, dh, dc, dgates):
    if dh is None or dc is not None or dgates is not None:
        return NotImplemented
    _, W, h0, c0, mask = call.inputs
    h, c, gates = call.outputs
    reverse = call.attrs.get("reverse", False)
    dxp, dh0, dc0 = g.lstm_grad(dh, gates, c, c0, W, mask, reverse=reverse)
    return dxp, weight_gradient(g, h, h0, dxp, reverse), dh0, dc0, None


def _expand(g, xp, W, h0, c0, mask, reverse=False):
    h, c, found = h0, c0, {}
    for t in times(xp.shape[1], reverse):
        zi, zf, zo, zg = columns(g, g.add(step_of(g, xp, t), g.matmul(h, W)), 4)
        i, f, o, new, on = g.sigmoid(zi), g.sigmoid(zf), g.sigmoid(zo), g.tanh(zg), active(g, mask, t)
        cell_state = g.add(g.mul(f, c), g.mul(i, new))
        h = choose(g, on, g.mul(o, g.tanh(cell_state)), h)
        c = choose(g, on, cell_state, c)
        found[t] = (h, c, g.concat(g.concat(i, f), g.concat(o, new)))
    return stack_steps(g, found)


def _reference(xp, W, h0, c0, mask, reverse=False):
    n = len(W)
    h, c, gates = np.empty((*xp.shape[:2], n)), np.empty((*xp.shape[:2], n)), np.empty(xp.shape)
    for t in times(xp.shape[1], reverse):
        z = xp[:, t] + h0 @ W
        gates[:, t] = np.concatenate([sigmoid(z[:, : 3 * n]), np.tanh(z[:, 3 * n :])], 1)
        i, f, o, new = np.split(gates[:, t], 4, 1)
        on = mask[:, t : t + 1] > 0
        c0 = c[:, t] = np.where(on, f * c0 + i * new, c0)
        h0 = h[:, t] = np.where(on, o * np.tanh(c0), h0)
    return h, c, gates


OP = register(Op(
    "lstm", "sequence", ("xp", "W", "h0", "c0", "mask"), _shapes, kernel,
    r"c_t = f \odot c_{t-1} + i \odot g,\quad h_t = o \odot \tanh c_t",
    outputs=("h", "c", "gates"), sizes=lambda call: sequence_sizes(call, 0, 1),
    scratch=lambda call, dtype: worker_scratch(call.inputs[1].shape, dtype, state=True),
    vjp=_vjp,
    expand=_expand,
    reference=_reference,
    derivative=r"\bar W = \sum_t h_{t-1}^\top \bar z_t",
    samples=[
        dict(inputs=[normal(2, 3, 8), weights(2, 8), normal(2, 2), normal(2, 2), away(2, 3)]),
        dict(inputs=[normal(2, 3, 4), weights(1, 4), normal(2, 1), normal(2, 1), away(2, 3)],
             attrs=dict(reverse=True)),
    ],
    flops=lambda c: 2 * c.inputs[0].size * c.inputs[1].shape[0] + 8 * c.inputs[0].size,
    title="LSTM", source="Hochreiter and Schmidhuber 1997; Gers et al. 2000",
))  # fmt: skip
