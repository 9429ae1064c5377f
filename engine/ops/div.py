"""Quotient element by element, with broadcasting."""

import numpy as np

from engine.ops.loops import binary, broadcast_sizes, inline
from engine.ops.op import Op, broadcast, register
from engine.ops.samples import broadcasting, positive


@inline
def _scalar(arena, x, y):
    return x / y


def kernel(arena, ints, args, worker, workers):
    """z = div(x, y), broadcast."""
    binary(_scalar, arena, args, worker, workers)


def _vjp(g, c, dz):
    x, y = c.inputs
    dx = g.div(dz, y)
    dy = g.neg(g.div(g.mul(dz, c.outputs[0]), y))
    return g.sum_to(dx, x.shape), g.sum_to(dy, y.shape)


OP = register(Op(
    "div", "elementwise", ("x", "y"), broadcast, kernel, r"z = x / y",
    outputs=("z",), sizes=broadcast_sizes,
    vjp=_vjp,
    reference=np.divide,
    derivative=r"\bar x = \bar z / y,\quad \bar y = -\bar z \odot z / y",
    numbers="{x} / {y}",
    samples=broadcasting(positive),
    source="ONNX operator Div",
))  # fmt: skip
