"""Adds the rows of x into rows t of a zero tensor: the gradient of picking rows.

x (B, …), t (B,) int → y (rows, …); or x (B, T, …), t (B, T)
"""

import numpy as np
from numba import carray

from engine.machine.pointers import at, load
from engine.ops.loops import matrix, rows_of
from engine.ops.op import Op, register, require
from engine.ops.samples import labels, normal


def kernel(arena, ints, args, worker, workers):
    """x, t → y; every worker adds into rows of its own, in the order of t."""
    rows, columns, picked = load(args, 3), load(args, 4), load(args, 5)
    x, y = matrix(arena, args, 0, picked, columns), matrix(arena, args, 2, rows, columns)
    t = carray(at(ints, load(args, 1)), (picked,))
    first, last = rows_of(rows, worker, workers)
    for k in range(first, last):
        for j in range(columns):
            y[k, j] = 0
    for i in range(picked):
        k = t[i]
        if first <= k < last:
            for j in range(columns):
                y[k, j] += x[i, j]


def _shapes(x, t, rows):
    fits = len(t) in (1, 2) and t == x[: len(t)]
    require(fits, f"t must be {x[:1]} or {x[:2]} to place the rows of {x}, but is {t}", "t", x[:1], t)
    return (rows, *x[len(t) :])


def _reference(x, t, rows):
    y = np.zeros((rows, *x.shape[t.ndim :]), x.dtype)
    np.add.at(y, t, x)
    return y


OP = register(Op(
    "scatter_rows", "index", ("x", "t"), _shapes, kernel, r"y_k = \sum_{i:\,t_i = k} x_i",
    sizes=lambda c: [c.attrs["rows"], c.outputs[0].size // max(1, c.attrs["rows"]), c.inputs[1].size],
    vjp=lambda g, c, dy: (g.gather_rows(dy, c.inputs[1]), None),
    reference=_reference,
    derivative=r"\bar x_i = \bar y_{t_i}",
    samples=[dict(inputs=[normal(7, 3), labels(7, high=5)], attrs=dict(rows=5)),
             dict(inputs=[normal(2, 4, 3), labels(2, 4, high=5)], attrs=dict(rows=5))],
    source="ONNX operator ScatterND with reduction add",
))  # fmt: skip
