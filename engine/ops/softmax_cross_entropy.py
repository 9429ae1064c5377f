"""Softmax cross entropy with integer labels: losses_i = −log softmax(z_i)[t_i]; 0 where t_i is −1.

z (B, C), t (B,) int → losses (B,), p (B, C)
"""

import numpy as np
from numba import carray

from engine.errors import ShapeError
from engine.machine import vmath
from engine.machine.pointers import at, const, load
from engine.numerals import operand
from engine.ops.loops import matrix, part, rows_of
from engine.ops.max import largest, rows_columns
from engine.ops.op import Op, register, special
from engine.ops.samples import labels, large, normal

BLOCK = 1024  # elements whose powers are taken in one loop


def kernel(arena, ints, args, worker, workers):
    """z, t → losses, p."""
    rows, columns = load(args, 4), load(args, 5)
    z, p = matrix(arena, args, 0, rows, columns), matrix(arena, args, 3, rows, columns)
    t, losses = carray(at(ints, load(args, 1)), (rows,)), carray(at(arena, load(args, 2)), (rows,))
    first, last = rows_of(rows, worker, workers)
    few = max(1, BLOCK // columns)
    for lo in range(first, last, few):
        hi = min(lo + few, last)
        for i in range(lo, hi):
            row, shifted = z[i], p[i]
            top = largest(row, columns)
            losses[i] = top
            for j in range(columns):
                shifted[j] = row[j] - top
        powers = part(arena, args, 3, lo * columns, hi * columns)  # of several rows in one loop: short rows fill no vector
        for j in range((hi - lo) * columns):
            powers[j] = vmath.exp(powers[j])
        for i in range(lo, hi):
            row, top, total = p[i], losses[i], const(arena, 0.0)
            for j in range(columns):
                total += row[j]
            share = const(arena, 1.0) / total
            for j in range(columns):
                row[j] *= share
            if t[i] < 0:  # no loss, but what is not finite must be seen
                losses[i] = const(arena, 0.0) * (total + top)
            else:
                losses[i] = vmath.log(total) - (z[i, t[i]] - top)


def _shapes(z, t):
    if len(z) != 2 or t != z[:1]:
        raise ShapeError(f"labels must be {z[:1]} for logits {z}, but are {t}", "t", z[:1], t)
    return [t, z]


def _vjp(g, c, dlosses, dp):
    _, t = c.inputs
    p = c.outputs[1]
    dz = None if dlosses is None else g.softmax_cross_entropy_grad(p, t, dlosses)
    if dp is not None:
        through_p = g.softmax_grad(dp, p)
        dz = through_p if dz is None else g.add(dz, through_p)
    return dz, None


def _expand(g, z, t):
    shifted = g.sub(z, g.max(z))
    losses = g.sub(g.log(g.sum(g.exp(shifted), start=1)), g.pick(shifted, t))
    return g.mul(losses, g.counted(t)), g.softmax(z)


def _reference(z, t):
    return -special().log_softmax(z, 1)[np.arange(len(t)), t] * (t >= 0), special().softmax(z, 1)


def _numbers(arrays, place, attrs):
    z, t = arrays[0][place[0]], arrays[1][place[0]]
    if t < 0:
        return "0, as this label does not count"
    shifted = np.exp(z - z.max())
    return f"−ln softmax(z)[{t}] = −ln {operand(shifted[t] / shifted.sum())}"


OP = register(Op(
    "softmax_cross_entropy", "loss", ("z", "t"), _shapes, kernel, r"L_i = -\log \mathrm{softmax}(z_i)_{t_i}",
    outputs=("losses", "p"), sizes=rows_columns,
    vjp=_vjp,
    expand=_expand,
    reference=_reference,
    derivative=r"\bar z = (p - \mathrm{onehot}(t))\, \bar L",
    numbers=_numbers,
    samples=[
        dict(inputs=[normal(7, 3), labels(7, high=3)]), dict(inputs=[normal(1, 2), labels(1, high=2)]),
        dict(inputs=[large(64, 10), labels(64, high=10)]), dict(inputs=[normal(7, 3), labels(7, high=3, low=-1)]),
    ],
    flops=lambda c: 8 * c.inputs[0].size,
    title="softmax cross entropy", source="Goodfellow et al. 2016, 6.2.2.3",
))  # fmt: skip
