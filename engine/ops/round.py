"""The nearest whole number, halves to the even one. The derivative is 0 wherever it has one."""

import numpy as np

from engine.ops.functions import ROUND, function_sizes, kernel
from engine.ops.op import Op, register, same
from engine.ops.samples import normal, spread

OP = register(Op(
    "round", "elementwise", ("x",), same, kernel, r"y = \mathrm{round}\, x",
    sizes=function_sizes(ROUND),
    vjp=lambda g, c, dy: (None,),
    reference=np.rint,
    derivative=r"\bar x = 0",
    samples=[dict(inputs=[spread(7, 3)]), dict(inputs=[normal(1)]), dict(inputs=[spread(5, 3, 11)])],
    smooth=False,
    source="IEEE 754-2019, 5.9: roundToIntegralTiesToEven",
))  # fmt: skip
