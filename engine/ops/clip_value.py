"""Gradients cut off at ±c: y = min(max(g, −c), c). An infinite one becomes NaN: it must be seen, not passed on as c."""

import numpy as np

from engine.machine.pointers import const
from engine.ops.loops import inline, unary_scalar
from engine.ops.op import Op, register, same
from engine.ops.samples import normal


@inline
def _scalar(arena, g, limit):
    return max(min(g, limit), -limit) + g * const(arena, 0.0)


def kernel(arena, ints, args, worker, workers):
    """y = clip(g)."""
    unary_scalar(_scalar, arena, args, worker, workers)


OP = register(Op(
    "clip_value", "clipping", ("g",), same, kernel, r"y = \min(\max(g, -c), c)",
    scalars=("limit",),
    reference=lambda g, limit: np.clip(g, -limit, limit) + 0 * g,
    numbers="min(max({g}, −{limit}), {limit})",
    samples=[dict(inputs=[normal(7, 3)], attrs=dict(limit=0.5)), dict(inputs=[normal(1000)], attrs=dict(limit=0.5))],
    differentiable=False, flops=lambda c: 2 * c.inputs[0].size,
    title="clip by value", summary="No element of the gradient goes further than the limit.",
    source="Goodfellow et al. 2016, 10.11.1",
))  # fmt: skip
