"""Largest element of the last dimension, which stays with size 1."""

import numpy as np
from numba import carray

from engine.machine import vmath
from engine.machine.pointers import at, load
from engine.numerals import show_number
from engine.ops.loops import inline, matrix, rows_of
from engine.ops.op import Op, register, rows_of_numbers
from engine.ops.samples import spread

FEW = 4  # so many numbers are told one by one


@inline
def largest(x, n):
    """Maximum of n elements; NaN if one of them is."""
    top = x[0]
    for i in range(1, n):
        top = vmath.maximum(top, x[i])
    return top


def kernel(arena, ints, args, worker, workers):
    """x (rows, columns) → y (rows, 1)."""
    rows, columns = load(args, 2), load(args, 3)
    x, y = matrix(arena, args, 0, rows, columns), carray(at(arena, load(args, 1)), (rows,))
    first, last = rows_of(rows, worker, workers)
    for i in range(first, last):
        y[i] = largest(x[i], columns)


def _shapes(x):
    return (*rows_of_numbers(x)[:-1], 1)


def rows_columns(call):
    """The first input seen as a matrix: all leading dimensions, and the last."""
    columns = call.inputs[0].shape[-1]
    return [call.inputs[0].size // columns, columns]


def _numbers(arrays, place, attrs):
    row = arrays[0][place[:-1]]
    return f"max({', '.join(map(show_number, row))})" if len(row) <= FEW else f"the largest of {len(row)}"


OP = register(Op(
    "max", "reduction", ("x",), _shapes, kernel, r"y = \max_j x_j",
    sizes=rows_columns,
    vjp=lambda g, c, dy: (g.max_grad(dy, c.inputs[0], c.outputs[0]),),
    reference=lambda x: np.max(x, -1, keepdims=True),
    derivative=r"\bar x_j = \bar y\,[x_j = y]",
    numbers=_numbers,
    samples=[dict(inputs=[spread(7, 3)]), dict(inputs=[spread(5)]), dict(inputs=[spread(2, 3, 4)])],
    smooth=False, flops=lambda c: c.inputs[0].size,
    source="ONNX operator ReduceMax",
))  # fmt: skip
