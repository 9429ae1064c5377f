"""Multiplication by a number: y = c·x."""

from engine.ops.loops import inline, unary_scalar
from engine.ops.op import Op, register, same
from engine.ops.samples import normal


@inline
def _scalar(arena, x, factor):
    return x * factor


def kernel(arena, ints, args, worker, workers):
    """y = scale(x)."""
    unary_scalar(_scalar, arena, args, worker, workers)


OP = register(Op(
    "scale", "elementwise", ("x",), same, kernel, r"y = c\, x",
    scalars=("factor",),
    vjp=lambda g, c, dy: (g.scale(dy, factor=c.attrs["factor"]),),
    reference=lambda x, factor: x * factor,
    derivative=r"\bar x = c\, \bar y",
    samples=[
        dict(inputs=[normal(7, 3)], attrs=dict(factor=-1.7)), dict(inputs=[normal(1)], attrs=dict(factor=-1.7)),
        dict(inputs=[normal(5, 4, 33)], attrs=dict(factor=-1.7)),
    ],
    source="BLAS level 1: scal (Lawson et al. 1979)",
))  # fmt: skip
