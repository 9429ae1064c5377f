"""x placed at column `start` of `total` columns, zeros around it."""

import numpy as np

from engine.machine.pointers import load
from engine.ops.loops import matrix, rows_of
from engine.ops.op import Op, register, require
from engine.ops.samples import normal


def kernel(arena, ints, args, worker, workers):
    """x (rows, n) → y (rows, total)."""
    rows, n, start, total = load(args, 2), load(args, 3), load(args, 4), load(args, 5)
    x, y = matrix(arena, args, 0, rows, n), matrix(arena, args, 1, rows, total)
    first, last = rows_of(rows, worker, workers)
    for i in range(first, last):
        for j in range(total):
            y[i, j] = 0
        for j in range(n):
            y[i, start + j] = x[i, j]


def _sizes(call):
    n = call.inputs[0].shape[-1]
    return [call.inputs[0].size // n, n, call.attrs["start"], call.attrs["total"]]


def _shapes(x, start, total):
    fits = bool(x) and start >= 0 and start + x[-1] <= total
    require(fits, f"{x} does not fit into columns {start} to {total}", "x", (start, total), x)
    return (*x[:-1], total)


def _reference(x, start, total):
    return np.pad(x, [(0, 0)] * (x.ndim - 1) + [(start, total - start - x.shape[-1])])


OP = register(Op(
    "pad", "shape", ("x",), _shapes, kernel, r"y_{:,\,s:t} = x",
    sizes=_sizes,
    vjp=lambda g, c, dy: (g.slice(dy, start=c.attrs["start"], stop=c.attrs["start"] + c.inputs[0].shape[-1]),),
    reference=_reference,
    derivative=r"\bar x = \bar y_{:,\,s:t}",
    samples=[dict(inputs=[normal(7, 3)], attrs=dict(start=1, total=6))],
    source="ONNX operator Pad",
))  # fmt: skip
