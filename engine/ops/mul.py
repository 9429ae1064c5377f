"""Product element by element, with broadcasting."""

import numpy as np

from engine.ops.loops import binary, broadcast_sizes, inline
from engine.ops.op import Op, broadcast, register
from engine.ops.samples import broadcasting


@inline
def _scalar(arena, x, y):
    return x * y


def kernel(arena, ints, args, worker, workers):
    """z = mul(x, y), broadcast."""
    binary(_scalar, arena, args, worker, workers)


def _vjp(g, c, dz):
    x, y = c.inputs
    dx, dy = g.mul(dz, y), g.mul(dz, x)
    return g.sum_to(dx, x.shape), g.sum_to(dy, y.shape)


OP = register(Op(
    "mul", "elementwise", ("x", "y"), broadcast, kernel, r"z = x \odot y",
    outputs=("z",), sizes=broadcast_sizes,
    vjp=_vjp,
    reference=np.multiply,
    derivative=r"\bar x = \bar z \odot y,\quad \bar y = \bar z \odot x",
    numbers="{x} · {y}",
    samples=broadcasting(),
    source="ONNX operator Mul",
))  # fmt: skip
