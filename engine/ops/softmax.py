"""Softmax over the last dimension: y_i = e^(x_i − max) / Σ_j e^(x_j − max)."""

from engine.machine import vmath
from engine.machine.pointers import const, load
from engine.numerals import operand, total
from engine.ops.loops import inline, matrix, rows_of
from engine.ops.max import largest, rows_columns
from engine.ops.op import Op, register, rows_of_numbers, special
from engine.ops.samples import large, normal


@inline
def softmax_row(arena, z, p, n):
    """p = softmax(z) for one row of n; returns the row's maximum and the sum of the shifted exponentials."""
    top = largest(z, n)
    total = const(arena, 0.0)
    for j in range(n):
        e = vmath.exp(z[j] - top)
        p[j] = e
        total += e
    share = const(arena, 1.0) / total
    for j in range(n):
        p[j] *= share
    return top, total


def kernel(arena, ints, args, worker, workers):
    """x (rows, columns) → y (rows, columns)."""
    rows, columns = load(args, 2), load(args, 3)
    x, y = matrix(arena, args, 0, rows, columns), matrix(arena, args, 1, rows, columns)
    first, last = rows_of(rows, worker, workers)
    for i in range(first, last):
        softmax_row(arena, x[i], y[i], columns)


def _expand(g, x):
    e = g.exp(g.sub(x, g.max(x)))
    rank = len(x.shape)
    return g.div(e, g.reshape(g.sum(e, start=rank - 1, stop=rank), shape=(*x.shape[:-1], 1)))


def _numbers(arrays, place, attrs):
    row = arrays[0][place[:-1]]
    return f"e^{operand(row[place[-1]])} / ({total((f'e^{operand(x)}' for x in row), len(row))})"


OP = register(Op(
    "softmax", "activation", ("x",), rows_of_numbers, kernel, r"y_i = \frac{e^{x_i}}{\sum_j e^{x_j}}",
    sizes=rows_columns,
    vjp=lambda g, c, dy: (g.softmax_grad(dy, c.outputs[0]),),
    expand=_expand,
    reference=lambda x: special().softmax(x, -1),
    derivative=r"\bar x = y \odot (\bar y - \textstyle\sum_j \bar y_j y_j)",
    numbers=_numbers,
    samples=[dict(inputs=[normal(7, 3)]), dict(inputs=[normal(1, 2)]), dict(inputs=[large(20, 10)])],
    flops=lambda c: 5 * c.inputs[0].size,
    source="Goodfellow et al. 2016, 6.2.2.3",
))  # fmt: skip
