"""Negation: y = −x."""

from engine.ops.loops import inline, unary
from engine.ops.op import Op, register, same
from engine.ops.samples import normal


@inline
def _scalar(arena, x):
    return -x


def kernel(arena, ints, args, worker, workers):
    """y = neg(x)."""
    unary(_scalar, arena, args, worker, workers)


OP = register(Op(
    "neg", "elementwise", ("x",), same, kernel, r"y = -x",
    reference=lambda x: -x, samples=[dict(inputs=[normal(7, 3)]), dict(inputs=[normal(1)]), dict(inputs=[normal(5, 4, 33)])],
    vjp=lambda g, c, dy: (g.neg(dy),), derivative=r"\bar x = -\bar y",
))  # fmt: skip
