"""Rows of x by index: y_i = x[t_i].   x (N, …), t (B,) or (B, T) int → y (B, …) or (B, T, …)"""

from numba import carray

from engine.machine.pointers import at, load
from engine.ops.loops import matrix, rows_of
from engine.ops.op import Op, register, require
from engine.ops.samples import labels, normal


def kernel(arena, ints, args, worker, workers):
    """x, t → y."""
    rows, columns, picked = load(args, 3), load(args, 4), load(args, 5)
    x, y = matrix(arena, args, 0, rows, columns), matrix(arena, args, 2, picked, columns)
    t = carray(at(ints, load(args, 1)), (picked,))
    first, last = rows_of(picked, worker, workers)
    for i in range(first, last):
        row = t[i]
        for j in range(columns):
            y[i, j] = x[row, j]


def _shapes(x, t):
    require(len(x) > 0, f"gather_rows takes rows, but x is {x}", "x", None, x)
    require(len(t) in (1, 2), f"row numbers must be a list or a table, but are {t}", "t", None, t)
    return (*t, *x[1:])


def gather_sizes(call):
    """Rows and columns of the table, and how many are picked."""
    table = call.inputs[0]
    return [table.shape[0], table.size // max(1, table.shape[0]), call.inputs[1].size]


def _numbers(arrays, place, attrs):
    t = arrays[1]
    return f"row {t[place[: t.ndim]]}"


OP = register(Op(
    "gather_rows", "index", ("x", "t"), _shapes, kernel, "y_i = x_{t_i}",
    sizes=gather_sizes,
    vjp=lambda g, c, dy: (g.scatter_rows(dy, c.inputs[1], rows=c.inputs[0].shape[0]), None),
    reference=lambda x, t: x[t],
    derivative=r"\bar x_k = \sum_{i:\,t_i = k} \bar y_i",
    numbers=_numbers,
    samples=[dict(inputs=[normal(5, 3), labels(7, high=5)]), dict(inputs=[normal(5), labels(3, high=5)]),
             dict(inputs=[normal(5, 2), labels(2, 4, high=5)])],
    flops=lambda c: 0,
    source="ONNX operator Gather",
))  # fmt: skip
