"""Gradient of batch normalisation, channel by channel, with x̂ = (x − mean) / √(variance + ε) and N numbers a channel:

dbeta = Σ dy,  dgamma = Σ dy·x̂,  dx = γ/√(variance + ε) · (dy − dbeta/N − x̂·dgamma/N)
"""

import numpy as np

from engine.machine.pointers import const, load, store
from engine.numerals import operand, show_number
from engine.ops.batch_norm import columns_of
from engine.ops.loops import inline, rows_of, span
from engine.ops.norms import by_channel, channelled, inverse_root, outer_channels_inner, sum_by_channel
from engine.ops.op import Op, register, require
from engine.ops.samples import normal, positive


@inline
def _channel(arena, args, c, eps, outer, channels, inner):
    """Channel `c`, whose numbers lie in stretches of `inner`."""
    mean, inv = load(arena, load(args, 3) + c), inverse_root(arena, load(arena, load(args, 4) + c), eps)
    dbeta = const(arena, 0.0)
    dgamma = const(arena, 0.0)
    for i in range(outer):
        dy = columns_of(arena, args, 0, i * channels + c, inner, 0, inner)
        x = columns_of(arena, args, 1, i * channels + c, inner, 0, inner)
        for j in range(inner):
            dbeta += dy[j]
            dgamma += dy[j] * ((x[j] - mean) * inv)
    count = outer * inner
    scale, total, along = load(arena, load(args, 2) + c) * inv, dbeta / count, inv * dgamma / count
    for i in range(outer):
        dy = columns_of(arena, args, 0, i * channels + c, inner, 0, inner)
        x = columns_of(arena, args, 1, i * channels + c, inner, 0, inner)
        dx = columns_of(arena, args, 5, i * channels + c, inner, 0, inner)
        for j in range(inner):
            dx[j] = scale * (dy[j] - total - (x[j] - mean) * along)
    store(arena, load(args, 6) + c, dgamma)
    store(arena, load(args, 7) + c, dbeta)


@inline
def _columns(arena, args, eps, rows, channels, lo, hi):
    """Channels lo … hi − 1 that lie side by side, row by row."""
    n = hi - lo
    gamma, mean = columns_of(arena, args, 2, 0, 0, lo, hi), columns_of(arena, args, 3, 0, 0, lo, hi)
    variance = columns_of(arena, args, 4, 0, 0, lo, hi)
    dgamma, dbeta = columns_of(arena, args, 6, 0, 0, lo, hi), columns_of(arena, args, 7, 0, 0, lo, hi)
    for j in range(n):
        dgamma[j] = 0
        dbeta[j] = 0
    for i in range(rows):
        dy, x = columns_of(arena, args, 0, i, channels, lo, hi), columns_of(arena, args, 1, i, channels, lo, hi)
        for j in range(n):
            dgamma[j] += dy[j] * (x[j] - mean[j])
            dbeta[j] += dy[j]
    for j in range(n):
        dgamma[j] *= inverse_root(arena, variance[j], eps)
    for i in range(rows):
        dy, x = columns_of(arena, args, 0, i, channels, lo, hi), columns_of(arena, args, 1, i, channels, lo, hi)
        dx = columns_of(arena, args, 5, i, channels, lo, hi)
        for j in range(n):
            inv = inverse_root(arena, variance[j], eps)
            dx[j] = gamma[j] * inv * (dy[j] - dbeta[j] / rows - (x[j] - mean[j]) * inv * dgamma[j] / rows)


def kernel(arena, ints, args, worker, workers):
    """dy, x (outer, C, inner), gamma, mean, variance → dx, dgamma, dbeta."""
    eps, outer, channels, inner = load(arena, load(args, 8)), load(args, 9), load(args, 10), load(args, 11)
    if inner == 1:
        lo, hi = span(channels, worker, workers)
        _columns(arena, args, eps, outer, channels, lo, hi)
        return
    first, last = rows_of(channels, worker, workers)
    for c in range(first, last):
        _channel(arena, args, c, eps, outer, channels, inner)


def _shapes(dy, x, gamma, mean, variance, eps, axis=1):
    channelled(x, gamma, axis, gamma, mean, variance)
    require(dy == x, f"the gradient must be {x}, but is {dy}", "dy", x, dy)
    return [x, gamma, gamma]


def _expand(g, dy, x, gamma, mean, variance, eps, axis=1):
    share = gamma.size / x.size
    inv = g.div(g.constant(1.0), g.sqrt(g.add(variance, g.constant(eps))))
    scaled = g.mul(g.sub(x, by_channel(g, mean, x, axis)), by_channel(g, inv, x, axis))
    dbeta, dgamma = sum_by_channel(g, dy, axis), sum_by_channel(g, g.mul(dy, scaled), axis)
    total = by_channel(g, g.scale(dbeta, factor=share), x, axis)
    along = by_channel(g, g.scale(dgamma, factor=share), x, axis)
    centred = g.sub(g.sub(dy, total), g.mul(scaled, along))
    return g.mul(by_channel(g, g.mul(gamma, inv), x, axis), centred), dgamma, dbeta


def _reference(dy, x, gamma, mean, variance, eps, axis=1):
    axes = tuple(i for i in range(x.ndim) if i != axis)
    wide = [1] * x.ndim
    wide[axis] = -1
    inv = 1 / np.sqrt(variance + eps)
    scaled = (x - mean.reshape(wide)) * inv.reshape(wide)
    dbeta, dgamma, count = dy.sum(axes), (dy * scaled).sum(axes), x.size / gamma.size
    inner = dy - dbeta.reshape(wide) / count - scaled * dgamma.reshape(wide) / count
    return (gamma * inv).reshape(wide) * inner, dgamma, dbeta


def _numbers(arrays, place, attrs):
    dy, x, gamma, mean, variance = arrays
    axis = attrs.get("axis", 1)
    c = place[axis]
    inv = 1 / np.sqrt(variance[c] + attrs["eps"])
    scaled, flow = (x.take(c, axis) - mean[c]) * inv, dy.take(c, axis)
    here = operand((x[place] - mean[c]) * inv)
    inner = f"{show_number(dy[place])} − {operand(flow.mean())} − {here} · {operand((flow * scaled).mean())}"
    return f"{operand(gamma[c])} · {show_number(inv)} · ({inner})"


EPS = dict(eps=1e-5)
OP = register(Op(
    "batch_norm_grad", "gradient", ("dy", "x", "gamma", "mean", "variance"), _shapes, kernel,
    r"\bar x = \frac{\gamma}{\sigma}(\bar y - \frac{\bar\beta}{N} - \hat x\, \frac{\bar\gamma}{N})",
    outputs=("dx", "dgamma", "dbeta"), scalars=("eps",), sizes=outer_channels_inner,
    expand=_expand,
    reference=_reference,
    numbers=_numbers,
    samples=[
        dict(inputs=[normal(4, 3, 2), normal(4, 3, 2), normal(3), normal(3), positive(3)], attrs=EPS),
        dict(inputs=[normal(7, 3), normal(7, 3), normal(3), normal(3), positive(3)], attrs=EPS),
        dict(inputs=[normal(70, 130), normal(70, 130), normal(130), normal(130), positive(130)], attrs=EPS),
        dict(inputs=[normal(3, 4, 5), normal(3, 4, 5), normal(5), normal(5), positive(5)],
             attrs=dict(eps=0.1, axis=2)),
    ],
    flops=lambda c: 12 * c.inputs[0].size,
    title="batch normalisation, gradient",
    source="Ioffe and Szegedy 2015, 3",
))  # fmt: skip
