"""Logistic sigmoid: y = 1 / (1 + e^−x)."""

from engine.machine import vmath
from engine.ops.loops import inline, unary
from engine.ops.op import Op, register, same, special
from engine.ops.samples import large, normal


@inline
def _scalar(arena, x):
    return vmath.sigmoid(x)


def kernel(arena, ints, args, worker, workers):
    """y = sigmoid(x)."""
    unary(_scalar, arena, args, worker, workers)


OP = register(Op(
    "sigmoid", "elementwise", ("x",), same, kernel, r"y = \frac{1}{1 + e^{-x}}",
    vjp=lambda g, c, dy: (g.sigmoid_grad(dy, c.outputs[0]),),
    expand=lambda g, x: g.div(g.constant(1.0), g.add(g.constant(1.0), g.exp(g.neg(x)))),
    reference=lambda x: special().expit(x),
    derivative=r"\bar x = \bar y \odot y \odot (1 - y)",
    samples=[
        dict(inputs=[normal(7, 3)]), dict(inputs=[normal(1)]), dict(inputs=[normal(5, 4, 33)]),
        dict(inputs=[large(40)]),
    ],
    source="Rumelhart, Hinton and Williams 1986",
))  # fmt: skip
