"""GRU over whole sequences, the reset gate behind the product: n = tanh(xp + r ⊙ s), h_t = (1 − z) ⊙ n + z ⊙ h_{t−1}.

r, z = σ(xp + h_{t−1}·W) and s = h_{t−1}·W + b, each with its part of the columns, in the order r, z, n; xp is the
projected input of all steps, the bias included.   xp (B, T, 3H), W (H, 3H), b (H,), h0 (B, H), mask (B, T)
→ h (B, T, H), gates (B, T, 4H) = r, z, n, s
"""

import numpy as np

from engine.machine.pointers import at, const, load
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
    flat,
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
def shift(z, b, s, n):
    """s = z + b."""
    for j in range(n):
        s[j] = z[j] + b[j]


@inline
def reset(r, s, z, n):
    """z = r ⊙ s."""
    for j in range(n):
        z[j] = r[j] * s[j]


@inline
def blend(arena, z, new, h, n):
    """h = (1 − z) ⊙ new + z ⊙ h."""
    one = const(arena, 1.0)
    for j in range(n):
        h[j] = (one - z[j]) * new[j] + z[j] * h[j]


def kernel(arena, ints, args, worker, workers):
    """xp, W, b, h0, mask → h, gates; sizes: B, T, H, reverse, elements of the packed weights."""
    rows, steps, n, reverse = load(args, 9), load(args, 10), load(args, 11), load(args, 12)
    xp, h0, mask = at(arena, load(args, 0)), at(arena, load(args, 3)), load(args, 4)
    b, h_all, gates = stretch(arena, load(args, 2), n), at(arena, load(args, 5)), at(arena, load(args, 6))
    packed = at(arena, load(args, 7) + worker * load(args, 8))
    wide, high = 3 * n + SPARE, n + SPARE
    product = at(packed, load(args, 13))
    state = at(product, CHUNK * wide)
    room = at(state, CHUNK * high)
    first, last = rows_of(rows, worker, workers)
    if first < last:
        pack(packed, at(arena, load(args, 1)), 3 * n, 1, n, 3 * n)
    for start in range(first, last, CHUNK):
        m = min(CHUNK, last - start)
        for i in range(m):
            copy(stretch(state, i * high, n), stretch(h0, (start + i) * n, n), n)
        for step in range(steps):
            t = steps - 1 - step if reverse else step
            times_packed(product, wide, state, high, packed, m, 3 * n, n, ZERO, room)
            for i in range(m):
                here = (start + i) * steps + t
                x, y, row = at(xp, here * 3 * n), at(gates, here * 4 * n), at(product, i * wide)
                new, s, h = stretch(y, 2 * n, n), stretch(y, 3 * n, n), stretch(state, i * high, n)
                squash(stretch(row, 0, 2 * n), stretch(x, 0, 2 * n), stretch(y, 0, 2 * n), 2 * n)
                shift(stretch(row, 2 * n, n), b, s, n)
                reset(stretch(y, 0, n), s, stretch(row, 2 * n, n), n)
                bend(stretch(row, 2 * n, n), stretch(x, 2 * n, n), new, n)
                if load(arena, mask + here) > 0:
                    blend(arena, stretch(y, n, n), new, h, n)
                copy(stretch(h_all, here * n, n), h, n)


def _shapes(xp, W, b, h0, mask, reverse=False):
    check_sequence(xp, W, mask, 3, {"h0": h0})
    require(b == W[:1], f"b must be {W[:1]}, but is {b}", "b", W[:1], b)
    return [(*xp[:2], W[0]), (*xp[:2], 4 * W[0])]


def _sizes(call):
    xp, n = call.inputs[0].shape, call.inputs[1].shape[0]
    return [*xp[:2], n, int(call.attrs.get("reverse", False)), packed_size(n, 3 * n)]


def _vjp(g, call, dh, dgates):
    if dh is None or dgates is not None:
        return NotImplemented
    _, W, _, h0, mask = call.inputs
    h, gates = call.outputs
    reverse, n = call.attrs.get("reverse", False), W.shape[0]
    dxp, ds, dh0 = g.gru_grad(dh, h, h0, gates, W, mask, reverse=reverse)
    db = g.slice(g.sum(flat(g, ds), start=0, stop=1), start=2 * n, stop=3 * n)
    return dxp, weight_gradient(g, h, h0, ds, reverse), db, dh0, None


def _expand(g, xp, W, b, h0, mask, reverse=False):
    h, found, one = h0, {}, g.constant(1.0)
    for t in times(xp.shape[1], reverse):
        (xr, xz, xn), (hr, hz, hn) = columns(g, step_of(g, xp, t), 3), columns(g, g.matmul(h, W), 3)
        r, z, s = g.sigmoid(g.add(xr, hr)), g.sigmoid(g.add(xz, hz)), g.add(hn, b)
        new = g.tanh(g.add(xn, g.mul(r, s)))
        h = choose(g, active(g, mask, t), g.add(g.mul(g.sub(one, z), new), g.mul(z, h)), h)
        found[t] = (h, g.concat(g.concat(r, z), g.concat(new, s)))
    return stack_steps(g, found)


def _reference(xp, W, b, h0, mask, reverse=False):
    n = len(W)
    h, gates = np.empty((*xp.shape[:2], n)), np.empty((*xp.shape[:2], 4 * n))
    for t in times(xp.shape[1], reverse):
        x, product = xp[:, t], h0 @ W
        r, z = np.split(sigmoid(x[:, : 2 * n] + product[:, : 2 * n]), 2, 1)
        s = product[:, 2 * n :] + b
        new = np.tanh(x[:, 2 * n :] + r * s)
        gates[:, t] = np.concatenate([r, z, new, s], 1)
        h0 = h[:, t] = np.where(mask[:, t : t + 1] > 0, (1 - z) * new + z * h0, h0)
    return h, gates


OP = register(Op(
    "gru", "sequence", ("xp", "W", "b", "h0", "mask"), _shapes, kernel,
    r"h_t = (1 - z) \odot n + z \odot h_{t-1}",
    outputs=("h", "gates"), sizes=_sizes,
    scratch=lambda call, dtype: worker_scratch(call.inputs[1].shape, dtype, state=True),
    vjp=_vjp,
    expand=_expand,
    reference=_reference,
    derivative=r"\bar W = \sum_t h_{t-1}^\top \bar s_t",
    samples=[
        dict(inputs=[normal(2, 3, 6), weights(2, 6), normal(2), normal(2, 2), away(2, 3)]),
        dict(inputs=[normal(2, 3, 3), weights(1, 3), normal(1), normal(2, 1), away(2, 3)], attrs=dict(reverse=True)),
    ],
    flops=lambda c: 2 * c.inputs[0].size * c.inputs[1].shape[0] + 8 * c.inputs[0].size,
    title="GRU", source="Cho et al. 2014, with the reset gate of cuDNN and PyTorch",
))  # fmt: skip
