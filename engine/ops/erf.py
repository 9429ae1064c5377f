"""Error function: y = 2/√π ∫₀ˣ e^−t² dt."""

import math

from engine.machine import vmath
from engine.ops.loops import inline, unary
from engine.ops.op import Op, register, same, special
from engine.ops.samples import large, normal

SLOPE = 2.0 / math.sqrt(math.pi)  # at 0


@inline
def _scalar(arena, x):
    return vmath.erf(x)


def kernel(arena, ints, args, worker, workers):
    """y = erf(x)."""
    unary(_scalar, arena, args, worker, workers)


def _vjp(g, c, dy):
    return (g.mul(dy, g.scale(g.exp(g.neg(g.square(c.inputs[0]))), factor=SLOPE)),)


OP = register(Op(
    "erf", "elementwise", ("x",), same, kernel, r"y = \mathrm{erf}(x)",
    vjp=_vjp,
    reference=lambda x: special().erf(x),
    derivative=r"\bar x = \bar y \odot \frac{2}{\sqrt{\pi}} e^{-x^2}",
    samples=[
        dict(inputs=[normal(7, 3)]), dict(inputs=[normal(1)]), dict(inputs=[normal(5, 4, 33)]),
        dict(inputs=[large(40)]),
    ],
    title="error function",
    source="Abramowitz and Stegun 1964, 7.1",
))  # fmt: skip
