"""Sum of squared differences times `scale`: the mean (scale 1/n) or half squared error (scale 1/(2B))."""

import numpy as np

from engine.machine.pointers import const, load, store
from engine.numerals import operand, show_number, total
from engine.ops.loops import vector
from engine.ops.op import Op, register, same
from engine.ops.samples import normal


def kernel(arena, ints, args, worker, workers):
    """x, y → one number; the first worker makes it alone, so that it does not depend on their number."""
    if worker == 0:
        n, scale = load(args, 4), load(arena, load(args, 3))
        x, y = vector(arena, args, 0, n), vector(arena, args, 1, n)
        total = const(arena, 0.0)
        for i in range(n):
            total += (x[i] - y[i]) * (x[i] - y[i])
        store(arena, load(args, 2), total * scale)


def _shapes(x, y, scale):
    same(x, y)
    return ()


def _vjp(g, c, dz):
    x, y = c.inputs
    dx = g.squared_error_grad(x, y, dz, scale=c.attrs["scale"])
    return dx, g.neg(dx)


def _numbers(arrays, place, attrs):
    x, y = (array.ravel() for array in arrays)
    squares = (f"({show_number(a)} − {operand(b)})²" for a, b in zip(x, y, strict=True))
    return f"{operand(attrs['scale'])} · ({total(squares, x.size)})"


OP = register(Op(
    "squared_error", "loss", ("x", "y"), _shapes, kernel, r"L = c \sum_i (x_i - y_i)^2",
    outputs=("loss",), sizes=lambda c: [c.inputs[0].size], scalars=("scale",),
    vjp=_vjp,
    expand=lambda g, x, y, scale: g.scale(g.sum(g.square(g.sub(x, y))), factor=scale),
    reference=lambda x, y, scale: scale * np.sum((x - y) ** 2),
    derivative=r"\bar x = 2 c\, (x - y)\, \bar L",
    numbers=_numbers,
    samples=[
        dict(inputs=[normal(7, 3), normal(7, 3)], attrs=dict(scale=1 / 21)),
        dict(inputs=[normal(1, 1), normal(1, 1)], attrs=dict(scale=0.5)),
    ],
    flops=lambda c: 3 * c.inputs[0].size,
    source="Goodfellow et al. 2016, 5.1.4",
))  # fmt: skip
