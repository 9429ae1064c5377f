"""Mean of every window.   x (B, C, sizes…) → y (B, C, windows…)

`include_pad`: whether the zeros of the padding are counted among the elements of a window.
"""

import math
from typing import Any

import numpy as np

from engine.machine.pointers import at, const, load, store
from engine.numerals import operand, total
from engine.ops.loops import inline, rows_of
from engine.ops.op import Op, register
from engine.ops.pooling import (
    axis,
    covered,
    first_fit,
    last_fit,
    pooled_shape,
    sizes_to_pool,
    window_of,
    window_settings,
    windows,
)
from engine.ops.samples import normal, remade


@inline
def add_to(y, source, first, last, stride):
    """y[x] += source[x·stride] for windows first … last − 1."""
    for x in range(first, last):
        store(y, x, load(y, x) + load(source, x * stride))


def kernel(arena, ints, args, worker, workers):
    """x → y; plane by plane. args: x, y, then `average_sizes`."""
    (d, nz, kz, sz, pz), (h, ny, ky, sy, py), (w, nx, kx, sx, px) = axis(args, 2, 0), axis(args, 2, 1), axis(args, 2, 2)
    bz, by, bx, padded = load(args, 18), load(args, 19), load(args, 20), load(args, 21)
    begin, end = rows_of(load(args, 2), worker, workers)
    one = const(arena, 1.0)
    for plane in range(begin, end):
        source = at(arena, load(args, 0) + plane * d * h * w)
        for z in range(nz):
            for y in range(ny):
                mean = at(arena, load(args, 1) + ((plane * nz + z) * ny + y) * nx)
                for x in range(nx):
                    store(mean, x, 0)
                for k in range(max(0, pz - z * sz), min(kz, d - z * sz + pz)):
                    for i in range(max(0, py - y * sy), min(ky, h - y * sy + py)):
                        line = ((z * sz + k - pz) * h + y * sy + i - py) * w - px
                        for j in range(kx):
                            first, last = first_fit(j, sx, px), last_fit(j, sx, px, w, nx)
                            add_to(mean, at(source, line + j), first, last, sx)
                area = covered(z, kz, sz, pz, bz, d, padded) * covered(y, ky, sy, py, by, h, padded)
                for x in range(nx):
                    store(mean, x, load(mean, x) * (one / (area * covered(x, kx, sx, px, bx, w, padded))))


def counts(size, y_size, attrs):
    """How many elements each window's mean is of."""
    kernel, stride, pads = window_settings(attrs)
    padded, along = attrs.get("include_pad", True), []
    for n, m, k, s, (before, behind) in zip(size, y_size, kernel, stride, pads, strict=True):
        start = np.arange(m) * s - before
        along.append(np.minimum(start + k, n + behind) - start if padded else
                     np.minimum(start + k, n) - np.maximum(start, 0))  # fmt: skip
    areas: Any = np.ix_(*along)
    return math.prod(areas)


def _reference(x, **attrs):
    shape = pooled_shape(x.shape, **attrs)
    y = np.zeros(shape)
    for place, window in windows(x.shape[2:], shape[2:], attrs):
        target: Any = (..., *place)
        y[target] = x[(..., *window)].sum(tuple(range(2, x.ndim)))
    return y / counts(x.shape[2:], shape[2:], attrs)


def _numbers(arrays, place, attrs):
    x = arrays[0]
    seen = x[window_of(x.shape, place, attrs)].ravel()
    count = counts(x.shape[2:], pooled_shape(x.shape, **attrs)[2:], attrs)[place[2:]]
    return f"({total(map(operand, seen), len(seen))}) / {count}"


SHAPES: list[dict[str, Any]] = [
    dict(x=(2, 3, 7), attrs=dict(kernel=(2,)), large=dict(x=(5, 13, 43, 29), attrs=dict(kernel=(3, 2), stride=(2, 1)))),
    dict(x=(2, 2, 6, 5), attrs=dict(kernel=(3, 2), stride=(2, 2), pads=((1, 1), (0, 1)))),
    dict(x=(2, 2, 6, 5), attrs=dict(kernel=(3, 2), stride=(2, 2), pads=((1, 1), (0, 1)), include_pad=False)),
    dict(x=(1, 2, 5, 5), attrs=dict(kernel=(2, 2), ceil=True)),
    dict(x=(1, 2, 3, 4, 5), attrs=dict(kernel=(2, 2, 3), stride=(1, 2, 2), pads=((1, 0), (0, 0), (1, 1)))),
]


def average_sizes(sizes):
    """`sizes` with one more number: whether padding counts."""
    return lambda c: [*sizes(c), int(c.attrs.get("include_pad", True))]


OP = register(Op(
    "average_pool", "pooling", ("x",), pooled_shape, kernel, r"y_z = \frac{1}{k} \sum_j x_{z s + j - p}",
    sizes=average_sizes(sizes_to_pool),
    vjp=lambda g, c, dy: (g.average_pool_grad(dy, size=c.inputs[0].shape[2:], **c.attrs),),
    reference=_reference,
    derivative=r"\bar x_i = \frac{1}{k} \sum_{z s + j - p = i} \bar y_z",
    numbers=_numbers,
    samples=remade(SHAPES, lambda s: dict(inputs=[normal(*s["x"])], attrs=s["attrs"])),
    flops=lambda c: c.outputs[0].size * int(np.prod(c.attrs["kernel"])),
    title="average pooling", source="Goodfellow et al. 2016, 9.3",
))  # fmt: skip
