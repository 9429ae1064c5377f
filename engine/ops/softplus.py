"""Softplus: y = ln(1 + e^x), without overflow."""

import numpy as np

from engine.machine import vmath
from engine.ops.loops import inline, unary
from engine.ops.op import Op, register, same
from engine.ops.samples import large, normal


@inline
def _scalar(arena, x):
    return vmath.softplus(x)


def kernel(arena, ints, args, worker, workers):
    """y = softplus(x)."""
    unary(_scalar, arena, args, worker, workers)


OP = register(Op(
    "softplus", "elementwise", ("x",), same, kernel, r"y = \ln(1 + e^x)",
    vjp=lambda g, c, dy: (g.softplus_grad(dy, c.inputs[0]),),
    reference=lambda x: np.logaddexp(0, x),
    derivative=r"\bar x = \bar y \odot \sigma(x)",
    numbers="ln(1 + e^{x})",
    samples=[
        dict(inputs=[normal(7, 3)]), dict(inputs=[normal(1)]), dict(inputs=[normal(5, 4, 33)]),
        dict(inputs=[large(40)]),
    ],
    source="Dugas et al. 2001",
))  # fmt: skip
