"""Arc tangent: y = arctan x."""

import numpy as np

from engine.ops.functions import ATAN, function_sizes, kernel
from engine.ops.op import Op, register, same
from engine.ops.samples import normal

OP = register(Op(
    "atan", "elementwise", ("x",), same, kernel, r"y = \arctan x",
    sizes=function_sizes(ATAN),
    vjp=lambda g, c, dy: (g.div(dy, g.add(g.constant(1.0), g.square(c.inputs[0]))),),
    reference=np.arctan,
    derivative=r"\bar x = \bar y / (1 + x^2)",
    samples=[dict(inputs=[normal(7, 3)]), dict(inputs=[normal(1)]), dict(inputs=[normal(5, 4, 33)])],
    source="Abramowitz and Stegun 1964, 4.4",
))  # fmt: skip
