"""Exponential: y = e^x."""

import numpy as np

from engine.machine import vmath
from engine.ops.loops import inline, unary
from engine.ops.op import Op, register, same
from engine.ops.samples import normal


@inline
def _scalar(arena, x):
    return vmath.exp(x)


def kernel(arena, ints, args, worker, workers):
    """y = exp(x)."""
    unary(_scalar, arena, args, worker, workers)


OP = register(Op(
    "exp", "elementwise", ("x",), same, kernel, r"y = e^x",
    vjp=lambda g, c, dy: (g.mul(dy, c.outputs[0]),),
    reference=np.exp,
    derivative=r"\bar x = \bar y \odot y",
    samples=[dict(inputs=[normal(7, 3)]), dict(inputs=[normal(1)]), dict(inputs=[normal(5, 4, 33)])],
    source="Abramowitz and Stegun 1964, 4.2",
))  # fmt: skip
