"""Backward pass of `rnn` through all steps: the gradient of the projected inputs and of the state at the start.

dh, a (B, T, H), W (H, H), mask (B, T) → dxp (B, T, H), dh0 (B, H)
"""

import numpy as np

from engine.machine.places import put, take
from engine.machine.pointers import at, const, load
from engine.ops.loops import inline
from engine.ops.op import Op, register, require
from engine.ops.recurrence import backward, check_sequence, sequence_sizes, worker_scratch
from engine.ops.rnn import ACTIVATIONS, rest
from engine.ops.samples import away, normal, weights
from engine.steps import active, choose, stack_steps, step_of, times


@inline
def cell(arena, args, dz, carry, before, row, here):
    """One row's step back; the places: inputs, the carried gradient, dz, and its copy."""
    n, leak, on = load(args, 11), load(arena, load(args, 6)), load(arena, load(args, 3) + here) > 0
    keep, one, zero, bent = rest(arena, leak), const(arena, 1.0), const(arena, 0.0), load(args, 15) == 0
    dh, a_all = at(arena, load(args, 0) + here * n), at(arena, load(args, 1) + here * n)
    dxp = at(arena, load(args, 4) + here * n)
    for j in range(n):
        a, back = take(a_all, j, 0), take(carry, j, 1) + take(dh, j, 0)
        through = leak * back * (one - a * a) if bent else (leak * back if a > zero else zero * a)  # NaN stays
        through = through if on else zero
        put(dz, j, through, 2)
        put(dxp, j, through, 3)
        put(carry, j, back * keep if on else back, 1)


def kernel(arena, ints, args, worker, workers):
    """dh, a, W, mask → dxp, dh0; leak; behind the sizes the activation. dh0 holds what flows back meanwhile."""
    backward(cell, arena, args, worker, workers, 2, 5, 7)


def _shapes(dh, a, W, mask, leak=1.0, activation="tanh", reverse=False):
    check_sequence(a, W, mask, 1, {})
    require(dh == a, f"dh must be {a}, but is {dh}", "dh", a, dh)
    return [a, (a[0], a[2])]


def _sizes(call):
    return [*sequence_sizes(call, 1, 2, back=True), ACTIVATIONS.index(call.attrs.get("activation", "tanh"))]


def _expand(g, dh, a, W, mask, leak=1.0, activation="tanh", reverse=False):
    rows, steps, n = dh.shape
    carry, found, one = g.zeros(shape=(rows, n)), {}, g.constant(1.0)
    for t in times(steps, not reverse):
        y, on = step_of(g, a, t), active(g, mask, t)
        slope = g.sub(one, g.square(y)) if activation == "tanh" else g.step(y)
        carry = g.add(carry, step_of(g, dh, t))
        dz = g.mul(g.scale(g.mul(carry, slope), factor=leak), on)
        carry = choose(g, on, g.add(g.scale(carry, factor=1 - leak), g.matmul(dz, W, tb=True)), carry)
        found[t] = (dz,)
    return (*stack_steps(g, found), carry)


def _reference(dh, a, W, mask, leak=1.0, activation="tanh", reverse=False):
    carry, dxp = np.zeros((a.shape[0], a.shape[2])), np.empty(a.shape)
    for t in times(a.shape[1], not reverse):
        y, on, carry = a[:, t], mask[:, t : t + 1] > 0, carry + dh[:, t]
        dz = leak * carry * (1 - y**2) if activation == "tanh" else np.where(y > 0, leak * carry, 0.0 * y)
        dxp[:, t] = np.where(on, dz, 0.0)
        carry = np.where(on, (1 - leak) * carry, carry) + dxp[:, t] @ W.T
    return dxp, carry


OP = register(Op(
    "rnn_grad", "sequence", ("dh", "a", "W", "mask"), _shapes, kernel,
    r"\bar z_t = \alpha \bar h_t \odot f'(z_t),\quad \bar h_{t-1} = (1 - \alpha) \bar h_t + \bar z_t\, W^\top",
    outputs=("dxp", "dh0"), sizes=_sizes, scalars=("leak",),
    scratch=lambda call, dtype: worker_scratch(call.inputs[2].shape, dtype, state=False),
    expand=_expand,
    reference=_reference,
    samples=[
        dict(inputs=[normal(2, 3, 2), normal(2, 3, 2), weights(2, 2), away(2, 3)]),
        dict(inputs=[normal(2, 3, 2), away(2, 3, 2), weights(2, 2), away(2, 3)],
             attrs=dict(activation="relu", leak=0.3, reverse=True)),
    ],
    flops=lambda c: 2 * c.inputs[1].size * c.inputs[2].shape[0] + 8 * c.inputs[1].size,
    title="recurrence, backwards", source="Werbos 1990",
))  # fmt: skip
