"""Backward pass of `rnn` through all steps: the gradient of the projected inputs and of the state at the start.

dh, a (B, T, H), W (H, H), mask (B, T) → dxp (B, T, H), dh0 (B, H)
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
    rest,
    stack_steps,
    stretch,
    times,
    times_packed,
    worker_scratch,
)
from engine.ops.rnn import ACTIVATIONS
from engine.ops.samples import away, normal, weights
from engine.steps import step_of


@inline
def through_tanh(arena, leak, dh, a, dz, n):
    """dz = leak·dh ⊙ (1 − a²)."""
    one = const(arena, 1.0)
    for j in range(n):
        dz[j] = leak * dh[j] * (one - a[j] * a[j])


@inline
def through_relu(leak, dh, a, dz, n):
    """dz = leak·dh where a > 0, else 0; NaN stays."""
    for j in range(n):
        dz[j] = leak * dh[j] if a[j] > 0 else 0 * a[j]


@inline
def keep_back(arena, leak, dh, n):
    """dh ⊙= 1 − leak."""
    keep = rest(arena, leak)
    for j in range(n):
        dh[j] *= keep


def kernel(arena, ints, args, worker, workers):
    """dh, a, W, mask → dxp, dh0; leak; dh0 holds what flows back while the steps run."""
    rows, steps, n, reverse = load(args, 9), load(args, 10), load(args, 11), load(args, 12)
    dh, a_all, mask = at(arena, load(args, 0)), at(arena, load(args, 1)), load(args, 3)
    dxp, dh0, leak = at(arena, load(args, 4)), at(arena, load(args, 5)), load(arena, load(args, 6))
    packed = at(arena, load(args, 7) + worker * load(args, 8))
    wide = n + SPARE
    buffer = at(packed, load(args, 13))
    room = at(buffer, CHUNK * wide)
    first, last = rows_of(rows, worker, workers)
    if first < last:
        pack(packed, at(arena, load(args, 2)), 1, n, n, n)
        clear(stretch(dh0, first * n, (last - first) * n), (last - first) * n)
    for r in range(first, last, CHUNK):
        m = min(CHUNK, last - r)
        for s in range(steps - 1, -1, -1):
            t = steps - 1 - s if reverse else s
            for i in range(m):
                here = (r + i) * steps + t
                carry, a, dz = stretch(dh0, (r + i) * n, n), stretch(a_all, here * n, n), stretch(buffer, i * wide, n)
                add_to(carry, stretch(dh, here * n, n), n)
                if load(arena, mask + here) > 0:
                    if load(args, 14) == 0:
                        through_tanh(arena, leak, carry, a, dz, n)
                    else:
                        through_relu(leak, carry, a, dz, n)
                    keep_back(arena, leak, carry, n)
                else:
                    clear(dz, n)
                copy(stretch(dxp, here * n, n), dz, n)
            times_packed(at(dh0, r * n), n, buffer, wide, packed, m, n, n, ADD, room)


def _shapes(dh, a, W, mask, leak=1.0, activation="tanh", reverse=False):
    check_sequence(a, W, mask, 1, {})
    require(dh == a, f"dh must be {a}, but is {dh}", "dh", a, dh)
    return [a, (a[0], a[2])]


def _sizes(call):
    a, n = call.inputs[1].shape, call.inputs[2].shape[0]
    place = ACTIVATIONS.index(call.attrs.get("activation", "tanh"))
    return [*a[:2], n, int(call.attrs.get("reverse", False)), packed_size(n, n), place]


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
