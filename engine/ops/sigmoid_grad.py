"""Gradient of the sigmoid, from its output: dy·y·(1 − y)."""

from engine.machine.pointers import const
from engine.ops.loops import inline, pairwise
from engine.ops.op import Op, register, same
from engine.ops.samples import normal, unit


@inline
def _scalar(arena, dy, y):
    return dy * y * (const(arena, 1.0) - y)


def kernel(arena, ints, args, worker, workers):
    """The gradient that goes on backwards."""
    pairwise(_scalar, arena, args, worker, workers)


OP = register(Op(
    "sigmoid_grad", "gradient", ("dy", "y"), same, kernel, r"\bar x = \bar y \odot y \odot (1 - y)",
    outputs=("dx",),
    expand=lambda g, dy, y: g.mul(dy, g.mul(y, g.sub(g.constant(1.0), y))),
    reference=lambda dy, y: dy * y * (1 - y),
    numbers="{dy} · {y} · (1 − {y})", local=lambda dy, y: y * (1 - y),
    samples=[dict(inputs=[normal(7, 3), unit(7, 3)]), dict(inputs=[normal(1), unit(1)])],
    source="Rumelhart, Hinton and Williams 1986",
))  # fmt: skip
