"""The same numbers in a place of their own."""

from engine.ops.loops import inline, unary
from engine.ops.op import Op, register, same
from engine.ops.samples import normal


@inline
def _scalar(arena, x):
    return x


def kernel(arena, ints, args, worker, workers):
    """y = x."""
    unary(_scalar, arena, args, worker, workers)


OP = register(Op(
    "copy", "shape", ("x",), same, kernel, "y = x",
    vjp=lambda g, c, dy: (g.copy(dy),),
    reference=lambda x: x,
    derivative=r"\bar x = \bar y",
    samples=[dict(inputs=[normal(7, 3)])],
    source="ONNX operator Identity",
))  # fmt: skip
