"""Backward pass of `gru` through all steps: gradients of the projected inputs, of the recurrent products, of h0.

dh, h (B, T, H), h0 (B, H), gates (B, T, 4H), W (H, 3H), mask (B, T) → dxp, ds (B, T, 3H), dh0 (B, H)
"""

import numpy as np

from engine.machine.pointers import at, const, load
from engine.ops.loops import inline, rows_of
from engine.ops.op import Op, register, require
from engine.ops.recurrence import (
    ADD,
    CHUNK,
    SPARE,
    active,
    add_to,
    check_sequence,
    choose,
    clear,
    copy,
    pack,
    packed_size,
    stack_steps,
    states_before,
    stretch,
    times,
    times_packed,
    worker_scratch,
)
from engine.ops.samples import away, normal, unit, weights
from engine.steps import columns, step_of


@inline
def through_blend(arena, z, new, before, dh, dz, dnew, n):
    """dz = dh ⊙ (before − new) ⊙ z(1 − z), dnew = dh ⊙ (1 − z) ⊙ (1 − new²)."""
    one = const(arena, 1.0)
    for j in range(n):
        dz[j] = dh[j] * (before[j] - new[j]) * z[j] * (one - z[j])
    for j in range(n):
        dnew[j] = dh[j] * (one - z[j]) * (one - new[j] * new[j])


@inline
def through_reset(arena, r, s, dnew, dr, ds, n):
    """dr = dnew ⊙ s ⊙ r(1 − r), ds = dnew ⊙ r."""
    one = const(arena, 1.0)
    for j in range(n):
        dr[j] = dnew[j] * s[j] * r[j] * (one - r[j])
    for j in range(n):
        ds[j] = dnew[j] * r[j]


@inline
def scale_by(x, y, n):
    """x ⊙= y."""
    for j in range(n):
        x[j] *= y[j]


def kernel(arena, ints, args, worker, workers):
    """dh, h, h0, gates, W, mask → dxp, ds, dh0; dh0 holds what flows back while the steps run."""
    rows, steps, n, reverse = load(args, 11), load(args, 12), load(args, 13), load(args, 14)
    dh, gates, mask = at(arena, load(args, 0)), at(arena, load(args, 3)), load(args, 5)
    dxp, ds_all, dh0 = at(arena, load(args, 6)), at(arena, load(args, 7)), at(arena, load(args, 8))
    packed = at(arena, load(args, 9) + worker * load(args, 10))
    wide = 3 * n + SPARE
    buffer = at(packed, load(args, 15))
    room = at(buffer, CHUNK * wide)
    first, last = rows_of(rows, worker, workers)
    if first < last:
        pack(packed, at(arena, load(args, 4)), 1, 3 * n, 3 * n, n)
        clear(stretch(dh0, first * n, (last - first) * n), (last - first) * n)
    for start in range(first, last, CHUNK):
        m = min(CHUNK, last - start)
        for step in range(steps - 1, -1, -1):
            t = steps - 1 - step if reverse else step
            for i in range(m):
                row = start + i
                here = row * steps + t
                before = load(args, 1) + (here + 2 * reverse - 1) * n if step > 0 else load(args, 2) + row * n
                y, x, s = at(gates, here * 4 * n), at(dxp, here * 3 * n), at(buffer, i * wide)
                carry, dnew = stretch(dh0, row * n, n), stretch(x, 2 * n, n)
                add_to(carry, stretch(dh, here * n, n), n)
                if load(arena, mask + here) > 0:
                    z, dz, dr = stretch(y, n, n), stretch(s, n, n), stretch(s, 0, n)
                    through_blend(arena, z, stretch(y, 2 * n, n), stretch(arena, before, n), carry, dz, dnew, n)
                    through_reset(arena, stretch(y, 0, n), stretch(y, 3 * n, n), dnew, dr, stretch(s, 2 * n, n), n)
                    copy(stretch(x, 0, 2 * n), stretch(s, 0, 2 * n), 2 * n)
                    scale_by(carry, z, n)
                else:
                    clear(stretch(s, 0, 3 * n), 3 * n)
                    clear(stretch(x, 0, 3 * n), 3 * n)
                copy(stretch(ds_all, here * 3 * n, 3 * n), stretch(s, 0, 3 * n), 3 * n)
            times_packed(at(dh0, start * n), n, buffer, wide, packed, m, n, 3 * n, ADD, room)


def _shapes(dh, h, h0, gates, W, mask, reverse=False):
    sequences = (*gates[:2], *W[1:]) if len(gates) == 3 else gates
    check_sequence(sequences, W, mask, 3, {"h0": h0})
    states = (*gates[:2], W[0])
    for name, shape, want in (("dh", dh, states), ("h", h, states), ("gates", gates, (*gates[:2], 4 * W[0]))):
        require(shape == want, f"{name} must be {want}, but is {shape}", name, want, shape)
    return [sequences, sequences, h0]


def _sizes(call):
    gates, n = call.inputs[3].shape, call.inputs[4].shape[0]
    return [*gates[:2], n, int(call.attrs.get("reverse", False)), packed_size(3 * n, n)]


def _expand(g, dh, h, h0, gates, W, mask, reverse=False):
    rows, steps, n = dh.shape
    carry, found, one = g.zeros(shape=(rows, n)), {}, g.constant(1.0)
    before = g.delay(h, h0, reverse=reverse)
    for t in times(steps, not reverse):
        (r, z, new, s), on = columns(g, step_of(g, gates, t), 4), active(g, mask, t)
        carry = g.add(carry, step_of(g, dh, t))
        dz = g.mul(g.mul(carry, g.sub(step_of(g, before, t), new)), g.mul(z, g.sub(one, z)))
        dnew = g.mul(g.mul(carry, g.sub(one, z)), g.sub(one, g.square(new)))
        dr = g.mul(g.mul(dnew, s), g.mul(r, g.sub(one, r)))
        both = g.concat(dr, dz)
        product = g.mul(g.concat(both, g.mul(dnew, r)), on)
        found[t] = (g.mul(g.concat(both, dnew), on), product)
        carry = choose(g, on, g.add(g.mul(carry, z), g.matmul(product, W, tb=True)), carry)
    return (*stack_steps(g, found), carry)


def _reference(dh, h, h0, gates, W, mask, reverse=False):
    carry, dxp, ds = np.zeros(h0.shape), np.empty((*dh.shape[:2], W.shape[1])), np.empty((*dh.shape[:2], W.shape[1]))
    before = states_before(h, h0, reverse)
    for t in times(dh.shape[1], not reverse):
        r, z, new, s = np.split(gates[:, t], 4, 1)
        on, carry = mask[:, t : t + 1] > 0, carry + dh[:, t]
        dz, dnew = carry * (before[:, t] - new) * z * (1 - z), carry * (1 - z) * (1 - new**2)
        dr = dnew * s * r * (1 - r)
        dxp[:, t] = np.where(on, np.concatenate([dr, dz, dnew], 1), 0.0)
        ds[:, t] = np.where(on, np.concatenate([dr, dz, dnew * r], 1), 0.0)
        carry = np.where(on, carry * z, carry) + ds[:, t] @ W.T
    return dxp, ds, carry


OP = register(Op(
    "gru_grad", "sequence", ("dh", "h", "h0", "gates", "W", "mask"), _shapes, kernel,
    r"\bar h_{t-1} = \bar s_t\, W^\top + z \odot \bar h_t",
    outputs=("dxp", "ds", "dh0"), sizes=_sizes,
    scratch=lambda call, dtype: worker_scratch(call.inputs[4].shape, dtype, state=False),
    expand=_expand,
    reference=_reference,
    samples=[
        dict(inputs=[normal(2, 3, 2), normal(2, 3, 2), normal(2, 2), unit(2, 3, 8), weights(2, 6), away(2, 3)]),
        dict(inputs=[normal(5, 3, 1), normal(5, 3, 1), normal(5, 1), unit(5, 3, 4), weights(1, 3), away(5, 3)],
             attrs=dict(reverse=True)),
    ],
    flops=lambda c: 2 * c.outputs[0].size * c.inputs[4].shape[0] + 10 * c.outputs[0].size,
    title="GRU, backwards", source="Cho et al. 2014",
))  # fmt: skip
