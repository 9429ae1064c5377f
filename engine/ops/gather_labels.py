"""Labels of the rows of a batch: y_i = x[t_i], all whole numbers."""

from numba import carray

from engine.machine.pointers import at, load
from engine.ops.loops import rows_of
from engine.ops.op import Op, register, require
from engine.ops.samples import labels


def kernel(arena, ints, args, worker, workers):
    """x (N,), t (B,) → y (B,)."""
    n, picked = load(args, 3), load(args, 4)
    x, t = carray(at(ints, load(args, 0)), (n,)), carray(at(ints, load(args, 1)), (picked,))
    y = carray(at(ints, load(args, 2)), (picked,))
    first, last = rows_of(picked, worker, workers)
    for i in range(first, last):
        y[i] = x[t[i]]


def _shapes(x, t):
    require(len(x) == 1, f"labels must be a list, but are {x}", "x", None, x)
    require(len(t) == 1, f"row numbers must be a list, but are {t}", "t", None, t)
    return t


def _numbers(arrays, place, attrs):
    return f"label of row {arrays[1][place[0]]}"


OP = register(Op(
    "gather_labels", "index", ("x", "t"), _shapes, kernel, "y_i = x_{t_i}",
    sizes=lambda c: [c.inputs[0].size, c.inputs[1].size], integer=frozenset(["x", "t", "y"]),
    reference=lambda x, t: x[t],
    numbers=_numbers,
    samples=[dict(inputs=[labels(9, high=4), labels(5, high=9)])],
    differentiable=False, flops=lambda c: 0,
))  # fmt: skip
