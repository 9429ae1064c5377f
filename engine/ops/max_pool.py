"""Largest element of every window, and where it lies: its place in the channel's image.

x (B, C, sizes…) → y (B, C, windows…), index (B, C, windows…) int. Of several equal ones the first counts.
"""

from typing import Any

import numpy as np

from engine.machine.pointers import at, const, load, store
from engine.machine.squares import largest_of_eight_squares, largest_of_four_squares
from engine.numerals import show_number
from engine.ops.loops import inline, rows_of
from engine.ops.op import Op, register
from engine.ops.pooling import axis, pooled_shape, sizes_to_pool, window_of, windows
from engine.ops.samples import remade, spread

FEW = 4  # so many numbers are told one by one


@inline
def larger(best, place, value, where):
    """The larger one and its place; the first of equal ones, and NaN before all."""
    better = value > best
    place += (where - place) * better  # a product, not a branch: that would be guessed wrong half the time
    best = value if better else best
    if value != value:
        best, place = value, where
    return best, place


@inline
def largest(source, lowest, first, layer, row, deep, high, wide):
    """Largest of deep·high·wide elements from place `first` on, and its place."""
    best, place = lowest, first
    for k in range(deep):
        for i in range(high):
            line = first + k * layer + i * row
            for j in range(wide):
                best, place = larger(best, place, load(source, line + j), line + j)
    return best, place


@inline
def squares(source, first, row, y, index, count):
    """The largest of `count` windows of 2 × 2 side by side; where they are fewer than a vector, of none. Returns how
    many. The last vector goes over some windows once more.
    """
    step = 8 if count >= 8 else 4
    if count < step:
        return 0
    x = 0
    while x < count:
        x = min(x, count - step)
        begin = first + 2 * x
        if step == 8:
            largest_of_eight_squares(at(y, x), at(index, x), at(source, begin), row, begin)
        else:
            largest_of_four_squares(at(y, x), at(index, x), at(source, begin), row, begin)
        x += step
    return count


def kernel(arena, ints, args, worker, workers):
    """x → y, index; plane by plane. args: x, y, index, then `pool_sizes`."""
    (d, nz, kz, sz, pz), (h, ny, ky, sy, py), (w, nx, kx, sx, px) = axis(args, 3, 0), axis(args, 3, 1), axis(args, 3, 2)
    begin, end = rows_of(load(args, 3), worker, workers)
    lowest = const(arena, -np.inf)
    whole = w // 2 if kz == 1 and ky == 2 and kx == 2 and sx == 2 and px == 0 else 0  # squares that fit into a row
    for plane in range(begin, end):
        source = at(arena, load(args, 0) + plane * d * h * w)
        for z in range(nz):
            z0, z1 = max(0, z * sz - pz), min(d, z * sz - pz + kz)
            for y in range(ny):
                y0, y1 = max(0, y * sy - py), min(h, y * sy - py + ky)
                row = ((plane * nz + z) * ny + y) * nx
                out, index, corner = at(arena, load(args, 1) + row), at(ints, load(args, 2) + row), (z0 * h + y0) * w
                done = 0
                if y1 - y0 == 2:
                    done = squares(source, corner, w, out, index, min(nx, whole))
                for x in range(done, nx):
                    x0, x1 = max(0, x * sx - px), min(w, x * sx - px + kx)
                    best, place = largest(source, lowest, corner + x0, h * w, w, z1 - z0, y1 - y0, x1 - x0)
                    store(out, x, best)
                    store(index, x, place)


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
