"""GRU over whole sequences, the reset gate behind the product: n = tanh(xp + r ⊙ s), h_t = (1 − z) ⊙ n + z ⊙ h_{t−1}.

r, z = σ(xp + h_{t−1}·W) and s = h_{t−1}·W + b, each with its part of the columns, in the order r, z, n; xp is the
projected input of all steps, the bias included.   xp (B, T, 3H), W (H, 3H), b (H,), h0 (B, H), mask (B, T)
→ h (B, T, H), gates (B, T, 4H) = r, z, n, s
"""

import numpy as np

from engine.machine import vmath
from engine.machine.places import put, take
from engine.machine.pointers import at, const, load
from engine.ops.loops import inline
from engine.ops.op import Op, register, require
from engine.ops.recurrence import check_sequence, forward, sequence_sizes, sigmoid, worker_scratch
from engine.ops.samples import away, normal, weights
from engine.steps import active, choose, columns, flat, stack_steps, step_of, times


@inline
def cell(arena, args, p, h, before, row, here):
    """One row's step; the places: products, inputs, r, z, n, s, the state, and its copy."""
    n, one, on = load(args, 11), const(arena, 1.0), load(arena, load(args, 4) + here) > 0
    x, b = at(arena, load(args, 0) + here * 3 * n), at(arena, load(args, 2))
    h_all, gates = at(arena, load(args, 5) + here * n), at(arena, load(args, 6) + here * 4 * n)
    for j in range(n):
        r = vmath.sigmoid(take(p, j, 1) + take(x, j, 0))
        z = vmath.sigmoid(take(p, n + j, 1) + take(x, n + j, 0))
        s = take(p, 2 * n + j, 1) + take(b, j, 0)
        new = vmath.tanh(take(x, 2 * n + j, 0) + r * s)
        put(gates, j, r, 2)
        put(gates, n + j, z, 3)
        put(gates, 2 * n + j, new, 4)
        put(gates, 3 * n + j, s, 5)
        held = take(h, j, 6)
        after = (one - z) * new + z * held if on else held
        put(h, j, after, 6)
        put(h_all, j, after, 7)


def kernel(arena, ints, args, worker, workers):
    """xp, W, b, h0, mask → h, gates."""
    forward(cell, arena, args, worker, workers, 1, 3, 7)


def _shapes(xp, W, b, h0, mask, reverse=False):
    check_sequence(xp, W, mask, 3, {"h0": h0})
    require(b == W[:1], f"b must be {W[:1]}, but is {b}", "b", W[:1], b)
    return [(*xp[:2], W[0]), (*xp[:2], 4 * W[0])]


def _vjp(g, call, dh, dgates):
    if dh is None or dgates is not None:
        return NotImplemented
    _, W, _, h0, mask = call.inputs
    h, gates = call.outputs
    reverse = call.attrs.get("reverse", False)
    dxp, ds, dh0 = g.gru_grad(dh, h, h0, gates, W, mask, reverse=reverse)
    before = flat(g, g.delay(h, h0, reverse=reverse))
    return dxp, g.gru_weights_grad(before, flat(g, dxp), flat(g, ds)), g.sum(ds, start=0, stop=2), dh0, None


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
    outputs=("h", "gates"), sizes=lambda call: sequence_sizes(call, 0, 1),
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
