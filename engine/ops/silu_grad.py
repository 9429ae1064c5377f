"""Gradient of SiLU: dy·s·(1 + x·(1 − s)), where s = σ(x)."""

from engine.machine import vmath
from engine.machine.pointers import const
from engine.numerals import operand, show_number
from engine.ops.loops import inline, pairwise
from engine.ops.op import Op, register, same, special
from engine.ops.samples import large, normal


@inline
def _scalar(arena, dy, x):
    one, s = const(arena, 1.0), vmath.sigmoid(x)
    return dy * (s * (one + x * (one - s)))


def kernel(arena, ints, args, worker, workers):
    """The gradient that goes on backwards."""
    pairwise(_scalar, arena, args, worker, workers)


def _local(dy, x):
    s = special().expit(x)
    return s * (1 + x * (1 - s))


def _expand(g, dy, x):
    s, one = g.sigmoid(x), g.constant(1.0)
    return g.mul(dy, g.mul(s, g.add(one, g.mul(x, g.sub(one, s)))))


def _numbers(arrays, place, attrs):
    dy, x = float(arrays[0][place]), float(arrays[1][place])
    s = show_number(float(special().expit(x)))
    return f"{operand(dy)} · {s} · (1 + {operand(x)} · (1 − {s}))"


OP = register(Op(
    "silu_grad", "gradient", ("dy", "x"), same, kernel,
    r"\bar x = \bar y \odot \sigma(x) \odot (1 + x\, (1 - \sigma(x)))",
    outputs=("dx",),
    expand=_expand,
    reference=lambda dy, x: dy * _local(dy, x),
    numbers=_numbers, local=_local,
    samples=[
        dict(inputs=[normal(7, 3), normal(7, 3)]), dict(inputs=[normal(1), normal(1)]),
        dict(inputs=[normal(40), large(40)]),
    ],
    flops=lambda c: 8 * c.outputs[0].size,
    source="Elfwing et al. 2018",
))  # fmt: skip
