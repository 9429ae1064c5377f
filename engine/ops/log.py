"""Natural logarithm: y = ln x; −∞ at 0, NaN below."""

import numpy as np

from engine.machine import vmath
from engine.ops.loops import inline, unary
from engine.ops.op import Op, register, same
from engine.ops.samples import positive


@inline
def _scalar(arena, x):
    return vmath.log(x)


def kernel(arena, ints, args, worker, workers):
    """y = log(x)."""
    unary(_scalar, arena, args, worker, workers)


OP = register(Op(
    "log", "elementwise", ("x",), same, kernel, r"y = \ln x",
    vjp=lambda g, c, dy: (g.div(dy, c.inputs[0]),),
    reference=np.log,
    derivative=r"\bar x = \bar y / x",
    samples=[dict(inputs=[positive(7, 3)]), dict(inputs=[positive(1)]), dict(inputs=[positive(5, 4, 33)])],
    source="Abramowitz and Stegun 1964, 4.1",
))  # fmt: skip
