"""Hyperbolic cosine: y = (e^x + e^−x) / 2."""

import numpy as np

from engine.ops.functions import COSH, function_sizes, kernel
from engine.ops.op import Op, register, same
from engine.ops.samples import normal

OP = register(Op(
    "cosh", "elementwise", ("x",), same, kernel, r"y = \cosh x",
    sizes=function_sizes(COSH),
    vjp=lambda g, c, dy: (g.mul(dy, g.sinh(c.inputs[0])),),
    reference=np.cosh,
    derivative=r"\bar x = \bar y \odot \sinh x",
    samples=[dict(inputs=[normal(7, 3)]), dict(inputs=[normal(1)]), dict(inputs=[normal(5, 4, 33)])],
    source="Abramowitz and Stegun 1964, 4.5",
))  # fmt: skip
