"""Leaky ReLU with a learned slope for each unit: y = max(0, x) + a·min(0, x).   x (B, …), a (…) → y (B, …)"""

import numpy as np

from engine.ops.loops import binary, broadcast_sizes, inline
from engine.ops.op import Op, broadcast, register, require
from engine.ops.samples import away, normal


@inline
def _scalar(arena, x, a):
    return x if x > 0 else a * x


def kernel(arena, ints, args, worker, workers):
    """x, a → y."""
    binary(_scalar, arena, args, worker, workers)


def _shapes(x, a):
    require(broadcast(x, a) == x, f"the slopes {a} do not belong to the units of {x}", "a", x[1:], a)
    return x


OP = register(Op(
    "prelu", "activation", ("x", "a"), _shapes, kernel, r"y = \max(0, x) + \alpha \min(0, x)",
    sizes=broadcast_sizes,
    expand=lambda g, x, a: g.sub(g.relu(x), g.mul(g.relu(g.neg(x)), a)),
    reference=lambda x, a: np.where(x > 0, x, a * x),
    derivative=r"\bar x = \bar y \odot (x > 0\,?\,1 : \alpha),\quad \bar\alpha = \sum \bar y \odot \min(0, x)",
    samples=[dict(inputs=[away(7, 3), normal(3)]), dict(inputs=[away(2, 3, 4), normal(3, 4)])],
    smooth=False,
    title="parametric ReLU", source="He et al. 2015",
))  # fmt: skip
