"""Sine: y = sin x."""

import numpy as np

from engine.ops.functions import SIN, function_sizes, kernel
from engine.ops.op import Op, register, same
from engine.ops.samples import normal

OP = register(Op(
    "sin", "elementwise", ("x",), same, kernel, r"y = \sin x",
    sizes=function_sizes(SIN),
    vjp=lambda g, c, dy: (g.mul(dy, g.cos(c.inputs[0])),),
    reference=np.sin,
    derivative=r"\bar x = \bar y \odot \cos x",
    samples=[dict(inputs=[normal(7, 3)]), dict(inputs=[normal(1)]), dict(inputs=[normal(5, 4, 33)])],
    source="Abramowitz and Stegun 1964, 4.3",
))  # fmt: skip
