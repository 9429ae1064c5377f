"""Rectified linear unit: y = max(0, x); derivative 0 at 0. NaN stays NaN."""

import numpy as np

from engine.machine.pointers import const
from engine.ops.loops import inline, unary
from engine.ops.op import Op, register, same
from engine.ops.samples import away


@inline
def _scalar(arena, x):
    return const(arena, 0.0) if x <= 0 else x


def kernel(arena, ints, args, worker, workers):
    """y = relu(x)."""
    unary(_scalar, arena, args, worker, workers)


OP = register(Op(
    "relu", "elementwise", ("x",), same, kernel, r"y = \max(0, x)",
    vjp=lambda g, c, dy: (g.relu_grad(dy, c.inputs[0]),),
    expand=lambda g, x: g.mul(x, g.step(x)),
    reference=lambda x: np.maximum(x, 0),
    derivative=r"\bar x = \bar y \odot [x > 0]",
    samples=[dict(inputs=[away(7, 3)]), dict(inputs=[away(1)]), dict(inputs=[away(5, 4, 33)])],
    smooth=False,
    source="Glorot, Bordes and Bengio 2011",
))  # fmt: skip
