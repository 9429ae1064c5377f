"""LSTM over whole sequences: i, f, o = σ(z), g = tanh(z), c_t = f ⊙ c_{t−1} + i ⊙ g, h_t = o ⊙ tanh c_t.

z_t = xp_t + h_{t−1}·W holds the four gates in the order i, f, o, g; xp is the projected input of all steps, the bias
included.   xp (B, T, 4H), W (H, 4H), h0, c0 (B, H), mask (B, T) → h, c (B, T, H), gates (B, T, 4H)
"""

import numpy as np

from engine.machine import vmath
from engine.machine.pointers import at, load
from engine.ops.loops import inline, rows_of
from engine.ops.op import Op, register
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
    sigmoid,
    squash,
    stack_steps,
    stretch,
    times,
    times_packed,
    weight_gradient,
    worker_scratch,
)
from engine.ops.samples import away, normal, weights
from engine.steps import columns, step_of


@inline
def cell(i, f, new, before, c, n):
    """c = f ⊙ before + i ⊙ new."""
    for j in range(n):
        c[j] = f[j] * before[j] + i[j] * new[j]


@inline
def emit(o, c, h, n):
    """h = o ⊙ tanh c."""
    for j in range(n):
        h[j] = o[j] * vmath.tanh(c[j])


def kernel(arena, ints, args, worker, workers):
    """xp, W, h0, c0, mask → h, c, gates; sizes: B, T, H, reverse, elements of the packed weights."""
    rows, steps, n, reverse = load(args, 10), load(args, 11), load(args, 12), load(args, 13)
    xp, h0, c0, mask = at(arena, load(args, 0)), at(arena, load(args, 2)), at(arena, load(args, 3)), load(args, 4)
    h_all, c_all, gates = at(arena, load(args, 5)), at(arena, load(args, 6)), at(arena, load(args, 7))
    packed = at(arena, load(args, 8) + worker * load(args, 9))
    wide, high = 4 * n + SPARE, n + SPARE
    z = at(packed, load(args, 14))
    state = at(z, CHUNK * wide)
    room = at(state, CHUNK * high)
    first, last = rows_of(rows, worker, workers)
    if first < last:
        pack(packed, at(arena, load(args, 1)), 4 * n, 1, n, 4 * n)
    for r in range(first, last, CHUNK):
        m = min(CHUNK, last - r)
        for i in range(m):
            copy(stretch(state, i * high, n), stretch(h0, (r + i) * n, n), n)
        for s in range(steps):
            t = steps - 1 - s if reverse else s
            times_packed(z, wide, state, high, packed, m, 4 * n, n, ZERO, room)
            for i in range(m):
                here = (r + i) * steps + t
                before = stretch(c_all, (here + 2 * reverse - 1) * n, n) if s > 0 else stretch(c0, (r + i) * n, n)
                c, h, y = stretch(c_all, here * n, n), stretch(state, i * high, n), at(gates, here * 4 * n)
                x, row = at(xp, here * 4 * n), at(z, i * wide)
                squash(stretch(row, 0, 3 * n), stretch(x, 0, 3 * n), stretch(y, 0, 3 * n), 3 * n)
                bend(stretch(row, 3 * n, n), stretch(x, 3 * n, n), stretch(y, 3 * n, n), n)
                if load(arena, mask + here) > 0:
                    cell(stretch(y, 0, n), stretch(y, n, n), stretch(y, 3 * n, n), before, c, n)
                    emit(stretch(y, 2 * n, n), c, h, n)
                else:
                    copy(c, before, n)
                copy(stretch(h_all, here * n, n), h, n)


def _shapes(xp, W, h0, c0, mask, reverse=False):
    check_sequence(xp, W, mask, 4, {"h0": h0, "c0": c0})
    states = (*xp[:2], W[0])
    return [states, states, xp]


def _sizes(call):
    xp, n = call.inputs[0].shape, call.inputs[1].shape[0]
    return [*xp[:2], n, int(call.attrs.get("reverse", False)), packed_size(n, 4 * n)]


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
    outputs=("h", "c", "gates"), sizes=_sizes,
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
