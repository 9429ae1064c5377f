"""Binary cross entropy on probabilities: losses = −y·ln p − (1 − y)·ln(1 − p), logarithms cut off at −100."""

import numpy as np

from engine.machine import vmath
from engine.machine.pointers import const
from engine.ops.loops import inline, pairwise
from engine.ops.op import Op, register, same
from engine.ops.samples import unit


@inline
def _log(arena, p):
    floor = const(arena, -100.0)
    value = vmath.log(p)
    return floor if value < floor else value


@inline
def _scalar(arena, p, y):
    return -y * _log(arena, p) - (const(arena, 1.0) - y) * _log(arena, const(arena, 1.0) - p)


def kernel(arena, ints, args, worker, workers):
    """p, y → losses."""
    pairwise(_scalar, arena, args, worker, workers)


def _expand(g, p, y):
    one = g.constant(1.0)
    return g.neg(g.add(g.mul(y, g.log(p)), g.mul(g.sub(one, y), g.log(g.sub(one, p)))))


def _vjp(g, c, dlosses):
    p, y = c.inputs
    dy = g.mul(dlosses, g.sub(g.log(g.sub(g.constant(1.0), p)), g.log(p)))
    return g.binary_cross_entropy_grad(dlosses, p, y), dy


OP = register(Op(
    "binary_cross_entropy", "loss", ("p", "y"), same, kernel, r"L = -y \ln p - (1 - y) \ln(1 - p)",
    outputs=("losses",),
    vjp=_vjp,
    expand=_expand,
    reference=lambda p, y: -y * np.log(p) - (1 - y) * np.log(1 - p),
    derivative=r"\bar p = \frac{p - y}{p (1 - p)} \bar L",
    samples=[dict(inputs=[unit(7, 1), unit(7, 1)]), dict(inputs=[unit(9, 3), unit(9, 3)])],
    flops=lambda c: 12 * c.inputs[0].size,
    source="Goodfellow et al. 2016, 6.2.2.2; the cut-off as in PyTorch's BCELoss",
))  # fmt: skip
