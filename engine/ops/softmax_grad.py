"""Gradient of softmax, from its output: dx = y·(dy − Σ_j dy_j y_j)."""

from engine.machine.pointers import load
from engine.numerals import operand, show_number
from engine.ops.loops import matrix, rows_of
from engine.ops.max import rows_columns
from engine.ops.op import Op, register, same
from engine.ops.samples import normal, unit


def kernel(arena, ints, args, worker, workers):
    """dy, y (rows, columns) → dx (rows, columns)."""
    rows, columns = load(args, 3), load(args, 4)
    dy, y = matrix(arena, args, 0, rows, columns), matrix(arena, args, 1, rows, columns)
    dx = matrix(arena, args, 2, rows, columns)
    first, last = rows_of(rows, worker, workers)
    for i in range(first, last):
        inner = dy[i, 0] * y[i, 0]
        for j in range(1, columns):
            inner += dy[i, j] * y[i, j]
        for j in range(columns):
            dx[i, j] = y[i, j] * (dy[i, j] - inner)


def _expand(g, dy, y):
    rank = len(y.shape)
    inner = g.reshape(g.sum(g.mul(dy, y), start=rank - 1, stop=rank), shape=(*y.shape[:-1], 1))
    return g.mul(y, g.sub(dy, inner))


def _numbers(arrays, place, attrs):
    dy, y = (array[place[:-1]] for array in arrays)
    return f"{operand(y[place[-1]])} · ({show_number(dy[place[-1]])} − {operand((dy * y).sum())})"


OP = register(Op(
    "softmax_grad", "gradient", ("dy", "y"), same, kernel,
    r"\bar x = y \odot (\bar y - \textstyle\sum_j \bar y_j y_j)",
    outputs=("dx",), sizes=rows_columns,
    expand=_expand,
    reference=lambda dy, y: y * (dy - (dy * y).sum(-1, keepdims=True)),
    numbers=_numbers,
    samples=[dict(inputs=[normal(7, 3), unit(7, 3)]), dict(inputs=[normal(2, 3, 5), unit(2, 3, 5)])],
    flops=lambda c: 4 * c.inputs[0].size,
    source="Goodfellow et al. 2016, 6.2.2.3",
))  # fmt: skip
