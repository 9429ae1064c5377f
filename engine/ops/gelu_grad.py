"""Gradient of GELU: dy·(Φ(x) + x·φ(x)), where φ(x) = e^(−x²/2) / √(2π)."""

import math

import numpy as np

from engine.machine import vmath
from engine.machine.pointers import const
from engine.numerals import operand, show_number
from engine.ops.gelu import expanded_cdf, normal_cdf
from engine.ops.loops import inline, pairwise
from engine.ops.op import Op, register, same, special
from engine.ops.samples import large, normal

DENSITY = 1.0 / math.sqrt(2.0 * math.pi)  # at 0


@inline
def _scalar(arena, dy, x):
    density = const(arena, DENSITY) * vmath.exp(const(arena, -0.5) * x * x)
    return dy * (normal_cdf(arena, x) + x * density)


def kernel(arena, ints, args, worker, workers):
    """The gradient that goes on backwards."""
    pairwise(_scalar, arena, args, worker, workers)


def _density(x):
    return DENSITY * np.exp(-0.5 * x * x)


def _local(dy, x):
    return special().ndtr(x) + x * _density(x)


def _expand(g, dy, x):
    density = g.scale(g.exp(g.scale(g.square(x), factor=-0.5)), factor=DENSITY)
    return g.mul(dy, g.add(expanded_cdf(g, x), g.mul(x, density)))


def _numbers(arrays, place, attrs):
    dy, x = float(arrays[0][place]), float(arrays[1][place])
    return f"{operand(dy)} · ({show_number(special().ndtr(x))} + {operand(x)} · {show_number(_density(x))})"


OP = register(Op(
    "gelu_grad", "gradient", ("dy", "x"), same, kernel, r"\bar x = \bar y \odot (\Phi(x) + x\, \varphi(x))",
    outputs=("dx",),
    expand=_expand,
    reference=lambda dy, x: dy * _local(dy, x),
    numbers=_numbers, local=_local,
    samples=[
        dict(inputs=[normal(7, 3), normal(7, 3)]), dict(inputs=[normal(1), normal(1)]),
        dict(inputs=[normal(40), large(40)]),
    ],
    flops=lambda c: 8 * c.outputs[0].size,
    source="Hendrycks and Gimpel 2016",
))  # fmt: skip
