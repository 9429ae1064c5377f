"""Gradient of ELU, from its output: dy where y > 0, else dy·(y + α)."""

import numpy as np

from engine.machine.pointers import const
from engine.ops.loops import inline, pairwise_scalar
from engine.ops.op import Op, register, same
from engine.ops.samples import away, normal


@inline
def _scalar(arena, dy, y, alpha):
    return dy * (const(arena, 1.0) if y > 0 else y + alpha)


def kernel(arena, ints, args, worker, workers):
    """The gradient that goes on backwards."""
    pairwise_scalar(_scalar, arena, args, worker, workers)


def _local(dy, y, alpha):
    return np.where(y > 0, 1.0, y + alpha)


def _expand(g, dy, y, alpha):
    above = g.scale(g.step(y), factor=1.0 - alpha)
    return g.mul(dy, g.sub(g.add(above, g.constant(alpha)), g.relu(g.neg(y))))


OP = register(Op(
    "elu_grad", "gradient", ("dy", "y"), same, kernel, r"\bar x = \bar y \odot (y > 0\,?\,1 : y + \alpha)",
    outputs=("dx",), scalars=("alpha",),
    expand=_expand,
    reference=lambda dy, y, alpha: dy * _local(dy, y, alpha),
    numbers="{dy} · ({y} > 0 ? 1 : {y} + {alpha})", local=_local,
    samples=[
        dict(inputs=[normal(7, 3), away(7, 3)], attrs=dict(alpha=0.7)),
        dict(inputs=[normal(1), away(1)], attrs=dict(alpha=1.0)),
    ],
    smooth=False, flops=lambda c: 2 * c.outputs[0].size,
    source="Clevert et al. 2016",
))  # fmt: skip
