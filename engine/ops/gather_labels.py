"""Labels or tokens of the rows of a batch: y_i = x[t_i], all whole numbers.   x (N, …), t (B,) → y (B, …)"""

from numba import carray

from engine.machine.pointers import at, load
from engine.ops.gather_rows import gather_sizes
from engine.ops.loops import rows_of
from engine.ops.op import Op, register, require
from engine.ops.samples import labels


def kernel(arena, ints, args, worker, workers):
    """x, t → y."""
    rows, columns, picked = load(args, 3), load(args, 4), load(args, 5)
    x, t = carray(at(ints, load(args, 0)), (rows, columns)), carray(at(ints, load(args, 1)), (picked,))
    y = carray(at(ints, load(args, 2)), (picked, columns))
    first, last = rows_of(picked, worker, workers)
    for i in range(first, last):
        for j in range(columns):
            y[i, j] = x[t[i], j]


def _shapes(x, t):
    require(len(x) > 0, f"labels must be a list, or rows, but are {x}", "x", None, x)
    require(len(t) == 1, f"row numbers must be a list, but are {t}", "t", None, t)
    return (*t, *x[1:])


def _numbers(arrays, place, attrs):
    return f"of row {arrays[1][place[0]]} of the data"


OP = register(Op(
    "gather_labels", "index", ("x", "t"), _shapes, kernel, "y_i = x_{t_i}",
    sizes=gather_sizes, integer=frozenset(["x", "t", "y"]),
    reference=lambda x, t: x[t],
    numbers=_numbers,
    samples=[
        dict(inputs=[labels(9, high=4), labels(5, high=9)]), dict(inputs=[labels(9, 6, high=4), labels(5, high=9)]),
    ],
    differentiable=False, flops=lambda c: 0, title="labels of the batch",
    source="ONNX operator Gather",
))  # fmt: skip
