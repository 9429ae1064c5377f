"""Group normalisation: statistics of each row over a group of channels and all places; a scale for each channel.

x (B, C, …), gamma, beta (C,) → y, mean (B, groups), inv (B, groups) = 1/√(variance + ε)
"""

import math

import numpy as np

from engine.machine.pointers import load, store
from engine.ops.loops import rows_of, vector
from engine.ops.norms import (
    by_channel,
    channelled,
    expanded_rows,
    inverse_root,
    row_of,
    show_normalised,
    squares_about,
    sum_of,
    through_statistics,
)
from engine.ops.op import Op, register, require
from engine.ops.samples import normal
from engine.ops.sum import add_up


def kernel(arena, ints, args, worker, workers):
    """x (rows, n), gamma, beta → y, mean, inv: a row is one group of one image."""
    eps, rows, n = load(arena, load(args, 6)), load(args, 7), load(args, 8)
    channels, each, inner = load(args, 9), load(args, 10), load(args, 11)
    gamma, beta = vector(arena, args, 1, channels), vector(arena, args, 2, channels)
    first, last = rows_of(rows, worker, workers)
    for i in range(first, last):
        x, y = row_of(arena, args, 0, i, n), row_of(arena, args, 3, i, n)
        mean = add_up(arena, x, n) / n
        inv = inverse_root(arena, squares_about(arena, x, n, mean) / n, eps)
        channel = i * each % channels
        for k in range(each):
            scale, shift = gamma[channel + k] * inv, beta[channel + k]
            for j in range(k * inner, k * inner + inner):
                y[j] = (x[j] - mean) * scale + shift
        store(arena, load(args, 4) + i, mean)
        store(arena, load(args, 5) + i, inv)


def statistics_shape(x, gamma, groups, beta=None):
    """(B, groups). Raises ShapeError."""
    channelled(x, gamma, 1, gamma if beta is None else beta)
    require(groups > 0 and x[1] % groups == 0, f"{x[1]} channels do not fall into {groups} equal groups", "x",
            groups, x)  # fmt: skip
    return x[0], groups


def group_sizes(call):
    """Rows (groups of all images), numbers in each; channels, channels of a group, and numbers of a channel."""
    x = call.inputs[call.op.inputs.index("x")]
    batch, channels, *inner = x.shape
    rows = batch * call.attrs["groups"]
    return [rows, x.size // rows, channels, channels // call.attrs["groups"], math.prod(inner)]


def _shapes(x, gamma, beta, groups, eps):
    statistics = statistics_shape(x, gamma, groups, beta)
    return [x, statistics, statistics]


def _vjp(g, c, dy, dmean, dinv):
    x, gamma, _ = c.inputs
    _, mean, inv = c.outputs
    grads = (None,) * 3
    if dy is not None:
        grads = g.group_norm_grad(dy, x, gamma, mean, inv, groups=c.attrs["groups"])
    dx = grads[0]
    if dmean is not None or dinv is not None:
        rows, one = (inv.size, x.size // inv.size), (inv.size, 1)
        more = through_statistics(g, g.reshape(x, shape=rows), g.reshape(mean, shape=one), g.reshape(inv, shape=one),
                                  dmean, dinv)  # fmt: skip
        dx = sum_of(g, [dx, g.reshape(more, shape=x.shape)])
    return dx, *grads[1:]


def _expand(g, x, gamma, beta, groups, eps):
    scaled, inv, mean = expanded_rows(g, x, x.size // (x.shape[0] * groups), eps)
    scaled, statistics = g.reshape(scaled, shape=x.shape), (x.shape[0], groups)
    y = g.add(g.mul(scaled, by_channel(g, gamma, x, 1)), by_channel(g, beta, x, 1))
    return y, g.reshape(mean, shape=statistics), g.reshape(inv, shape=statistics)


def _reference(x, gamma, beta, groups, eps):
    rows = x.reshape(len(x), groups, -1)
    mean = rows.mean(2, keepdims=True)
    inv = 1 / np.sqrt(np.square(rows - mean).mean(2, keepdims=True) + eps)
    wide = (-1, *(1,) * (x.ndim - 2))
    y = ((rows - mean) * inv).reshape(x.shape) * gamma.reshape(wide) + beta.reshape(wide)
    return y, mean[..., 0], inv[..., 0]


def _numbers(arrays, place, attrs):
    x, gamma, beta = arrays
    each = x.shape[1] // attrs["groups"]
    first = place[1] // each * each
    group = x[place[0], first : first + each]
    inv = 1 / np.sqrt(group.var() + attrs["eps"])
    return show_normalised(x[place], group.mean(), inv, gamma[place[1]], beta[place[1]])


OP = register(Op(
    "group_norm", "normalisation", ("x", "gamma", "beta"), _shapes, kernel,
    r"y = \gamma_c\, \frac{x - \mu_g}{\sqrt{\sigma_g^2 + \epsilon}} + \beta_c",
    outputs=("y", "mean", "inv"), scalars=("eps",), sizes=group_sizes,
    vjp=_vjp,
    expand=_expand,
    reference=_reference,
    derivative=r"\bar x = \frac{1}{\sigma_g}(\bar u - \overline{\bar u} - \hat x\, \overline{\bar u \odot \hat x}),"
    r"\quad \bar u = \gamma_c\, \bar y",
    numbers=_numbers,
    samples=[
        dict(inputs=[normal(2, 4, 2), normal(4), normal(4)], attrs=dict(groups=2, eps=1e-5)),
        dict(inputs=[normal(2, 6, 3), normal(6), normal(6)], attrs=dict(groups=3, eps=1e-5)),
        dict(inputs=[normal(2, 4, 3, 5), normal(4), normal(4)], attrs=dict(groups=4, eps=1e-5)),
        dict(inputs=[normal(3, 4), normal(4), normal(4)], attrs=dict(groups=1, eps=0.1)),
    ],
    flops=lambda c: 7 * c.inputs[0].size,
    title="group normalisation", source="Wu and He 2018",
    summary="Gives each group of channels of each row mean 0 and variance 1, then scales and shifts every channel.",
))  # fmt: skip
