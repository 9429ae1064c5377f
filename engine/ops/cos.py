"""Cosine: y = cos x."""

import numpy as np

from engine.ops.functions import COS, function_sizes, kernel
from engine.ops.op import Op, register, same
from engine.ops.samples import normal

OP = register(Op(
    "cos", "elementwise", ("x",), same, kernel, r"y = \cos x",
    sizes=function_sizes(COS),
    vjp=lambda g, c, dy: (g.neg(g.mul(dy, g.sin(c.inputs[0]))),),
    reference=np.cos,
    derivative=r"\bar x = -\bar y \odot \sin x",
    samples=[dict(inputs=[normal(7, 3)]), dict(inputs=[normal(1)]), dict(inputs=[normal(5, 4, 33)])],
    source="Abramowitz and Stegun 1964, 4.3",
))  # fmt: skip
