"""Tangent: y = tan x."""

import numpy as np

from engine.ops.functions import TAN, function_sizes, kernel
from engine.ops.op import Op, register, same
from engine.ops.samples import unit

OP = register(Op(
    "tan", "elementwise", ("x",), same, kernel, r"y = \tan x",
    sizes=function_sizes(TAN),
    vjp=lambda g, c, dy: (g.mul(dy, g.add(g.constant(1.0), g.square(c.outputs[0]))),),
    reference=np.tan,
    derivative=r"\bar x = \bar y \odot (1 + y^2)",
    samples=[dict(inputs=[unit(7, 3)]), dict(inputs=[unit(1)]), dict(inputs=[unit(5, 4, 33)])],
    source="Abramowitz and Stegun 1964, 4.3",
))  # fmt: skip
