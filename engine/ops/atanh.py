"""Inverse of the hyperbolic tangent: y = log((1 + x) / (1 − x)) / 2."""

import numpy as np

from engine.ops.functions import ATANH, function_sizes, kernel
from engine.ops.op import Op, register, same
from engine.ops.samples import unit

OP = register(Op(
    "atanh", "elementwise", ("x",), same, kernel, r"y = \mathrm{artanh}\, x",
    sizes=function_sizes(ATANH),
    vjp=lambda g, c, dy: (g.div(dy, g.sub(g.constant(1.0), g.square(c.inputs[0]))),),
    reference=np.arctanh,
    derivative=r"\bar x = \bar y / (1 - x^2)",
    samples=[dict(inputs=[unit(7, 3)]), dict(inputs=[unit(1)]), dict(inputs=[unit(5, 4, 33)])],
    source="Abramowitz and Stegun 1964, 4.6",
))  # fmt: skip
