"""Power z = x^y with broadcasting; NaN where x < 0 and y is not whole."""

import numpy as np

from engine.ops.op import Op, broadcast, register
from engine.ops.pairs import POWER, kernel, pair_sizes
from engine.ops.samples import normal, positive


def _vjp(g, c, dz):
    x, y = c.inputs
    dx = g.mul(dz, g.mul(y, g.power(x, g.sub(y, g.constant(1.0)))))
    dy = g.mul(dz, g.mul(c.outputs[0], g.log(x)))
    return g.sum_to(dx, x.shape), g.sum_to(dy, y.shape)


OP = register(Op(
    "power", "elementwise", ("x", "y"), broadcast, kernel, r"z = x^y",
    outputs=("z",), sizes=pair_sizes(POWER),
    vjp=_vjp,
    reference=np.power,
    derivative=r"\bar x = \bar z\, y\, x^{y-1},\quad \bar y = \bar z\, z \log x",
    numbers="{x}^{y}",
    samples=[
        dict(inputs=[positive(7, 3), normal(7, 3)]), dict(inputs=[positive(7, 3), normal(3)]),
        dict(inputs=[positive(2, 1, 4), normal(3, 1)]), dict(inputs=[positive(), normal(4)]),
    ],
    source="Abramowitz and Stegun 1964, 4.2",
))  # fmt: skip
