"""Leaky rectified linear unit: y = x where x > 0, else slope·x."""

import numpy as np

from engine.ops.loops import inline, unary_scalar
from engine.ops.op import Op, register, same
from engine.ops.samples import away


@inline
def _scalar(arena, x, slope):
    return x if x > 0 else slope * x


def kernel(arena, ints, args, worker, workers):
    """y = leaky_relu(x)."""
    unary_scalar(_scalar, arena, args, worker, workers)


OP = register(Op(
    "leaky_relu", "elementwise", ("x",), same, kernel, r"y = \max(x, \alpha x)",
    scalars=("slope",),
    vjp=lambda g, c, dy: (g.leaky_relu_grad(dy, c.inputs[0], slope=c.attrs["slope"]),),
    expand=lambda g, x, slope: g.sub(g.relu(x), g.scale(g.relu(g.neg(x)), factor=slope)),
    reference=lambda x, slope: np.where(x > 0, x, slope * x),
    derivative=r"\bar x = \bar y \odot (x > 0\,?\,1 : \alpha)",
    samples=[
        dict(inputs=[away(7, 3)], attrs=dict(slope=0.1)), dict(inputs=[away(1)], attrs=dict(slope=0.1)),
        dict(inputs=[away(5, 4, 33)], attrs=dict(slope=0.1)),
    ],
    smooth=False,
    source="Maas et al. 2013",
))  # fmt: skip
