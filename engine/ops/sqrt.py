"""Square root: y = √x; NaN below 0."""

import math

import numpy as np

from engine.ops.loops import inline, unary
from engine.ops.op import Op, register, same
from engine.ops.samples import positive


@inline
def _scalar(arena, x):
    return math.sqrt(x)


def kernel(arena, ints, args, worker, workers):
    """y = sqrt(x)."""
    unary(_scalar, arena, args, worker, workers)


OP = register(Op(
    "sqrt", "elementwise", ("x",), same, kernel, r"y = \sqrt{x}",
    vjp=lambda g, c, dy: (g.scale(g.div(dy, c.outputs[0]), factor=0.5),),
    reference=np.sqrt,
    derivative=r"\bar x = \frac{\bar y}{2 y}",
    samples=[dict(inputs=[positive(7, 3)]), dict(inputs=[positive(1)]), dict(inputs=[positive(5, 4, 33)])],
    source="ONNX operator Sqrt",
))  # fmt: skip
