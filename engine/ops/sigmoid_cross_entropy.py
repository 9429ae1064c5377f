"""Binary cross entropy on logits: losses = softplus(z) − z·y, p = sigmoid(z), element by element; never overflows."""

import numpy as np

from engine.machine import vmath
from engine.machine.pointers import load
from engine.numerals import operand
from engine.ops.loops import part, span
from engine.ops.op import Op, register, same, special
from engine.ops.samples import large, normal, unit


def kernel(arena, ints, args, worker, workers):
    """z, y → losses, p."""
    n = load(args, 4)
    lo, hi = span(n, worker, workers)
    z, y = part(arena, args, 0, lo, hi), part(arena, args, 1, lo, hi)
    losses, p = part(arena, args, 2, lo, hi), part(arena, args, 3, lo, hi)
    for i in range(hi - lo):
        losses[i] = vmath.softplus(z[i]) - z[i] * y[i]
        p[i] = vmath.sigmoid(z[i])


def _shapes(z, y):
    return [same(z, y), z]


def _vjp(g, c, dlosses, dp):
    z, y = c.inputs
    p = c.outputs[1]
    dz = None if dlosses is None else g.mul(dlosses, g.sub(p, y))
    if dp is not None:
        through_p = g.sigmoid_grad(dp, p)
        dz = through_p if dz is None else g.add(dz, through_p)
    return dz, None if dlosses is None else g.neg(g.mul(dlosses, z))


def _numbers(arrays, place, attrs):
    z, y = (operand(array[place]) for array in arrays)
    return f"ln(1 + e^{z}) − {z} · {y}"


OP = register(Op(
    "sigmoid_cross_entropy", "loss", ("z", "y"), _shapes, kernel, r"L = \ln(1 + e^z) - z\, y",
    outputs=("losses", "p"),
    vjp=_vjp,
    expand=lambda g, z, y: (g.sub(g.softplus(z), g.mul(z, y)), g.sigmoid(z)),
    reference=lambda z, y: (np.logaddexp(0, z) - z * y, special().expit(z)),
    derivative=r"\bar z = (p - y)\, \bar L",
    numbers=_numbers,
    samples=[dict(inputs=[normal(7, 1), unit(7, 1)]), dict(inputs=[large(9, 3), unit(9, 3)])],
    flops=lambda c: 8 * c.inputs[0].size,
    title="binary cross entropy of logits",
    source="Goodfellow et al. 2016, 6.2.2.2",
))  # fmt: skip
