"""Where the largest element of the last dimension stands, counted from 0: the first such place, or the last.

A row that holds NaN gives the place of its first NaN.   x (…, n) → t (…)
"""

from numba import carray

from engine.machine.pointers import at, load
from engine.ops.loops import matrix, rows_of
from engine.ops.max import rows_columns
from engine.ops.op import Op, register, rows_of_numbers
from engine.ops.samples import normal, steps


def kernel(arena, ints, args, worker, workers):
    """x (rows, columns) → t (rows,). args: x, t, rows, columns, last."""
    rows, columns, late = load(args, 2), load(args, 3), load(args, 4)
    x, t = matrix(arena, args, 0, rows, columns), carray(at(ints, load(args, 1)), (rows,))
    first, last = rows_of(rows, worker, workers)
    for i in range(first, last):
        best = 0
        for j in range(1, columns):
            top, new = x[i, best], x[i, j]
            if top == top and (new != new or new > top or (late and new == top)):
                best = j
        t[i] = best


def _reference(x, last=False):
    return x.shape[-1] - 1 - x[..., ::-1].argmax(-1) if last else x.argmax(-1)


OP = register(Op(
    "argmax", "index", ("x",), lambda x, last=False: rows_of_numbers(x)[:-1], kernel, r"t = \arg\max_j x_j",
    outputs=("t",), integer=frozenset(["t"]), sizes=lambda c: [*rows_columns(c), int(c.attrs.get("last", False))],
    reference=_reference,
    samples=[
        dict(inputs=[normal(7, 3)]), dict(inputs=[steps(6, 9)]), dict(inputs=[steps(6, 9)], attrs=dict(last=True)),
    ],
    differentiable=False, flops=lambda c: c.inputs[0].size,
    source="ONNX operator ArgMax",
))  # fmt: skip
