"""Gaussian error linear unit, exact: y = x·Φ(x) = x·(1 + erf(x/√2)) / 2."""

import math

from engine.machine import vmath
from engine.machine.pointers import const
from engine.ops.loops import inline, unary
from engine.ops.op import Op, register, same, special
from engine.ops.samples import large, normal

SQRT_HALF = math.sqrt(0.5)


@inline
def normal_cdf(arena, x):
    """Φ(x), the share of the standard normal distribution below x."""
    half = const(arena, 0.5)
    return half + half * vmath.erf(x * const(arena, SQRT_HALF))


@inline
def _scalar(arena, x):
    return x * normal_cdf(arena, x)


def kernel(arena, ints, args, worker, workers):
    """y = gelu(x)."""
    unary(_scalar, arena, args, worker, workers)


def expanded_cdf(g, x):
    """Φ(x) out of finer ops."""
    return g.scale(g.add(g.constant(1.0), g.erf(g.scale(x, factor=SQRT_HALF))), factor=0.5)


OP = register(Op(
    "gelu", "elementwise", ("x",), same, kernel,
    r"y = x\, \Phi(x) = \frac{x}{2} (1 + \mathrm{erf}(\frac{x}{\sqrt{2}}))",
    vjp=lambda g, c, dy: (g.gelu_grad(dy, c.inputs[0]),),
    expand=lambda g, x: g.mul(x, expanded_cdf(g, x)),
    reference=lambda x: x * special().ndtr(x),
    derivative=r"\bar x = \bar y \odot (\Phi(x) + x\, \varphi(x))",
    numbers="{x} · (1 + erf({x} / √2)) / 2",
    samples=[
        dict(inputs=[normal(7, 3)]), dict(inputs=[normal(1)]), dict(inputs=[normal(5, 4, 33)]),
        dict(inputs=[large(40)]),
    ],
    flops=lambda c: 4 * c.outputs[0].size,
    title="GELU", source="Hendrycks and Gimpel 2016",
))  # fmt: skip
