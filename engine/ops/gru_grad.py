"""Backward pass of `gru` through all steps: gradients of the projected inputs, of s, of h0.

dh, h (B, T, H), h0 (B, H), gates (B, T, 4H), W (H, 3H), mask (B, T) → dxp (B, T, 3H), ds (B, T, H), dh0 (B, H)

The products of r and z have the gradients of their inputs; ds is that of the third product, s.
"""

import numpy as np

from engine.machine.places import put, take
from engine.machine.pointers import at, const, load
from engine.ops.loops import inline
from engine.ops.op import Op, register, require
from engine.ops.recurrence import backward, check_sequence, sequence_sizes, states_before, worker_scratch
from engine.ops.samples import away, normal, unit, weights
from engine.steps import active, choose, columns, stack_steps, step_of, times


@inline
def cell(arena, args, d, carry, before, row, here):
    """One row's step back; the places: inputs, the carried gradient, three parts of d, three of dxp, ds."""
    n, one, zero = load(args, 13), const(arena, 1.0), const(arena, 0.0)
    held = at(arena, load(args, 1) + before * n if before >= 0 else load(args, 2) + row * n)
    gates, dh, on = (
        at(arena, load(args, 3) + here * 4 * n),
        at(arena, load(args, 0) + here * n),
        load(arena, load(args, 5) + here) > 0,
    )
    dxp, ds = at(arena, load(args, 6) + here * 3 * n), at(arena, load(args, 7) + here * n)
    for j in range(n):
        r, z, new, s = take(gates, j, 0), take(gates, n + j, 0), take(gates, 2 * n + j, 0), take(gates, 3 * n + j, 0)
        back = take(carry, j, 1) + take(dh, j, 0)
        dnew = back * (one - z) * (one - new * new) if on else zero
        dz = back * (take(held, j, 0) - new) * z * (one - z) if on else zero
        dr = dnew * s * r * (one - r) if on else zero
        dproduct = dnew * r if on else zero
        put(d, j, dr, 2)
        put(d, n + j, dz, 3)
        put(d, 2 * n + j, dproduct, 4)
        put(dxp, j, dr, 5)
        put(dxp, n + j, dz, 6)
        put(dxp, 2 * n + j, dnew, 7)
        put(ds, j, dproduct, 8)
        put(carry, j, back * z if on else back, 1)


def kernel(arena, ints, args, worker, workers):
    """dh, h, h0, gates, W, mask → dxp, ds, dh0; dh0 holds what flows back while the steps run."""
    backward(cell, arena, args, worker, workers, 4, 8, 9)


def _shapes(dh, h, h0, gates, W, mask, reverse=False):
    sequences = (*gates[:2], *W[1:]) if len(gates) == 3 else gates
    check_sequence(sequences, W, mask, 3, {"h0": h0})
    states = (*gates[:2], W[0])
    for name, shape, want in (("dh", dh, states), ("h", h, states), ("gates", gates, (*gates[:2], 4 * W[0]))):
        require(shape == want, f"{name} must be {want}, but is {shape}", name, want, shape)
    return [sequences, states, h0]


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
        both, ds = g.mul(g.concat(dr, dz), on), g.mul(g.mul(dnew, r), on)
        found[t] = (g.concat(both, g.mul(dnew, on)), ds)
        product = g.matmul(g.concat(both, ds), W, tb=True)
        carry = choose(g, on, g.add(g.mul(carry, z), product), carry)
    return (*stack_steps(g, found), carry)


def _reference(dh, h, h0, gates, W, mask, reverse=False):
    carry, dxp, ds = np.zeros(h0.shape), np.empty((*dh.shape[:2], W.shape[1])), np.empty(dh.shape)
    before = states_before(h, h0, reverse)
    for t in times(dh.shape[1], not reverse):
        r, z, new, s = np.split(gates[:, t], 4, 1)
        on, carry = mask[:, t : t + 1] > 0, carry + dh[:, t]
        dz, dnew = carry * (before[:, t] - new) * z * (1 - z), carry * (1 - z) * (1 - new**2)
        dr = dnew * s * r * (1 - r)
        dxp[:, t] = np.where(on, np.concatenate([dr, dz, dnew], 1), 0.0)
        ds[:, t] = np.where(on, dnew * r, 0.0)
        carry = np.where(on, carry * z, carry) + np.concatenate([dxp[:, t, : 2 * len(W)], ds[:, t]], 1) @ W.T
    return dxp, ds, carry


OP = register(Op(
    "gru_grad", "sequence", ("dh", "h", "h0", "gates", "W", "mask"), _shapes, kernel,
    r"\bar h_{t-1} = \bar s_t\, W^\top + z \odot \bar h_t",
    outputs=("dxp", "ds", "dh0"), sizes=lambda call: sequence_sizes(call, 3, 4, back=True),
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
