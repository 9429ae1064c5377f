"""Gradient of leaky ReLU: dy where x > 0, else slope·dy."""

import numpy as np

from engine.ops.loops import inline, pairwise_scalar
from engine.ops.op import Op, register, same
from engine.ops.samples import away, normal


@inline
def _scalar(arena, dy, x, slope):
    return dy if x > 0 else slope * dy


def kernel(arena, ints, args, worker, workers):
    """The gradient that goes on backwards."""
    pairwise_scalar(_scalar, arena, args, worker, workers)


OP = register(Op(
    "leaky_relu_grad", "gradient", ("dy", "x"), same, kernel, r"\bar x = \bar y \odot (x > 0\,?\,1 : \alpha)",
    outputs=("dx",), scalars=("slope",),
    expand=lambda g, dy, x, slope: g.add(g.mul(dy, g.step(x)), g.scale(g.mul(dy, g.step(g.neg(x))), factor=slope)),
    reference=lambda dy, x, slope: dy * np.where(x > 0, 1, slope),
    numbers="{dy} · ({x} > 0 ? 1 : {slope})", local=lambda dy, x, slope: np.where(x > 0, 1.0, slope),
    samples=[
        dict(inputs=[normal(7, 3), away(7, 3)], attrs=dict(slope=0.1)),
        dict(inputs=[normal(1), away(1)], attrs=dict(slope=0.1)),
    ],
    smooth=False,
    source="Maas, Hannun and Ng 2013",
))  # fmt: skip
