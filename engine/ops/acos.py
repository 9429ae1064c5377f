"""Arc cosine; NaN outside of −1 … 1."""

import numpy as np

from engine.ops.functions import ACOS, function_sizes, kernel
from engine.ops.op import Op, register, same
from engine.ops.samples import unit

OP = register(Op(
    "acos", "elementwise", ("x",), same, kernel, r"y = \arccos x",
    sizes=function_sizes(ACOS),
    vjp=lambda g, c, dy: (g.neg(g.div(dy, g.sqrt(g.sub(g.constant(1.0), g.square(c.inputs[0]))))),),
    reference=np.arccos,
    derivative=r"\bar x = -\bar y / \sqrt{1 - x^2}",
    samples=[dict(inputs=[unit(7, 3)]), dict(inputs=[unit(1)]), dict(inputs=[unit(5, 4, 33)])],
    source="Abramowitz and Stegun 1964, 4.4",
))  # fmt: skip
