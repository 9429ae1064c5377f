"""Difference of two tensors, with broadcasting."""

import numpy as np

from engine.ops.loops import binary, broadcast_sizes, inline
from engine.ops.op import Op, broadcast, register
from engine.ops.samples import broadcasting


@inline
def _scalar(arena, x, y):
    return x - y


def kernel(arena, ints, args, worker, workers):
    """z = sub(x, y), broadcast."""
    binary(_scalar, arena, args, worker, workers)


def _vjp(g, c, dz):
    x, y = c.inputs
    dx, dy = dz, g.neg(dz)
    return g.sum_to(dx, x.shape), g.sum_to(dy, y.shape)


OP = register(Op(
    "sub", "elementwise", ("x", "y"), broadcast, kernel, r"z = x - y",
    outputs=("z",), sizes=broadcast_sizes,
    vjp=_vjp,
    reference=np.subtract,
    derivative=r"\bar x = \bar z,\quad \bar y = -\bar z",
    numbers="{x} − {y}",
    samples=broadcasting(),
    source="ONNX operator Sub",
))  # fmt: skip
