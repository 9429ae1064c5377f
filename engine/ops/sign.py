"""Sign: −1, 0 or 1. Its derivative is 0 wherever it has one."""

import numpy as np

from engine.machine.pointers import const
from engine.ops.loops import inline, unary
from engine.ops.op import Op, register, same
from engine.ops.samples import away


@inline
def _scalar(arena, x):
    return const(arena, 1.0) if x > 0 else (const(arena, -1.0) if x < 0 else x)


def kernel(arena, ints, args, worker, workers):
    """y = sign(x)."""
    unary(_scalar, arena, args, worker, workers)


OP = register(Op(
    "sign", "elementwise", ("x",), same, kernel, r"y = \mathrm{sign}\, x",
    vjp=lambda g, c, dy: (None,),
    reference=np.sign,
    derivative=r"\bar x = 0",
    samples=[dict(inputs=[away(7, 3)]), dict(inputs=[away(1)]), dict(inputs=[away(5, 4, 33)])],
    smooth=False,
    source="ONNX operator Sign",
))  # fmt: skip
