"""The way back through `warp`: each pixel of the gradient is shared out to the four pixels that it was made of.

dy (B, C, H, W), clock (1,) int → dx (B, C, H, W), with the changes that `warp` made in this step.
"""

import math

import numpy as np

from engine.machine.counter import key_of
from engine.machine.pointers import at, const, load, store
from engine.ops.loops import rows_of
from engine.ops.op import Op, register
from engine.ops.warp import SAMPLES, SCALARS, warp_shapes, warp_sizes
from engine.ops.warping import change_of, changes_of, sources_of


def kernel(arena, ints, args, worker, workers):
    """dy, clock → dx. args as for `warp`."""
    planes, channels, height, width = load(args, 7), load(args, 8), load(args, 9), load(args, 10)
    key = key_of(load(args, 11), load(args, 12), load(ints, load(args, 1)))
    first, last = rows_of(planes, worker, workers)
    for plane in range(first, last):
        a, b, c, d, e, f, bright = change_of(arena, args, key, plane // channels, height, width)
        dy = at(arena, load(args, 0) + plane * height * width)
        dx = at(arena, load(args, 2) + plane * height * width)
        for i in range(height * width):
            store(dx, i, const(arena, 0.0))
        for i in range(height):
            for j in range(width):
                down, across = a * i + b * j + c, d * i + e * j + f
                top, left = math.floor(down), math.floor(across)
                v, u = down - top, across - left
                r, s = np.int64(top), np.int64(left)
                g = bright * load(dy, i * width + j)
                if 0 <= r < height and 0 <= s < width:
                    place = r * width + s
                    store(dx, place, load(dx, place) + (1.0 - v) * (1.0 - u) * g)
                if 0 <= r < height and 0 <= s + 1 < width:
                    place = r * width + s + 1
                    store(dx, place, load(dx, place) + (1.0 - v) * u * g)
                if 0 <= r + 1 < height and 0 <= s < width:
                    place = (r + 1) * width + s
                    store(dx, place, load(dx, place) + v * (1.0 - u) * g)
                if 0 <= r + 1 < height and 0 <= s + 1 < width:
                    place = (r + 1) * width + s + 1
                    store(dx, place, load(dx, place) + v * u * g)


def _reference(dy, clock, **attrs):
    dx = np.zeros_like(dy)
    for row, change in enumerate(changes_of(dy.shape, clock, attrs)):
        for place, source, weight in sources_of(change, *dy.shape[2:]):
            dx[row, :, source[0], source[1]] += weight * dy[row, :, place[0], place[1]]
    return dx


def _numbers(arrays, place, attrs):
    dy, clock = arrays
    change = changes_of(dy.shape, clock, attrs)[place[0]]
    count = sum(source == tuple(place[2:]) for _, source, _ in sources_of(change, *dy.shape[2:]))
    return f"the sum of {count} shares of ȳ, of the pixels that this one went into"


OP = register(Op(
    "warp_grad", "random", ("dy", "clock"), warp_shapes, kernel,
    r"\bar x_q = \sum_p \frac{\partial y_p}{\partial x_q}\, \bar y_p",
    outputs=("dx",), scalars=SCALARS, sizes=warp_sizes, integer=frozenset(["clock"]),
    vjp=lambda g, c, ddx: (g.warp(ddx, c.inputs[1], **c.attrs), None),
    reference=_reference,
    derivative=r"\bar{\bar y} = \mathrm{warp}(\bar{\bar x})",
    numbers=_numbers,
    samples=SAMPLES,
    flops=lambda c: 20 * c.inputs[0].size,
    title="warp images, gradient", source="Simard et al. 2003",
    summary="Leads the gradient back to the pixels that each pixel was made of.",
))  # fmt: skip
