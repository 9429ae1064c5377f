"""Gradient of softplus: dy·σ(x)."""

from engine.machine import vmath
from engine.numerals import operand, show_number
from engine.ops.loops import inline, pairwise
from engine.ops.op import Op, register, same, special
from engine.ops.samples import large, normal


@inline
def _scalar(arena, dy, x):
    return dy * vmath.sigmoid(x)


def kernel(arena, ints, args, worker, workers):
    """The gradient that goes on backwards."""
    pairwise(_scalar, arena, args, worker, workers)


def _numbers(arrays, place, attrs):
    return f"{operand(arrays[0][place])} · σ({show_number(float(arrays[1][place]))})"


OP = register(Op(
    "softplus_grad", "gradient", ("dy", "x"), same, kernel, r"\bar x = \bar y \odot \sigma(x)",
    outputs=("dx",),
    expand=lambda g, dy, x: g.mul(dy, g.sigmoid(x)),
    reference=lambda dy, x: dy * special().expit(x),
    numbers=_numbers, local=lambda dy, x: special().expit(x),
    samples=[
        dict(inputs=[normal(7, 3), normal(7, 3)]), dict(inputs=[normal(1), normal(1)]),
        dict(inputs=[normal(40), large(40)]),
    ],
    flops=lambda c: 4 * c.outputs[0].size,
    source="Dugas et al. 2001",
))  # fmt: skip
