"""Hyperbolic sine: y = (e^x − e^−x) / 2."""

import numpy as np

from engine.ops.functions import SINH, function_sizes, kernel
from engine.ops.op import Op, register, same
from engine.ops.samples import normal

OP = register(Op(
    "sinh", "elementwise", ("x",), same, kernel, r"y = \sinh x",
    sizes=function_sizes(SINH),
    vjp=lambda g, c, dy: (g.mul(dy, g.cosh(c.inputs[0])),),
    reference=np.sinh,
    derivative=r"\bar x = \bar y \odot \cosh x",
    samples=[dict(inputs=[normal(7, 3)]), dict(inputs=[normal(1)]), dict(inputs=[normal(5, 4, 33)])],
    source="Abramowitz and Stegun 1964, 4.5",
))  # fmt: skip
