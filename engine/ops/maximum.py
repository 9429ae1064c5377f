"""The larger of two numbers, element by element, with broadcasting; NaN where one of them is."""

import numpy as np

from engine.ops.op import Op, broadcast, register
from engine.ops.pairs import MAXIMUM, kernel, pair_sizes
from engine.ops.samples import broadcasting


def _vjp(g, c, dz):
    x, y = c.inputs
    dy = g.mul(dz, g.less(x, y))
    return g.sum_to(g.sub(dz, dy), x.shape), g.sum_to(dy, y.shape)


OP = register(Op(
    "maximum", "elementwise", ("x", "y"), broadcast, kernel, r"z = \max(x, y)",
    outputs=("z",), sizes=pair_sizes(MAXIMUM),
    vjp=_vjp,
    reference=np.maximum,
    derivative=r"\bar x = \bar z\,[x \ge y],\quad \bar y = \bar z\,[x < y]",
    numbers="max({x}, {y})",
    samples=broadcasting()[:5],
    smooth=False,
    source="ONNX operator Max",
))  # fmt: skip
