"""Absolute value: y = |x|; derivative sign x, taken as 0 at 0."""

import numpy as np

from engine.ops.loops import inline, unary
from engine.ops.op import Op, register, same
from engine.ops.samples import away


@inline
def _scalar(arena, x):
    return abs(x)


def kernel(arena, ints, args, worker, workers):
    """y = abs(x)."""
    unary(_scalar, arena, args, worker, workers)


OP = register(Op(
    "abs", "elementwise", ("x",), same, kernel, r"y = |x|",
    vjp=lambda g, c, dy: (g.mul(dy, g.sign(c.inputs[0])),),
    reference=np.abs,
    derivative=r"\bar x = \bar y \odot \mathrm{sign}\, x",
    samples=[dict(inputs=[away(7, 3)]), dict(inputs=[away(1)]), dict(inputs=[away(5, 4, 33)])],
    smooth=False,
    source="ONNX operator Abs",
))  # fmt: skip
