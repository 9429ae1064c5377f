"""Backward pass of `lstm` through all steps: the gradient of the projected inputs and of the states at the start.

dh (B, T, H), gates (B, T, 4H), c (B, T, H), c0 (B, H), W (H, 4H), mask (B, T) → dxp (B, T, 4H), dh0, dc0 (B, H)
"""

import numpy as np

from engine.machine import vmath
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
def through_output(arena, o, c, dh, do, dc, n):
    """do = dh ⊙ tanh(c) ⊙ o(1 − o), dc += dh ⊙ o ⊙ (1 − tanh² c)."""
    one = const(arena, 1.0)
    for j in range(n):
        do[j] = dh[j] * vmath.tanh(c[j]) * o[j] * (one - o[j])
    for j in range(n):
        squashed = vmath.tanh(c[j])
        dc[j] += dh[j] * o[j] * (one - squashed * squashed)


@inline
def through_input(arena, i, new, dc, di, dnew, n):
    """di = dc ⊙ new ⊙ i(1 − i), dnew = dc ⊙ i ⊙ (1 − new²)."""
    one = const(arena, 1.0)
    for j in range(n):
        di[j] = dc[j] * new[j] * i[j] * (one - i[j])
    for j in range(n):
        dnew[j] = dc[j] * i[j] * (one - new[j] * new[j])


@inline
def through_memory(arena, f, before, dc, df, n):
    """df = dc ⊙ before ⊙ f(1 − f); dc ⊙ f flows on to the step before."""
    one = const(arena, 1.0)
    for j in range(n):
        df[j] = dc[j] * before[j] * f[j] * (one - f[j])
    for j in range(n):
        dc[j] *= f[j]


def kernel(arena, ints, args, worker, workers):
    """dh, gates, c, c0, W, mask → dxp, dh0, dc0; the last two hold what flows back while the steps run."""
    rows, steps, n, reverse = load(args, 11), load(args, 12), load(args, 13), load(args, 14)
    dh, gates, c_all = at(arena, load(args, 0)), at(arena, load(args, 1)), at(arena, load(args, 2))
    mask, dxp, dh0, dc0 = load(args, 5), at(arena, load(args, 6)), at(arena, load(args, 7)), at(arena, load(args, 8))
    packed = at(arena, load(args, 9) + worker * load(args, 10))
    wide = 4 * n + SPARE
    dz = at(packed, load(args, 15))
    room = at(dz, CHUNK * wide)
    first, last = rows_of(rows, worker, workers)
    if first < last:
        pack(packed, at(arena, load(args, 4)), 1, 4 * n, 4 * n, n)
        clear(stretch(dh0, first * n, (last - first) * n), (last - first) * n)
        clear(stretch(dc0, first * n, (last - first) * n), (last - first) * n)
    for r in range(first, last, CHUNK):
        m = min(CHUNK, last - r)
        for s in range(steps - 1, -1, -1):
            t = steps - 1 - s if reverse else s
            for i in range(m):
                here = (r + i) * steps + t
                y, z = at(gates, here * 4 * n), at(dz, i * wide)
                carry, dc = stretch(dh0, (r + i) * n, n), stretch(dc0, (r + i) * n, n)
                before = load(args, 2) + (here + 2 * reverse - 1) * n if s > 0 else load(args, 3) + (r + i) * n
                add_to(carry, stretch(dh, here * n, n), n)
                if load(arena, mask + here) > 0:
                    c, do = stretch(c_all, here * n, n), stretch(z, 2 * n, n)
                    through_output(arena, stretch(y, 2 * n, n), c, carry, do, dc, n)
                    through_input(arena, stretch(y, 0, n), stretch(y, 3 * n, n), dc, stretch(z, 0, n),
                                  stretch(z, 3 * n, n), n)  # fmt: skip
                    through_memory(arena, stretch(y, n, n), stretch(arena, before, n), dc, stretch(z, n, n), n)
                    clear(carry, n)
                else:
                    clear(stretch(z, 0, 4 * n), 4 * n)
                copy(stretch(dxp, here * 4 * n, 4 * n), stretch(z, 0, 4 * n), 4 * n)
            times_packed(at(dh0, r * n), n, dz, wide, packed, m, n, 4 * n, ADD, room)


def _shapes(dh, gates, c, c0, W, mask, reverse=False):
    check_sequence(gates, W, mask, 4, {"c0": c0})
    states = (*gates[:2], W[0])
    for name, shape in (("dh", dh), ("c", c)):
        require(shape == states, f"{name} must be {states}, but is {shape}", name, states, shape)
    return [gates, c0, c0]


def _sizes(call):
    gates, n = call.inputs[1].shape, call.inputs[4].shape[0]
    return [*gates[:2], n, int(call.attrs.get("reverse", False)), packed_size(4 * n, n)]


def _expand(g, dh, gates, c, c0, W, mask, reverse=False):
    rows, steps, n = dh.shape
    carry, dc, found = g.zeros(shape=(rows, n)), g.zeros(shape=(rows, n)), {}
    before = g.delay(c, c0, reverse=reverse)
    one = g.constant(1.0)
    for t in times(steps, not reverse):
        i, f, o, new = columns(g, step_of(g, gates, t), 4)
        on, squashed = active(g, mask, t), g.tanh(step_of(g, c, t))
        carry = g.add(carry, step_of(g, dh, t))
        cell = g.add(dc, g.mul(g.mul(carry, o), g.sub(one, g.square(squashed))))
        zi = g.mul(g.mul(cell, new), g.mul(i, g.sub(one, i)))
        zf = g.mul(g.mul(cell, step_of(g, before, t)), g.mul(f, g.sub(one, f)))
        zo = g.mul(g.mul(carry, squashed), g.mul(o, g.sub(one, o)))
        zg = g.mul(g.mul(cell, i), g.sub(one, g.square(new)))
        z = g.mul(g.concat(g.concat(zi, zf), g.concat(zo, zg)), on)
        carry, dc = choose(g, on, g.matmul(z, W, tb=True), carry), choose(g, on, g.mul(cell, f), dc)
        found[t] = (z,)
    return (*stack_steps(g, found), carry, dc)


def _reference(dh, gates, c, c0, W, mask, reverse=False):
    carry, dc, dxp = np.zeros(c0.shape), np.zeros(c0.shape), np.empty(gates.shape)
    before = states_before(c, c0, reverse)
    for t in times(dh.shape[1], not reverse):
        i, f, o, new = np.split(gates[:, t], 4, 1)
        on, squashed = mask[:, t : t + 1] > 0, np.tanh(c[:, t])
        carry = carry + dh[:, t]
        cell = dc + carry * o * (1 - squashed**2)
        parts = [cell * new * i * (1 - i), cell * before[:, t] * f * (1 - f), carry * squashed * o * (1 - o),
                 cell * i * (1 - new**2)]  # fmt: skip
        dxp[:, t] = np.where(on, np.concatenate(parts, 1), 0.0)
        carry, dc = np.where(on, 0.0, carry) + dxp[:, t] @ W.T, np.where(on, cell * f, dc)
    return dxp, carry, dc


OP = register(Op(
    "lstm_grad", "sequence", ("dh", "gates", "c", "c0", "W", "mask"), _shapes, kernel,
    r"\bar h_{t-1} = \bar z_t\, W^\top,\quad \bar c_{t-1} = f \odot \bar c_t",
    outputs=("dxp", "dh0", "dc0"), sizes=_sizes,
    scratch=lambda call, dtype: worker_scratch(call.inputs[4].shape, dtype, state=False),
    expand=_expand,
    reference=_reference,
    samples=[
        dict(inputs=[normal(2, 3, 2), unit(2, 3, 8), normal(2, 3, 2), normal(2, 2), weights(2, 8), away(2, 3)]),
        dict(inputs=[normal(2, 3, 1), unit(2, 3, 4), normal(2, 3, 1), normal(2, 1), weights(1, 4), away(2, 3)],
             attrs=dict(reverse=True)),
    ],
    flops=lambda c: 2 * c.inputs[1].size * c.inputs[4].shape[0] + 10 * c.inputs[1].size,
    title="LSTM, backwards", source="Hochreiter and Schmidhuber 1997",
))  # fmt: skip
