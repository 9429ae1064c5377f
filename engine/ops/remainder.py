"""Remainder of a division that is rounded toward 0, as C's fmod: z = x − y·trunc(x / y), with the sign of x."""

import numpy as np

from engine.ops.op import Op, broadcast, register
from engine.ops.pairs import REMAINDER, kernel, pair_sizes
from engine.ops.samples import normal, positive


def _vjp(g, c, dz):
    x, y = c.inputs
    quotient = g.div(g.sub(x, c.outputs[0]), y)  # a whole number
    return g.sum_to(dz, x.shape), g.sum_to(g.neg(g.mul(dz, quotient)), y.shape)


OP = register(Op(
    "remainder", "elementwise", ("x", "y"), broadcast, kernel, r"z = x - y\,\mathrm{trunc}(x / y)",
    outputs=("z",), sizes=pair_sizes(REMAINDER),
    vjp=_vjp,
    reference=np.fmod,
    derivative=r"\bar x = \bar z,\quad \bar y = -\bar z\,\mathrm{trunc}(x / y)",
    numbers="{x} mod {y}",
    samples=[dict(inputs=[normal(7, 3), positive(7, 3)]), dict(inputs=[normal(7, 1), positive(1, 5)])],
    smooth=False,
    source="ISO/IEC 9899:2018, 7.12.10.1: fmod",
))  # fmt: skip
