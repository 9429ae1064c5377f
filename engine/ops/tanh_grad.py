"""Gradient of tanh, from its output: dy·(1 − y²)."""

from engine.machine.pointers import const
from engine.ops.loops import inline, pairwise
from engine.ops.op import Op, register, same
from engine.ops.samples import normal, unit


@inline
def _scalar(arena, dy, y):
    return dy * (const(arena, 1.0) - y * y)


def kernel(arena, ints, args, worker, workers):
    """The gradient that goes on backwards."""
    pairwise(_scalar, arena, args, worker, workers)


OP = register(Op(
    "tanh_grad", "gradient", ("dy", "y"), same, kernel, r"\bar x = \bar y \odot (1 - y^2)",
    outputs=("dx",),
    expand=lambda g, dy, y: g.mul(dy, g.sub(g.constant(1.0), g.square(y))),
    reference=lambda dy, y: dy * (1 - y * y),
    numbers="{dy} · (1 − {y}²)", local=lambda dy, y: 1 - y * y,
    samples=[dict(inputs=[normal(7, 3), unit(7, 3)]), dict(inputs=[normal(1), unit(1)])],
    source="Abramowitz and Stegun 1964, 4.5",
))  # fmt: skip
