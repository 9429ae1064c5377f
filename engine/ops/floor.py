"""The next whole number below: y = ⌊x⌋. Its derivative is 0 wherever it has one."""

import numpy as np

from engine.ops.functions import FLOOR, function_sizes, kernel
from engine.ops.op import Op, register, same
from engine.ops.samples import unit

OP = register(Op(
    "floor", "elementwise", ("x",), same, kernel, r"y = \lfloor x \rfloor",
    sizes=function_sizes(FLOOR),
    vjp=lambda g, c, dy: (None,),
    reference=np.floor,
    derivative=r"\bar x = 0",
    samples=[dict(inputs=[unit(7, 3)]), dict(inputs=[unit(1)]), dict(inputs=[unit(5, 4, 33)])],
    smooth=False,
    source="Knuth 1997, 1.2.4",
))  # fmt: skip
