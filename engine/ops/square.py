"""Square: y = x²."""

import numpy as np

from engine.ops.loops import inline, unary
from engine.ops.op import Op, register, same
from engine.ops.samples import normal


@inline
def _scalar(arena, x):
    return x * x


def kernel(arena, ints, args, worker, workers):
    """y = square(x)."""
    unary(_scalar, arena, args, worker, workers)


OP = register(Op(
    "square", "elementwise", ("x",), same, kernel, r"y = x^2",
    vjp=lambda g, c, dy: (g.scale(g.mul(dy, c.inputs[0]), factor=2.0),),
    reference=np.square,
    derivative=r"\bar x = 2 x \odot \bar y",
    samples=[dict(inputs=[normal(7, 3)]), dict(inputs=[normal(1)]), dict(inputs=[normal(5, 4, 33)])],
    source="ONNX operator Mul with both inputs alike",
))  # fmt: skip
