"""Gradient of softmax cross entropy at the logits: dz = (p − onehot(t))·dlosses; 0 where t is −1.

p (B, C), t (B,) int, dlosses (B,) → dz (B, C)
"""

import numpy as np
from numba import carray

from engine.machine.pointers import at, const, load
from engine.numerals import operand, show_number
from engine.ops.loops import matrix, rows_of
from engine.ops.max import rows_columns
from engine.ops.op import Op, register, require
from engine.ops.samples import labels, normal, unit


def kernel(arena, ints, args, worker, workers):
    """p, t, dlosses → dz."""
    rows, columns = load(args, 4), load(args, 5)
    p, dz = matrix(arena, args, 0, rows, columns), matrix(arena, args, 3, rows, columns)
    t, dlosses = carray(at(ints, load(args, 1)), (rows,)), carray(at(arena, load(args, 2)), (rows,))
    first, last = rows_of(rows, worker, workers)
    for i in range(first, last):
        slope = dlosses[i] if t[i] >= 0 else dlosses[i] * const(arena, 0.0)
        for j in range(columns):
            dz[i, j] = p[i, j] * slope
        if t[i] >= 0:
            dz[i, t[i]] = (p[i, t[i]] - const(arena, 1.0)) * slope


def _shapes(p, t, dlosses):
    require(len(p) == 2, f"probabilities must be rows of numbers, but are {p}", "p", None, p)
    require(t == p[:1], f"labels must be {p[:1]} for probabilities {p}, but are {t}", "t", p[:1], t)
    require(dlosses == t, f"there must be a gradient for each label: {t}, not {dlosses}", "dlosses", t, dlosses)
    return p


def _expand(g, p, t, dlosses):
    error = g.sub(p, g.one_hot(t, classes=p.shape[1]))
    return g.mul(error, g.reshape(g.mul(dlosses, g.counted(t)), shape=(*dlosses.shape, 1)))


def _numbers(arrays, place, attrs):
    p, t, dlosses = arrays
    if t[place[0]] < 0:
        return "0, as this label does not count"
    return f"({show_number(p[place])} − {int(t[place[0]] == place[1])}) · {operand(dlosses[place[0]])}"


OP = register(Op(
    "softmax_cross_entropy_grad", "gradient", ("p", "t", "dlosses"), _shapes, kernel,
    r"\bar z = (p - \mathrm{onehot}(t))\, \bar L",
    outputs=("dz",), sizes=rows_columns,
    expand=_expand,
    reference=lambda p, t, dlosses: (p - np.eye(p.shape[1])[t]) * (dlosses * (t >= 0))[:, None],
    numbers=_numbers,
    samples=[
        dict(inputs=[unit(7, 3), labels(7, high=3), normal(7)]),
        dict(inputs=[unit(7, 3), labels(7, high=3, low=-1), normal(7)]),
    ],
    flops=lambda c: 2 * c.inputs[0].size,
    title="softmax cross entropy, gradient",
    source="Bridle 1990",
))  # fmt: skip
