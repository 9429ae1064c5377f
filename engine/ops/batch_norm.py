"""Batch normalisation: y = γ (x − mean) / √(variance + ε) + β, with statistics of each channel over batch and places.

x (B, C, …), or (…, C, …) with the channels at `axis`; gamma, beta (C,) → y, mean (C,), variance (C,, biased)
"""

import numpy as np
from numba import carray

from engine.machine.pointers import at, const, load, store
from engine.ops.loops import inline, rows_of, span
from engine.ops.norms import (
    by_channel,
    channelled,
    inverse_root,
    outer_channels_inner,
    show_normalised,
    squares_about,
    sum_by_channel,
    sum_of,
)
from engine.ops.op import Op, register
from engine.ops.samples import normal
from engine.ops.sum import add_up


@inline
def columns_of(arena, args, k, i, n, lo, hi):
    """Elements lo … hi − 1 of row `i` of operand `k`, whose rows have n elements."""
    return carray(at(arena, load(args, k) + i * n + lo), (hi - lo,))


@inline
def _channel(arena, args, c, eps, outer, channels, inner):
    """Statistics and results of channel `c`, whose numbers lie in stretches of `inner`."""
    count = outer * inner
    total = const(arena, 0.0)
    for i in range(outer):
        total += add_up(arena, columns_of(arena, args, 0, i * channels + c, inner, 0, inner), inner)
    mean = total / count
    total = const(arena, 0.0)
    for i in range(outer):
        total += squares_about(arena, columns_of(arena, args, 0, i * channels + c, inner, 0, inner), inner, mean)
    variance = total / count
    scale = load(arena, load(args, 1) + c) * inverse_root(arena, variance, eps)
    shift = load(arena, load(args, 2) + c)
    for i in range(outer):
        x = columns_of(arena, args, 0, i * channels + c, inner, 0, inner)
        y = columns_of(arena, args, 3, i * channels + c, inner, 0, inner)
        for j in range(inner):
            y[j] = (x[j] - mean) * scale + shift
    store(arena, load(args, 4) + c, mean)
    store(arena, load(args, 5) + c, variance)


@inline
def _columns(arena, args, eps, rows, channels, lo, hi):
    """The same for channels lo … hi − 1 that lie side by side, row by row."""
    n = hi - lo
    gamma, beta = columns_of(arena, args, 1, 0, 0, lo, hi), columns_of(arena, args, 2, 0, 0, lo, hi)
    mean, variance = columns_of(arena, args, 4, 0, 0, lo, hi), columns_of(arena, args, 5, 0, 0, lo, hi)
    for j in range(n):
        mean[j] = 0
        variance[j] = 0
    for i in range(rows):
        x = columns_of(arena, args, 0, i, channels, lo, hi)
        for j in range(n):
            mean[j] += x[j]
    for j in range(n):
        mean[j] /= rows
    for i in range(rows):
        x = columns_of(arena, args, 0, i, channels, lo, hi)
        for j in range(n):
            variance[j] += (x[j] - mean[j]) * (x[j] - mean[j])
    for j in range(n):
        variance[j] /= rows
    for i in range(rows):
        x, y = columns_of(arena, args, 0, i, channels, lo, hi), columns_of(arena, args, 3, i, channels, lo, hi)
        for j in range(n):
            y[j] = (x[j] - mean[j]) * (gamma[j] * inverse_root(arena, variance[j], eps)) + beta[j]


def kernel(arena, ints, args, worker, workers):
    """x (outer, C, inner), gamma, beta → y, mean, variance."""
    eps, outer, channels, inner = load(arena, load(args, 6)), load(args, 7), load(args, 8), load(args, 9)
    if inner == 1:
        lo, hi = span(channels, worker, workers)
        _columns(arena, args, eps, outer, channels, lo, hi)
        return
    first, last = rows_of(channels, worker, workers)
    for c in range(first, last):
        _channel(arena, args, c, eps, outer, channels, inner)


def _shapes(x, gamma, beta, eps, axis=1):
    channelled(x, gamma, axis, beta)
    return [x, gamma, gamma]


def _vjp(g, c, dy, dmean, dvariance):
    x, gamma, _ = c.inputs
    _, mean, variance = c.outputs
    axis, count = c.attrs.get("axis", 1), x.size // gamma.size
    grads = (None,) * 3
    if dy is not None:
        grads = g.batch_norm_grad(dy, x, gamma, mean, variance, eps=c.attrs["eps"], axis=axis)
    more = []
    if dmean is not None:
        more.append(g.add(g.zeros(shape=x.shape), by_channel(g, g.scale(dmean, factor=1.0 / count), x, axis)))
    if dvariance is not None:
        centred = g.sub(x, by_channel(g, mean, x, axis))
        more.append(g.mul(centred, by_channel(g, g.scale(dvariance, factor=2.0 / count), x, axis)))
    return sum_of(g, [grads[0], *more]), *grads[1:]


def _expand(g, x, gamma, beta, eps, axis=1):
    share = gamma.size / x.size
    mean = g.scale(sum_by_channel(g, x, axis), factor=share)
    centred = g.sub(x, by_channel(g, mean, x, axis))
    variance = g.scale(sum_by_channel(g, g.square(centred), axis), factor=share)
    scale = g.div(gamma, g.sqrt(g.add(variance, g.constant(eps))))
    y = g.add(g.mul(centred, by_channel(g, scale, x, axis)), by_channel(g, beta, x, axis))
    return y, mean, variance


def _reference(x, gamma, beta, eps, axis=1):
    axes = tuple(i for i in range(x.ndim) if i != axis)
    wide = (-1, *(1,) * (x.ndim - axis - 1))
    mean, variance = x.mean(axes), x.var(axes)
    y = (x - mean.reshape(wide)) / np.sqrt(variance + eps).reshape(wide) * gamma.reshape(wide) + beta.reshape(wide)
    return y, mean, variance


def _numbers(arrays, place, attrs):
    x, gamma, beta = arrays
    c = place[attrs.get("axis", 1)]
    channel = x.take(c, attrs.get("axis", 1))
    return show_normalised(x[place], channel.mean(), 1 / np.sqrt(channel.var() + attrs["eps"]), gamma[c], beta[c])


EPS = dict(eps=1e-5)
OP = register(Op(
    "batch_norm", "normalisation", ("x", "gamma", "beta"), _shapes, kernel,
    r"y = \gamma\, \frac{x - \mu_c}{\sqrt{\sigma_c^2 + \epsilon}} + \beta",
    outputs=("y", "mean", "variance"), scalars=("eps",), sizes=outer_channels_inner,
    vjp=_vjp,
    expand=_expand,
    reference=_reference,
    derivative=r"\bar x = \frac{\gamma}{\sigma}(\bar y - \frac{\bar\beta}{N} - \hat x\, \frac{\bar\gamma}{N}),\quad "
    r"\bar\gamma = \sum \bar y\, \hat x,\quad \bar\beta = \sum \bar y",
    numbers=_numbers,
    samples=[
        dict(inputs=[normal(4, 3, 2), normal(3), normal(3)], attrs=EPS),
        dict(inputs=[normal(7, 3), normal(3), normal(3)], attrs=EPS),
        dict(inputs=[normal(70, 130), normal(130), normal(130)], attrs=EPS),
        dict(inputs=[normal(2, 3, 4, 5), normal(3), normal(3)], attrs=dict(eps=0.1)),
        dict(inputs=[normal(3, 4, 5), normal(5), normal(5)], attrs=dict(eps=1e-5, axis=2)),
    ],
    flops=lambda c: 7 * c.inputs[0].size,
    title="batch normalisation", source="Ioffe and Szegedy 2015",
    summary="Gives each channel mean 0 and variance 1 over the batch, then scales and shifts it by learned numbers.",
))  # fmt: skip
