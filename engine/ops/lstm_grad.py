"""Backward pass of `lstm` through all steps: the gradient of the projected inputs and of the states at the start.

dh (B, T, H), gates (B, T, 4H), c (B, T, H), c0 (B, H), W (H, 4H), mask (B, T) → dxp (B, T, 4H), dh0, dc0 (B, H)
"""

import numpy as np

from engine.machine import vmath
from engine.machine.places import put, take
from engine.machine.pointers import at, const, load
from engine.ops.loops import inline
from engine.ops.op import Op, register, require
from engine.ops.recurrence import backward, check_sequence, clear, sequence_sizes, states_before, worker_scratch
from engine.ops.samples import away, normal, unit, weights
from engine.steps import active, choose, columns, stack_steps, step_of, times


@inline
def cell(arena, args, dz, carry, before, row, here):
    """One row's step back; the places: inputs, both carried gradients, four parts of dz, four of dxp."""
    n, steps, one, zero = load(args, 13), load(args, 12), const(arena, 1.0), const(arena, 0.0)
    on = load(arena, load(args, 5) + here) > 0
    gates, c = at(arena, load(args, 1) + here * 4 * n), at(arena, load(args, 2) + here * n)
    held = at(arena, load(args, 2) + before * n if before >= 0 else load(args, 3) + row * n)
    dh, dxp = at(arena, load(args, 0) + here * n), at(arena, load(args, 6) + here * 4 * n)
    dc = at(arena, load(args, 8) + row * n)
    if here == row * steps + (0 if load(args, 15) else steps - 1):
        clear(dc, n)
    for j in range(n):
        i, f, o, g = take(gates, j, 0), take(gates, n + j, 0), take(gates, 2 * n + j, 0), take(gates, 3 * n + j, 0)
        back, memory, squashed = take(carry, j, 1) + take(dh, j, 0), take(dc, j, 2), vmath.tanh(take(c, j, 0))
        whole = memory + back * o * (one - squashed * squashed)
        di = whole * g * i * (one - i) if on else zero
        df = whole * take(held, j, 0) * f * (one - f) if on else zero
        do = back * squashed * o * (one - o) if on else zero
        dg = whole * i * (one - g * g) if on else zero
        put(dz, j, di, 3)
        put(dz, n + j, df, 4)
        put(dz, 2 * n + j, do, 5)
        put(dz, 3 * n + j, dg, 6)
        put(dxp, j, di, 7)
        put(dxp, n + j, df, 8)
        put(dxp, 2 * n + j, do, 9)
        put(dxp, 3 * n + j, dg, 10)
        put(carry, j, zero if on else back, 1)
        put(dc, j, whole * f if on else memory, 2)


def kernel(arena, ints, args, worker, workers):
    """dh, gates, c, c0, W, mask → dxp, dh0, dc0; the last two hold what flows back while the steps run."""
    backward(cell, arena, args, worker, workers, 4, 7, 9)


def _shapes(dh, gates, c, c0, W, mask, reverse=False):
    check_sequence(gates, W, mask, 4, {"c0": c0})
    states = (*gates[:2], W[0])
    for name, shape in (("dh", dh), ("c", c)):
        require(shape == states, f"{name} must be {states}, but is {shape}", name, states, shape)
    return [gates, c0, c0]


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
    outputs=("dxp", "dh0", "dc0"), sizes=lambda call: sequence_sizes(call, 1, 4, back=True),
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
