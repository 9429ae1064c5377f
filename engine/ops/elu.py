"""Exponential linear unit: y = x where x > 0, else α·(e^x − 1)."""

import numpy as np

from engine.machine import vmath
from engine.machine.pointers import const
from engine.ops.loops import inline, unary_scalar
from engine.ops.op import Op, register, same
from engine.ops.samples import away, large


@inline
def _scalar(arena, x, alpha):
    # e^x − 1 = 2t / (1 − t) with t = tanh(x/2): unlike the difference, exact also where x is nearly 0
    t = vmath.tanh(x * const(arena, 0.5))
    below = alpha * ((t + t) / (const(arena, 1.0) - t))
    return x if x > 0 else below


def kernel(arena, ints, args, worker, workers):
    """y = elu(x)."""
    unary_scalar(_scalar, arena, args, worker, workers)


def _expand(g, x, alpha):
    below = g.neg(g.relu(g.neg(x)))
    return g.add(g.relu(x), g.scale(g.sub(g.exp(below), g.constant(1.0)), factor=alpha))


def _reference(x, alpha):
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


OP = register(Op(
    "elu", "elementwise", ("x",), same, kernel, r"y = (x > 0\,?\,x : \alpha (e^x - 1))",
    scalars=("alpha",),
    vjp=lambda g, c, dy: (g.elu_grad(dy, c.outputs[0], alpha=c.attrs["alpha"]),),
    expand=_expand,
    reference=_reference,
    derivative=r"\bar x = \bar y \odot (x > 0\,?\,1 : y + \alpha)",
    numbers="({x} > 0 ? {x} : {alpha} · (e^{x} − 1))",
    samples=[
        dict(inputs=[away(7, 3)], attrs=dict(alpha=0.7)), dict(inputs=[away(1)], attrs=dict(alpha=1.0)),
        dict(inputs=[away(5, 4, 33)], attrs=dict(alpha=1.0)), dict(inputs=[large(40)], attrs=dict(alpha=1.3)),
    ],
    smooth=False, flops=lambda c: 4 * c.outputs[0].size,
    title="ELU", source="Clevert et al. 2016",
))  # fmt: skip
