"""Labels as rows with a single 1, all 0 for −1.   t (…) int → y (…, classes)"""

import numpy as np
from numba import carray

from engine.machine.pointers import at, load
from engine.ops.loops import matrix, rows_of
from engine.ops.op import Op, register, require
from engine.ops.samples import labels


def kernel(arena, ints, args, worker, workers):
    """t → y."""
    rows, classes = load(args, 2), load(args, 3)
    t, y = carray(at(ints, load(args, 0)), (rows,)), matrix(arena, args, 1, rows, classes)
    first, last = rows_of(rows, worker, workers)
    for i in range(first, last):
        for j in range(classes):
            y[i, j] = 1 if t[i] == j else 0


def _shapes(t, classes):
    require(len(t) > 0, f"labels must be a list, but are {t}", "t", None, t)
    return (*t, classes)


OP = register(Op(
    "one_hot", "index", ("t",), _shapes, kernel, r"y_{ij} = [t_i = j]",
    sizes=lambda c: [c.inputs[0].size, c.attrs["classes"]],
    reference=lambda t, classes: (t[..., None] == np.arange(classes)).astype(float),
    samples=[
        dict(inputs=[labels(7, high=3)], attrs=dict(classes=3)),
        dict(inputs=[labels(7, high=3, low=-1)], attrs=dict(classes=3)),
        dict(inputs=[labels(2, 4, high=3)], attrs=dict(classes=3)),
    ],
    differentiable=False, flops=lambda c: 0,
    source="ONNX operator OneHot",
))  # fmt: skip
