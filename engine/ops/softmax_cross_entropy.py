"""Softmax cross entropy with integer labels: losses_i = −log softmax(z_i)[t_i]; 0 where t_i is −1.

z (B, C), t (B,) int → losses (B,), p (B, C)
"""

import numpy as np
from numba import carray

from engine.errors import ShapeError
from engine.machine import vmath
from engine.machine.pointers import at, const, load
from engine.numerals import operand
from engine.ops.loops import inline, matrix, rows_of
from engine.ops.max import rows_columns
from engine.ops.op import Op, register, special
from engine.ops.samples import labels, large, normal
from engine.ops.softmax import softmax_row

LANES = 64  # short rows run side by side, so many at once, as they fill no vector by themselves
SHORT = 32  # columns of the longest short row


def kernel(arena, ints, args, worker, workers):
    """z, t → losses, p; a scratch for LANES short rows, its length."""
    rows, columns = load(args, 6), load(args, 7)
    first, last = rows_of(rows, worker, workers)
    z, p = matrix(arena, args, 0, rows, columns), matrix(arena, args, 3, rows, columns)
    t, losses = carray(at(ints, load(args, 1)), (rows,)), carray(at(arena, load(args, 2)), (rows,))
    if columns > SHORT:
        for i in range(first, last):
            top, total = softmax_row(arena, z[i], p[i], columns)
            losses[i] = _loss(arena, top, total, vmath.log(total), z[i], t[i])
        return
    scratch = load(args, 4) + worker * load(args, 5)
    e = carray(at(arena, scratch), (columns, LANES))
    tops = carray(at(arena, scratch + columns * LANES), (LANES,))
    totals = carray(at(arena, scratch + (columns + 1) * LANES), (LANES,))
    logs = carray(at(arena, scratch + (columns + 2) * LANES), (LANES,))
    for lo in range(first, last, LANES):
        count = min(LANES, last - lo)
        for r in range(count):
            for j in range(columns):
                e[j, r] = z[lo + r, j]
        _softmax_lanes(arena, e, tops, totals, logs, columns, (count + 15) // 16 * 16)
        for r in range(count):
            for j in range(columns):
                p[lo + r, j] = e[j, r]
            losses[lo + r] = _loss(arena, tops[r], totals[r], logs[r], z[lo + r], t[lo + r])


@inline
def _softmax_lanes(arena, e, tops, totals, logs, columns, lanes):
    """Softmax down the first `lanes` columns of e (columns, LANES): maxima, sums, and the sums' logarithms."""
    for r in range(lanes):
        tops[r] = e[0, r]
        totals[r] = const(arena, 0.0)
    for j in range(1, columns):
        for r in range(lanes):
            tops[r] = vmath.maximum(tops[r], e[j, r])
    for j in range(columns):
        for r in range(lanes):
            power = vmath.exp(e[j, r] - tops[r])
            e[j, r] = power
            totals[r] += power
    for r in range(lanes):
        logs[r] = vmath.log(totals[r])
        totals[r] = const(arena, 1.0) / totals[r]
    for j in range(columns):
        for r in range(lanes):
            e[j, r] *= totals[r]


@inline
def _loss(arena, top, total, log, z, label):
    """The loss of one row; without a label there is none, but what is not finite must be seen."""
    return const(arena, 0.0) * (total + top) if label < 0 else log - (z[label] - top)


def _scratch(call, dtype):
    columns = call.inputs[0].shape[1]
    return (columns + 3) * LANES if columns <= SHORT else 0


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
    outputs=("losses", "p"), sizes=rows_columns, scratch=_scratch,
    vjp=_vjp,
    expand=_expand,
    reference=_reference,
    derivative=r"\bar z = (p - \mathrm{onehot}(t))\, \bar L",
    numbers=_numbers,
    samples=[
        dict(inputs=[normal(7, 3), labels(7, high=3)]), dict(inputs=[normal(1, 2), labels(1, high=2)]),
        dict(inputs=[large(64, 10), labels(64, high=10)]), dict(inputs=[normal(7, 3), labels(7, high=3, low=-1)]),
        dict(inputs=[normal(5, 40), labels(5, high=40, low=-1)]),
    ],
    flops=lambda c: 8 * c.inputs[0].size,
    title="softmax cross entropy", source="Goodfellow et al. 2016, 6.2.2.3",
))  # fmt: skip
