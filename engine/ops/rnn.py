"""Recurrent layer over whole sequences: a_t = f(xp_t + h_{t−1}·W), h_t = (1 − α) h_{t−1} + α a_t.

f is tanh or ReLU; α, the leak, is 1 for the plain layer. xp is the projected input of all steps, the bias included.
xp (B, T, H), W (H, H), h0 (B, H), mask (B, T) → h, a (B, T, H)
"""

import numpy as np
from numba import njit

from engine.machine import vmath
from engine.machine.places import put, take
from engine.machine.pointers import at, const, load
from engine.ops.loops import inline
from engine.ops.op import Op, register, require
from engine.ops.recurrence import check_sequence, forward, sequence_sizes, weight_gradient, worker_scratch
from engine.ops.samples import away, normal, weights
from engine.steps import active, choose, stack_steps, step_of, times

ACTIVATIONS = ("tanh", "relu")


@njit(fastmath=False, error_model="numpy")
def rest(arena, x):
    """1 − x, which the compiler may not multiply out: ∞ − x·∞ would be NaN."""
    return const(arena, 1.0) - x


@njit(fastmath=False, error_model="numpy")
def mix(keep, h, leak, a):
    """keep·h + leak·a, which the compiler may not make h + leak·(a − h): that has no infinite h."""
    return keep * h + leak * a


@inline
def cell(arena, args, z, h, before, row, here):
    """One row's step; the places: products, inputs, activations, the state, and its copy."""
    n, leak, on = load(args, 11), load(arena, load(args, 6)), load(arena, load(args, 3) + here) > 0
    keep, zero = rest(arena, leak), const(arena, 0.0)
    x, h_all = at(arena, load(args, 0) + here * n), at(arena, load(args, 4) + here * n)
    a_all = at(arena, load(args, 5) + here * n)
    if load(args, 15) == 0:
        for j in range(n):
            a = vmath.tanh(take(z, j, 1) + take(x, j, 0))
            held = take(h, j, 3)
            after = mix(keep, held, leak, a) if on else held
            put(a_all, j, a, 2)
            put(h, j, after, 3)
            put(h_all, j, after, 4)
    else:
        for j in range(n):
            a = take(z, j, 1) + take(x, j, 0)
            a = zero if a < zero else a  # NaN stays
            held = take(h, j, 3)
            after = mix(keep, held, leak, a) if on else held
            put(a_all, j, a, 2)
            put(h, j, after, 3)
            put(h_all, j, after, 4)


def kernel(arena, ints, args, worker, workers):
    """xp, W, h0, mask → h, a; leak; behind the sizes the activation."""
    forward(cell, arena, args, worker, workers, 1, 2, 7)


def _shapes(xp, W, h0, mask, leak=1.0, activation="tanh", reverse=False):
    check_sequence(xp, W, mask, 1, {"h0": h0})
    require(activation in ACTIVATIONS, f"the activation is tanh or relu, not {activation}", "xp")
    return [xp, xp]


def _sizes(call):
    return [*sequence_sizes(call, 0, 1), ACTIVATIONS.index(call.attrs.get("activation", "tanh"))]


def _vjp(g, call, dh, da):
    if dh is None or da is not None:
        return NotImplemented
    _, W, h0, mask = call.inputs
    h, a = call.outputs
    reverse = call.attrs.get("reverse", False)
    dxp, dh0 = g.rnn_grad(dh, a, W, mask, **call.attrs)
    return dxp, weight_gradient(g, h, h0, dxp, reverse), dh0, None


def _expand(g, xp, W, h0, mask, leak=1.0, activation="tanh", reverse=False):
    h, found = h0, {}
    for t in times(xp.shape[1], reverse):
        z = g.add(step_of(g, xp, t), g.matmul(h, W))
        a = g.tanh(z) if activation == "tanh" else g.relu(z)
        h = choose(g, active(g, mask, t), g.add(g.scale(h, factor=1 - leak), g.scale(a, factor=leak)), h)
        found[t] = (h, a)
    return stack_steps(g, found)


def _reference(xp, W, h0, mask, leak=1.0, activation="tanh", reverse=False):
    h, a = np.empty(xp.shape), np.empty(xp.shape)
    for t in times(xp.shape[1], reverse):
        z = xp[:, t] + h0 @ W
        a[:, t] = np.tanh(z) if activation == "tanh" else np.maximum(z, 0)
        h0 = h[:, t] = np.where(mask[:, t : t + 1] > 0, (1 - leak) * h0 + leak * a[:, t], h0)
    return h, a


OP = register(Op(
    "rnn", "sequence", ("xp", "W", "h0", "mask"), _shapes, kernel,
    r"h_t = (1 - \alpha)\, h_{t-1} + \alpha f(x_t + h_{t-1} W)",
    outputs=("h", "a"), sizes=_sizes, scalars=("leak",),
    scratch=lambda call, dtype: worker_scratch(call.inputs[1].shape, dtype, state=True),
    vjp=_vjp,
    expand=_expand,
    reference=_reference,
    derivative=r"\bar W = \sum_t h_{t-1}^\top \bar z_t",
    samples=[
        dict(inputs=[normal(2, 3, 2), weights(2, 2), normal(2, 2), away(2, 3)]),
        dict(inputs=[normal(2, 3, 2), weights(2, 2), normal(2, 2), away(2, 3)],
             attrs=dict(activation="relu", leak=0.3, reverse=True)),
        dict(inputs=[normal(2, 2, 1), weights(1, 1), normal(2, 1), away(2, 2)], attrs=dict(activation="relu")),
    ],
    flops=lambda c: 2 * c.inputs[0].size * c.inputs[1].shape[0] + 8 * c.inputs[0].size,
    title="recurrence", source="Elman 1990; the leak: Jaeger et al. 2007",
))  # fmt: skip
