"""Normalisation by the root of the mean square: y = γ ⊙ x / √(mean(x²) + ε), over the last dimensions.

x (…, *n), gamma (*n) → y, inv (…) = 1/√(mean(x²) + ε)
"""

import numpy as np

from engine.machine.pointers import const, load, store
from engine.numerals import operand, show_number
from engine.ops.loops import rows_of, vector
from engine.ops.norms import (
    inverse_root,
    normalised,
    row_of,
    rows_and_width,
    scaled_rows,
    squares_about,
    sum_of,
    through_statistics,
)
from engine.ops.op import Op, register
from engine.ops.samples import normal


def kernel(arena, ints, args, worker, workers):
    """x (rows, n), gamma → y, inv."""
    eps, rows, n = load(arena, load(args, 4)), load(args, 5), load(args, 6)
    gamma = vector(arena, args, 1, n)
    first, last = rows_of(rows, worker, workers)
    for i in range(first, last):
        x, y = row_of(arena, args, 0, i, n), row_of(arena, args, 2, i, n)
        inv = inverse_root(arena, squares_about(arena, x, n, const(arena, 0.0)) / n, eps)
        for j in range(n):
            y[j] = x[j] * inv * gamma[j]
        store(arena, load(args, 3) + i, inv)


def _shapes(x, gamma, eps):
    return [x, normalised(x, gamma)]


def _vjp(g, c, dy, dinv):
    x, gamma = c.inputs
    inv = c.outputs[1]
    dx, dgamma = (None, None) if dy is None else g.rms_norm_grad(dy, x, gamma, inv)
    if dinv is not None:
        rows = g.reshape(x, shape=(inv.size, gamma.size))
        more = through_statistics(g, rows, None, g.reshape(inv, shape=(inv.size, 1)), None, dinv)
        dx = sum_of(g, [dx, g.reshape(more, shape=x.shape)])
    return dx, dgamma


def _expand(g, x, gamma, eps):
    scaled, inv = scaled_rows(g, g.reshape(x, shape=(x.size // gamma.size, gamma.size)), eps)
    return g.mul(g.reshape(scaled, shape=x.shape), gamma), g.reshape(inv, shape=normalised(x.shape, gamma.shape))


def _reference(x, gamma, eps):
    axes = tuple(range(x.ndim - gamma.ndim, x.ndim))
    inv = 1 / np.sqrt(np.square(x).mean(axes, keepdims=True) + eps)
    return x * inv * gamma, inv.squeeze(axes)


def _numbers(arrays, place, attrs):
    x, gamma = arrays
    split = x.ndim - gamma.ndim
    inv = 1 / np.sqrt(np.square(x[place[:split]]).mean() + attrs["eps"])
    return f"{operand(x[place])} · {show_number(inv)} · {operand(gamma[place[split:]])}"


EPS = dict(eps=1e-6)
OP = register(Op(
    "rms_norm", "normalisation", ("x", "gamma"), _shapes, kernel,
    r"y = \gamma \odot \frac{x}{\sqrt{\frac{1}{n} \sum_j x_j^2 + \epsilon}}",
    outputs=("y", "inv"), scalars=("eps",), sizes=rows_and_width,
    vjp=_vjp,
    expand=_expand,
    reference=_reference,
    derivative=r"\bar x = \frac{1}{r}(\bar u - \hat x\, \overline{\bar u \odot \hat x}),\quad "
    r"\bar u = \gamma \odot \bar y",
    numbers=_numbers,
    samples=[
        dict(inputs=[normal(7, 3), normal(3)], attrs=EPS), dict(inputs=[normal(2, 3, 20), normal(20)], attrs=EPS),
        dict(inputs=[normal(3, 2, 4), normal(2, 4)], attrs=dict(eps=0.1)),
        dict(inputs=[normal(5), normal(5)], attrs=EPS),
    ],
    flops=lambda c: 4 * c.inputs[0].size,
    title="RMS normalisation", source="Zhang and Sennrich 2019",
    summary="Divides each row by the root of its mean square, then scales every place by a learned number.",
))  # fmt: skip
