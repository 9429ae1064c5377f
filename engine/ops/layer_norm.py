"""Layer normalisation over the last dimensions: y = γ ⊙ (x − mean) / √(variance + ε) + β, with statistics of each row.

x (…, *n), gamma, beta (*n) → y, mean (…), inv (…) = 1/√(variance + ε)
"""

import numpy as np

from engine.machine.pointers import at, load, store
from engine.machine.rows import row_normalised, row_squares, row_sum
from engine.ops.loops import rows_of
from engine.ops.norms import (
    expanded_rows,
    inverse_root,
    normalised,
    rows_and_width,
    show_normalised,
    sum_of,
    through_statistics,
)
from engine.ops.op import Op, register
from engine.ops.samples import normal

FEW = 16  # rows that are worked on together


def kernel(arena, ints, args, worker, workers):
    """x (rows, n), gamma, beta → y, mean, inv."""
    eps, rows, n = load(arena, load(args, 6)), load(args, 7), load(args, 8)
    x, gamma, beta = at(arena, load(args, 0)), at(arena, load(args, 1)), at(arena, load(args, 2))
    y, means, invs = at(arena, load(args, 3)), at(arena, load(args, 4)), at(arena, load(args, 5))
    first, last = rows_of(rows, worker, workers)
    while first < last:  # a few rows at a time: no row's sums wait for those of another
        end = min(first + FEW, last)
        for i in range(first, end):
            store(means, i, row_sum(at(x, i * n), n) / n)
        for i in range(first, end):
            store(invs, i, inverse_root(arena, row_squares(at(x, i * n), n, load(means, i)) / n, eps))
        for i in range(first, end):
            row_normalised(at(x, i * n), gamma, beta, at(y, i * n), n, load(means, i), load(invs, i))
        first = end


def _shapes(x, gamma, beta, eps):
    lead = normalised(x, gamma, beta)
    return [x, lead, lead]


def _vjp(g, c, dy, dmean, dinv):
    x, gamma, _ = c.inputs
    _, mean, inv = c.outputs
    dx, dgamma, dbeta = (None,) * 3 if dy is None else g.layer_norm_grad(dy, x, gamma, mean, inv)
    if dmean is not None or dinv is not None:
        rows, one = (inv.size, gamma.size), (inv.size, 1)
        more = through_statistics(g, g.reshape(x, shape=rows), g.reshape(mean, shape=one), g.reshape(inv, shape=one),
                                  dmean, dinv)  # fmt: skip
        dx = sum_of(g, [dx, g.reshape(more, shape=x.shape)])
    return dx, dgamma, dbeta


def _expand(g, x, gamma, beta, eps):
    scaled, inv, mean = expanded_rows(g, x, gamma.size, eps)
    y = g.add(g.mul(g.reshape(scaled, shape=x.shape), gamma), beta)
    lead = normalised(x.shape, gamma.shape)
    return y, g.reshape(mean, shape=lead), g.reshape(inv, shape=lead)


def _reference(x, gamma, beta, eps):
    axes = tuple(range(x.ndim - gamma.ndim, x.ndim))
    mean = x.mean(axes, keepdims=True)
    inv = 1 / np.sqrt(np.square(x - mean).mean(axes, keepdims=True) + eps)
    return (x - mean) * inv * gamma + beta, mean.squeeze(axes), inv.squeeze(axes)


def _numbers(arrays, place, attrs):
    x, gamma, beta = arrays
    split = x.ndim - gamma.ndim
    row = x[place[:split]]
    mean, inv = row.mean(), 1 / np.sqrt(row.var() + attrs["eps"])
    return show_normalised(x[place], mean, inv, gamma[place[split:]], beta[place[split:]])


EPS = dict(eps=1e-5)
OP = register(Op(
    "layer_norm", "normalisation", ("x", "gamma", "beta"), _shapes, kernel,
    r"y = \gamma \odot \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta",
    outputs=("y", "mean", "inv"), scalars=("eps",), sizes=rows_and_width,
    vjp=_vjp,
    expand=_expand,
    reference=_reference,
    derivative=r"\bar x = \frac{1}{\sigma}(\bar u - \overline{\bar u} - \hat x\, \overline{\bar u \odot \hat x}),\quad "
    r"\bar u = \gamma \odot \bar y",
    numbers=_numbers,
    samples=[
        dict(inputs=[normal(7, 3), normal(3), normal(3)], attrs=EPS),
        dict(inputs=[normal(2, 3, 20), normal(20), normal(20)], attrs=EPS),
        dict(inputs=[normal(3, 2, 4), normal(2, 4), normal(2, 4)], attrs=dict(eps=0.1)),
        dict(inputs=[normal(5), normal(5), normal(5)], attrs=EPS),
    ],
    flops=lambda c: 7 * c.inputs[0].size,
    title="layer normalisation", source="Ba, Kiros and Hinton 2016",
    summary="Gives each row mean 0 and variance 1, then scales and shifts every place by learned numbers.",
))  # fmt: skip
