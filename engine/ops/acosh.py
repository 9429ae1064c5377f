"""Inverse of the hyperbolic cosine: y = log(x + √(x² − 1)); NaN below 1."""

import numpy as np

from engine.ops.functions import ACOSH, function_sizes, kernel
from engine.ops.op import Op, register, same
from engine.ops.samples import above_one


def _vjp(g, c, dy):
    return (g.div(dy, g.sqrt(g.sub(g.square(c.inputs[0]), g.constant(1.0)))),)


OP = register(Op(
    "acosh", "elementwise", ("x",), same, kernel, r"y = \mathrm{arcosh}\, x",
    sizes=function_sizes(ACOSH),
    vjp=_vjp,
    reference=np.arccosh,
    derivative=r"\bar x = \bar y / \sqrt{x^2 - 1}",
    samples=[dict(inputs=[above_one(*shape)]) for shape in ((7, 3), (1,), (5, 4, 33))],
    source="Abramowitz and Stegun 1964, 4.6",
))  # fmt: skip
