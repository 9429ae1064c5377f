"""Batch normalisation by given statistics: y = γ (x − mean) / √(variance + ε) + β.   x (B, C, …) → y"""

import numpy as np
from numba import carray

from engine.machine.pointers import at, load
from engine.ops.loops import rows_of
from engine.ops.norms import by_channel, channelled, inverse_root, outer_channels_inner, show_normalised
from engine.ops.op import Op, register
from engine.ops.samples import normal, positive


def kernel(arena, ints, args, worker, workers):
    """x (outer, C, inner), gamma, beta, mean, variance → y."""
    eps, outer, channels, inner = load(arena, load(args, 6)), load(args, 7), load(args, 8), load(args, 9)
    gamma, beta = carray(at(arena, load(args, 1)), (channels,)), carray(at(arena, load(args, 2)), (channels,))
    mean, variance = carray(at(arena, load(args, 3)), (channels,)), carray(at(arena, load(args, 4)), (channels,))
    first, last = rows_of(outer, worker, workers)
    for i in range(first, last):
        if inner == 1:
            x = carray(at(arena, load(args, 0) + i * channels), (channels,))
            y = carray(at(arena, load(args, 5) + i * channels), (channels,))
            for c in range(channels):
                y[c] = (x[c] - mean[c]) * (gamma[c] * inverse_root(arena, variance[c], eps)) + beta[c]
            continue
        for c in range(channels):
            x = carray(at(arena, load(args, 0) + (i * channels + c) * inner), (inner,))
            y = carray(at(arena, load(args, 5) + (i * channels + c) * inner), (inner,))
            scale = gamma[c] * inverse_root(arena, variance[c], eps)
            for j in range(inner):
                y[j] = (x[j] - mean[c]) * scale + beta[c]


def _shapes(x, gamma, beta, mean, variance, eps, axis=1):
    channelled(x, gamma, axis, beta, mean, variance)
    return x


def _expand(g, x, gamma, beta, mean, variance, eps, axis=1):
    scale = g.div(gamma, g.sqrt(g.add(variance, g.constant(eps))))
    centred = g.sub(x, by_channel(g, mean, x, axis))
    return g.add(g.mul(centred, by_channel(g, scale, x, axis)), by_channel(g, beta, x, axis))


def _reference(x, gamma, beta, mean, variance, eps, axis=1):
    wide = (-1, *(1,) * (x.ndim - axis - 1))
    scale = gamma / np.sqrt(variance + eps)
    return (x - mean.reshape(wide)) * scale.reshape(wide) + beta.reshape(wide)


def _numbers(arrays, place, attrs):
    x, gamma, beta, mean, variance = arrays
    c = place[attrs.get("axis", 1)]
    return show_normalised(x[place], mean[c], 1 / np.sqrt(variance[c] + attrs["eps"]), gamma[c], beta[c])


EPS = dict(eps=1e-5)
OP = register(Op(
    "batch_norm_fixed", "normalisation", ("x", "gamma", "beta", "mean", "variance"), _shapes, kernel,
    r"y = \gamma\, \frac{x - \mu_c}{\sqrt{\sigma_c^2 + \epsilon}} + \beta",
    scalars=("eps",), sizes=outer_channels_inner,
    expand=_expand,
    reference=_reference,
    derivative=r"\bar x = \frac{\gamma}{\sigma}\, \bar y",
    numbers=_numbers,
    samples=[
        dict(inputs=[normal(4, 3, 5), normal(3), normal(3), normal(3), positive(3)], attrs=EPS),
        dict(inputs=[normal(7, 3), normal(3), normal(3), normal(3), positive(3)], attrs=EPS),
        dict(inputs=[normal(3, 4, 5), normal(5), normal(5), normal(5), positive(5)], attrs=dict(eps=0.1, axis=2)),
    ],
    flops=lambda c: 3 * c.inputs[0].size,
    title="batch normalisation, fixed", source="Ioffe and Szegedy 2015",
    summary="Normalises each channel by a mean and a variance that were found before.",
))  # fmt: skip
