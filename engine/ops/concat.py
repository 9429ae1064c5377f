"""Two tensors side by side along the last dimension."""

import numpy as np

from engine.errors import ShapeError
from engine.machine.pointers import load
from engine.ops.loops import matrix, rows_of
from engine.ops.op import Op, register
from engine.ops.samples import normal


def kernel(arena, ints, args, worker, workers):
    """x (rows, n), y (rows, m) → z (rows, n + m)."""
    rows, n, m = load(args, 3), load(args, 4), load(args, 5)
    x, y, z = matrix(arena, args, 0, rows, n), matrix(arena, args, 1, rows, m), matrix(arena, args, 2, rows, n + m)
    first, last = rows_of(rows, worker, workers)
    for i in range(first, last):
        for j in range(n):
            z[i, j] = x[i, j]
        for j in range(m):
            z[i, n + j] = y[i, j]


def _shapes(x, y):
    if not x or x[:-1] != y[:-1]:
        raise ShapeError(f"{x} and {y} may differ in their last size only", "y", x, y)
    return (*x[:-1], x[-1] + y[-1])


def _sizes(call):
    n, m = call.inputs[0].shape[-1], call.inputs[1].shape[-1]
    return [call.outputs[0].size // (n + m), n, m]


def _vjp(g, c, dz):
    n = c.inputs[0].shape[-1]
    return g.slice(dz, start=0, stop=n), g.slice(dz, start=n, stop=dz.shape[-1])


OP = register(Op(
    "concat", "shape", ("x", "y"), _shapes, kernel, "z = [x, y]",
    outputs=("z",), sizes=_sizes,
    vjp=_vjp,
    reference=lambda x, y: np.concatenate([x, y], -1),
    derivative=r"[\bar x, \bar y] = \bar z",
    samples=[dict(inputs=[normal(7, 3), normal(7, 2)]), dict(inputs=[normal(2, 3, 1), normal(2, 3, 4)])],
    source="ONNX operator Concat",
))  # fmt: skip
