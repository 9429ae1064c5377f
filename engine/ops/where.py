"""A choice element by element: y = x where c > 0, else z; the other one does not matter, even if it is NaN."""

import numpy as np

from engine.machine.pointers import load
from engine.ops.loops import part, span
from engine.ops.op import Op, register, same
from engine.ops.samples import away, normal


def kernel(arena, ints, args, worker, workers):
    """c, x, z → y. args: c, x, z, y, n."""
    n = load(args, 4)
    lo, hi = span(n, worker, workers)
    c, x = part(arena, args, 0, lo, hi), part(arena, args, 1, lo, hi)
    z, y = part(arena, args, 2, lo, hi), part(arena, args, 3, lo, hi)
    for i in range(hi - lo):
        y[i] = x[i] if c[i] > 0 else z[i]


def _vjp(g, c, dy):
    chosen, nothing = c.inputs[0], g.zeros(shape=dy.shape)
    return None, g.where(chosen, dy, nothing), g.where(chosen, nothing, dy)


OP = register(Op(
    "where", "elementwise", ("c", "x", "z"), same, kernel, r"y = (c > 0\,?\,x : z)",
    vjp=_vjp,
    reference=lambda c, x, z: np.where(c > 0, x, z),
    derivative=r"\bar x = \bar y\,[c > 0],\quad \bar z = \bar y\,[c \le 0]",
    numbers="({c} > 0 ? {x} : {z})",
    samples=[dict(inputs=[away(7, 3), normal(7, 3), normal(7, 3)]), dict(inputs=[away(40), normal(40), normal(40)])],
    smooth=False,
    source="ONNX operator Where",
))  # fmt: skip
