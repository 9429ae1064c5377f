"""Labels of the rows of a batch: y_i = x[t_i], all whole numbers."""

from numba import carray

from engine.machine.pointers import at, load
from engine.ops.loops import rows_of
from engine.ops.op import Op, register
from engine.ops.samples import labels


def kernel(arena, ints, args, worker, workers):
    """x (N,), t (B,) → y (B,)."""
    n, picked = load(args, 3), load(args, 4)
    x, t = carray(at(ints, load(args, 0)), (n,)), carray(at(ints, load(args, 1)), (picked,))
    y = carray(at(ints, load(args, 2)), (picked,))
    first, last = rows_of(picked, worker, workers)
    for i in range(first, last):
        y[i] = x[t[i]]


OP = register(Op(
    "gather_labels", "index", ("x", "t"), lambda x, t: t, kernel, "y_i = x_{t_i}", integer=frozenset(["x", "t", "y"]),
    sizes=lambda c: [c.inputs[0].size, c.inputs[1].size], differentiable=False, reference=lambda x, t: x[t],
    flops=lambda c: 0, samples=[dict(inputs=[labels(9, high=4), labels(5, high=9)])],
))  # fmt: skip
