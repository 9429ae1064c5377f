"""Gradient of the maximum: goes to the first element that reached it."""

import numpy as np
from numba import carray

from engine.machine.pointers import at, load
from engine.ops.loops import matrix, rows_of
from engine.ops.op import Op, register, require, rows_of_numbers
from engine.ops.samples import Sample, normal, spread


def kernel(arena, ints, args, worker, workers):
    """dy (rows, 1), x (rows, columns), y (rows, 1) → dx (rows, columns)."""
    rows, columns = load(args, 4), load(args, 5)
    dy, y = carray(at(arena, load(args, 0)), (rows,)), carray(at(arena, load(args, 2)), (rows,))
    x, dx = matrix(arena, args, 1, rows, columns), matrix(arena, args, 3, rows, columns)
    first, last = rows_of(rows, worker, workers)
    for i in range(first, last):
        open_ = True
        for j in range(columns):
            hit = open_ and x[i, j] == y[i]
            dx[i, j] = dy[i] if hit else 0
            open_ = open_ and not hit


def _shapes(dy, x, y):
    want = (*rows_of_numbers(x)[:-1], 1)
    for port, got in (("dy", dy), ("y", y)):
        require(got == want, f"{port} must be {want} for x {x}, but is {got}", port, want, got)
    return x


def _vjp(g, c, ddx):
    dy, x, y = c.inputs
    picked = g.mul(ddx, g.max_grad(g.repeat(g.constant(1.0), start=0, sizes=dy.shape), x, y))
    rank = len(x.shape)
    return g.reshape(g.sum(picked, start=rank - 1, stop=rank), shape=dy.shape), None, None


def _local(dy, x, y):
    return (np.arange(x.shape[-1]) == x.argmax(-1)[..., None]).astype(x.dtype)


OP = register(Op(
    "max_grad", "gradient", ("dy", "x", "y"), _shapes, kernel, r"\bar x_j = \bar y\,[x_j = y]",
    outputs=("dx",), sizes=lambda c: [c.inputs[1].size // c.inputs[1].shape[-1], c.inputs[1].shape[-1]],
    vjp=_vjp,
    reference=lambda dy, x, y: dy * _local(dy, x, y),
    numbers="{dy} · [{x} = {y}]", local=_local,
    samples=[dict(inputs=[normal(7, 1), spread(7, 3), Sample("maximum of 1", (7, 1))])],
    smooth=False,
    source="Goodfellow et al. 2016, 6.5.6",
))  # fmt: skip
