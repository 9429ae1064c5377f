"""Gradient of ReLU: dy where x > 0, else 0."""

from engine.machine.pointers import const
from engine.ops.loops import inline, pairwise
from engine.ops.op import Op, register, same
from engine.ops.samples import away, normal


@inline
def _scalar(arena, dy, x):
    return dy if x > 0 else const(arena, 0.0)


def kernel(arena, ints, args, worker, workers):
    """The gradient that goes on backwards."""
    pairwise(_scalar, arena, args, worker, workers)


OP = register(Op(
    "relu_grad", "gradient", ("dy", "x"), same, kernel, r"\bar x = \bar y \odot [x > 0]",
    outputs=("dx",),
    expand=lambda g, dy, x: g.mul(dy, g.step(x)),
    reference=lambda dy, x: dy * (x > 0),
    numbers="{dy} · [{x} > 0]", local=lambda dy, x: (x > 0).astype(dy.dtype),
    samples=[dict(inputs=[normal(7, 3), away(7, 3)]), dict(inputs=[normal(1), away(1)])],
    smooth=False,
    source="Glorot, Bordes and Bengio 2011",
))  # fmt: skip
