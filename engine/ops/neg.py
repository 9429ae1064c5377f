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
    vjp=lambda g, c, dy: (g.neg(dy),),
    reference=lambda x: -x,
    derivative=r"\bar x = -\bar y",
    samples=[dict(inputs=[normal(7, 3)]), dict(inputs=[normal(1)]), dict(inputs=[normal(5, 4, 33)])],
    source="ONNX operator Neg",
))  # fmt: skip
