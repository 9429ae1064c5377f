"""One element of each row: y_i = x[i, t_i], 0 where t_i is −1.   x (B, C), t (B,) int → y (B,)"""

import numpy as np
from numba import carray

from engine.machine.pointers import at, const, load
from engine.ops.loops import matrix, rows_of
from engine.ops.op import Op, register, require
from engine.ops.samples import labels, normal


def kernel(arena, ints, args, worker, workers):
    """x, t → y."""
    rows, columns = load(args, 3), load(args, 4)
    x, t = matrix(arena, args, 0, rows, columns), carray(at(ints, load(args, 1)), (rows,))
    y = carray(at(arena, load(args, 2)), (rows,))
    first, last = rows_of(rows, worker, workers)
    for i in range(first, last):
        y[i] = x[i, t[i]] if t[i] >= 0 else const(arena, 0.0)


def _shapes(x, t):
    require(len(x) == 2, f"pick takes rows of numbers, but x is {x}", "x", None, x)
    require(t == x[:1], f"t must be {x[:1]} to pick from {x}, but is {t}", "t", x[:1], t)
    return t


def _vjp(g, c, dy):
    x, t = c.inputs
    return g.mul(g.one_hot(t, classes=x.shape[1]), g.reshape(dy, shape=(*dy.shape, 1))), None


def _numbers(arrays, place, attrs):
    return f"column {arrays[1][place[0]]} of row {place[0]}" if arrays[1][place[0]] >= 0 else "0, as no column is named"


OP = register(Op(
    "pick", "index", ("x", "t"), _shapes, kernel, "y_i = x_{i,\\,t_i}",
    sizes=lambda c: list(c.inputs[0].shape),
    vjp=_vjp,
    reference=lambda x, t: np.where(t >= 0, x[np.arange(len(t)), t], 0.0),
    derivative=r"\bar x_{ij} = \bar y_i\,[t_i = j]",
    numbers=_numbers,
    samples=[
        dict(inputs=[normal(7, 3), labels(7, high=3)]), dict(inputs=[normal(7, 3), labels(7, high=3, low=-1)]),
    ],
    flops=lambda c: 0,
    source="ONNX operator GatherElements",
))  # fmt: skip
