"""Inverse of the hyperbolic sine: y = log(x + √(x² + 1))."""

import numpy as np

from engine.ops.functions import ASINH, function_sizes, kernel
from engine.ops.op import Op, register, same
from engine.ops.samples import normal

OP = register(Op(
    "asinh", "elementwise", ("x",), same, kernel, r"y = \mathrm{arsinh}\, x",
    sizes=function_sizes(ASINH),
    vjp=lambda g, c, dy: (g.div(dy, g.sqrt(g.add(g.constant(1.0), g.square(c.inputs[0])))),),
    reference=np.arcsinh,
    derivative=r"\bar x = \bar y / \sqrt{1 + x^2}",
    samples=[dict(inputs=[normal(7, 3)]), dict(inputs=[normal(1)]), dict(inputs=[normal(5, 4, 33)])],
    source="Abramowitz and Stegun 1964, 4.6",
))  # fmt: skip
