"""Hyperbolic tangent."""

import numpy as np

from engine.machine import vmath
from engine.ops.loops import inline, unary
from engine.ops.op import Op, register, same
from engine.ops.samples import large, normal


@inline
def _scalar(arena, x):
    return vmath.tanh(x)


def kernel(arena, ints, args, worker, workers):
    """y = tanh(x)."""
    unary(_scalar, arena, args, worker, workers)


OP = register(Op(
    "tanh", "elementwise", ("x",), same, kernel, r"y = \tanh x",
    vjp=lambda g, c, dy: (g.tanh_grad(dy, c.outputs[0]),),
    expand=lambda g, x: g.sub(g.scale(g.sigmoid(g.scale(x, factor=2.0)), factor=2.0), g.constant(1.0)),
    reference=np.tanh,
    derivative=r"\bar x = \bar y \odot (1 - y^2)",
    samples=[
        dict(inputs=[normal(7, 3)]), dict(inputs=[normal(1)]), dict(inputs=[normal(5, 4, 33)]),
        dict(inputs=[large(40)]),
    ],
    source="Abramowitz and Stegun 1964, 4.5",
))  # fmt: skip
