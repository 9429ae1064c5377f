"""Gradient of average pooling: every window shares its gradient out among its elements.

dy (B, C, windows…) → dx (B, C, size…)
"""

from typing import Any

import numpy as np

from engine.machine.pointers import at, const, load, store
from engine.ops.average_pool import SHAPES, average_sizes, counts
from engine.ops.loops import inline, rows_of
from engine.ops.op import Op, register
from engine.ops.pooling import (
    axis,
    covered,
    first_fit,
    last_fit,
    pooled_shape,
    sizes_to_unpool,
    unpooled_shape,
    windows,
    without_size,
)
from engine.ops.samples import normal, remade


@inline
def share_out(dx, dy, first, last, stride, kernel, before, behind, size, padded, part):
    """dx[x·stride] += dy[x] / elements of window x, for windows first … last − 1; `part` is 1 / its area across."""
    for x in range(first, last):
        share = part / covered(x, kernel, stride, before, behind, size, padded)
        store(dx, x * stride, load(dx, x * stride) + load(dy, x) * share)


def kernel(arena, ints, args, worker, workers):
    """dy → dx; plane by plane. args: dy, dx, then `average_sizes`."""
    (d, nz, kz, sz, pz), (h, ny, ky, sy, py), (w, nx, kx, sx, px) = axis(args, 2, 0), axis(args, 2, 1), axis(args, 2, 2)
    bz, by, bx, padded = load(args, 18), load(args, 19), load(args, 20), load(args, 21)
    begin, end = rows_of(load(args, 2), worker, workers)
    one = const(arena, 1.0)
    for plane in range(begin, end):
        dx = at(arena, load(args, 1) + plane * d * h * w)
        for i in range(d * h * w):
            store(dx, i, 0)
        for z in range(nz):
            for y in range(ny):
                dy = at(arena, load(args, 0) + ((plane * nz + z) * ny + y) * nx)
                part = one / (covered(z, kz, sz, pz, bz, d, padded) * covered(y, ky, sy, py, by, h, padded))
                for k in range(max(0, pz - z * sz), min(kz, d - z * sz + pz)):
                    for i in range(max(0, py - y * sy), min(ky, h - y * sy + py)):
                        line = ((z * sz + k - pz) * h + y * sy + i - py) * w - px
                        for j in range(kx):
                            first, last = first_fit(j, sx, px), last_fit(j, sx, px, w, nx)
                            share_out(at(dx, line + j), dy, first, last, sx, kx, px, bx, w, padded, part)


def _reference(dy, size, **attrs):
    dx = np.zeros(unpooled_shape(dy.shape, size, attrs))
    shares = dy / counts(size, dy.shape[2:], attrs)
    for place, window in windows(size, dy.shape[2:], attrs):
        source: Any = (..., *place, *(None,) * len(size))
        target: Any = (..., *window)
        dx[target] += shares[source]
    return dx


def _sample(sample):
    x, attrs = sample["x"], sample["attrs"]
    return dict(inputs=[normal(*pooled_shape(x, **attrs))], attrs={**attrs, "size": x[2:]})


OP = register(Op(
    "average_pool_grad", "gradient", ("dy",), lambda dy, size, **attrs: unpooled_shape(dy, size, attrs), kernel,
    r"\bar x_i = \frac{1}{k} \sum_{z s + j - p = i} \bar y_z",
    outputs=("dx",), sizes=average_sizes(sizes_to_unpool),
    vjp=lambda g, c, ddx: (g.average_pool(ddx, **without_size(c.attrs)),),
    reference=_reference,
    samples=remade(SHAPES, _sample),
    flops=lambda c: c.inputs[0].size * int(np.prod(c.attrs["kernel"])),
    title="average pooling, gradient",
    source="LeCun et al. 1998, II.B",
))  # fmt: skip
