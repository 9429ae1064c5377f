"""Largest element of every window, and where it lies: its place in the channel's image.

x (B, C, sizes…) → y (B, C, windows…), index (B, C, windows…) int. Of several equal ones the first counts.
"""

from typing import Any

import numpy as np

from engine.machine.pointers import at, const, load, store
from engine.numerals import show_number
from engine.ops.loops import inline, rows_of
from engine.ops.op import Op, register
from engine.ops.pooling import axis, first_fit, last_fit, pooled_shape, sizes_to_pool, window_of, windows
from engine.ops.samples import remade, spread

FEW = 4  # so many numbers are told one by one


@inline
def take_larger(y, index, source, place, first, last, stride):
    """y, index of windows first … last − 1 against the elements at source[x·stride], at place + x·stride."""
    for x in range(first, last):
        value, best = load(source, x * stride), load(y, x)
        larger = value > best or value != value
        store(y, x, value if larger else best)
        store(index, x, place + x * stride if larger else load(index, x))


def kernel(arena, ints, args, worker, workers):
    """x → y, index; plane by plane. args: x, y, index, then `pool_sizes`."""
    (d, nz, kz, sz, pz), (h, ny, ky, sy, py), (w, nx, kx, sx, px) = axis(args, 3, 0), axis(args, 3, 1), axis(args, 3, 2)
    begin, end = rows_of(load(args, 3), worker, workers)
    lowest = const(arena, -np.inf)
    for plane in range(begin, end):
        source = at(arena, load(args, 0) + plane * d * h * w)
        for z in range(nz):
            for y in range(ny):
                row = ((plane * nz + z) * ny + y) * nx
                best, index = at(arena, load(args, 1) + row), at(ints, load(args, 2) + row)
                corner = (max(0, z * sz - pz) * h + max(0, y * sy - py)) * w
                for x in range(nx):
                    store(best, x, lowest)
                    store(index, x, corner + max(0, x * sx - px))
                for k in range(max(0, pz - z * sz), min(kz, d - z * sz + pz)):
                    for i in range(max(0, py - y * sy), min(ky, h - y * sy + py)):
                        line = ((z * sz + k - pz) * h + y * sy + i - py) * w - px
                        for j in range(kx):
                            first, last = first_fit(j, sx, px), last_fit(j, sx, px, w, nx)
                            take_larger(best, index, at(source, line + j), line + j, first, last, sx)


def _vjp(g, c, dy, dindex):
    return (g.max_pool_grad(dy, c.outputs[1], size=c.inputs[0].shape[2:]),)


def _reference(x, **attrs):
    shape = pooled_shape(x.shape, **attrs)
    y, index = np.zeros(shape), np.zeros(shape, np.int64)
    places = np.arange(np.prod(x.shape[2:])).reshape(x.shape[2:])
    for place, window in windows(x.shape[2:], shape[2:], attrs):
        seen = x[(..., *window)].reshape(*x.shape[:2], -1)
        target: Any = (..., *place)
        y[target] = seen.max(-1)
        index[target] = places[window].reshape(-1)[seen.argmax(-1)]
    return y, index


def _numbers(arrays, place, attrs):
    seen = arrays[0][window_of(arrays[0].shape, place, attrs)].ravel()
    return f"max({', '.join(map(show_number, seen))})" if len(seen) <= FEW else f"the largest of {len(seen)}"


SHAPES: list[dict[str, Any]] = [
    dict(x=(2, 3, 7), attrs=dict(kernel=(2,)), large=dict(x=(5, 13, 43, 29), attrs=dict(kernel=(3, 2), stride=(2, 1)))),
    dict(x=(2, 2, 6, 5), attrs=dict(kernel=(3, 2), stride=(2, 2), pads=((1, 1), (0, 1)))),
    dict(x=(1, 2, 5, 5), attrs=dict(kernel=(2, 2), ceil=True)),
    dict(x=(1, 2, 3, 4, 5), attrs=dict(kernel=(2, 2, 3), stride=(1, 2, 2), pads=((1, 0), (0, 0), (1, 1)))),
    dict(x=(1, 1, 9), attrs=dict(kernel=(3,), stride=(5,), pads=((2, 0),), ceil=True)),
]
OP = register(Op(
    "max_pool", "pooling", ("x",), lambda x, **attrs: [pooled_shape(x, **attrs)] * 2, kernel,
    r"y_z = \max_j x_{z s + j - p}",
    outputs=("y", "index"), integer=frozenset({"index"}), sizes=sizes_to_pool,
    vjp=_vjp,
    reference=_reference,
    derivative=r"\bar x_i = \sum_{z:\, \mathrm{index}_z = i} \bar y_z",
    numbers=_numbers,
    samples=remade(SHAPES, lambda s: dict(inputs=[spread(*s["x"])], attrs=s["attrs"])),
    smooth=False, flops=lambda c: c.outputs[0].size * int(np.prod(c.attrs["kernel"])),
    title="max pooling", source="Goodfellow et al. 2016, 9.3",
))  # fmt: skip
