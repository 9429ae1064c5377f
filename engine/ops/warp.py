"""Every image turned, moved, zoomed, mirrored and brightened by chance, others in every step.

x (B, C, H, W), clock (1,) int → y (B, C, H, W): a pixel of y is x between four pixels (bilinear), at the place that
comes to lie there; 0 outside the image. Which change a row gets depends on (seed, stream, clock, row) alone.
"""

import math

import numpy as np

from engine.machine.counter import key_of
from engine.machine.pointers import at, const, load, store
from engine.numerals import show_number
from engine.ops.loops import rows_of
from engine.ops.op import Op, register, require
from engine.ops.samples import labels, normal
from engine.ops.warping import change_of, changes_of, sources_of


def kernel(arena, ints, args, worker, workers):
    """x, clock → y. args: x, clock, y, turn, shift, zoom, brightness; planes, C, H, W, seed, stream, flip."""
    planes, channels, height, width = load(args, 7), load(args, 8), load(args, 9), load(args, 10)
    key = key_of(load(args, 11), load(args, 12), load(ints, load(args, 1)))
    first, last = rows_of(planes, worker, workers)
    for plane in range(first, last):
        a, b, c, d, e, f, bright = change_of(arena, args, key, plane // channels, height, width)
        x = at(arena, load(args, 0) + plane * height * width)
        y = at(arena, load(args, 2) + plane * height * width)
        for i in range(height):
            for j in range(width):
                down, across = a * i + b * j + c, d * i + e * j + f
                top, left = math.floor(down), math.floor(across)
                v, u = down - top, across - left
                r, s = np.int64(top), np.int64(left)
                total = 0.0
                if 0 <= r < height and 0 <= s < width:
                    total += (1.0 - v) * (1.0 - u) * load(x, r * width + s)
                if 0 <= r < height and 0 <= s + 1 < width:
                    total += (1.0 - v) * u * load(x, r * width + s + 1)
                if 0 <= r + 1 < height and 0 <= s < width:
                    total += v * (1.0 - u) * load(x, (r + 1) * width + s)
                if 0 <= r + 1 < height and 0 <= s + 1 < width:
                    total += v * u * load(x, (r + 1) * width + s + 1)
                store(y, i * width + j, const(arena, 0.0) + bright * total)


def warp_shapes(x, clock, **attrs):
    """The shape of x."""
    require(len(x) == 4, f"{x} is no batch of images (B, C, H, W)", "x", 4, x)
    require(clock == (1,), f"the clock is one number, not {clock}", "clock", (1,), clock)
    return x


def warp_sizes(call):
    """Planes, channels, height, width, seed, stream, flip."""
    batch, channels, height, width = call.inputs[0].shape
    attrs = call.attrs
    return [batch * channels, channels, height, width, attrs["seed"], attrs["stream"], int(attrs["flip"])]


SCALARS = ("turn", "shift", "zoom", "brightness")


def _reference(x, clock, **attrs):
    y = np.zeros_like(x)
    for row, change in enumerate(changes_of(x.shape, clock, attrs)):
        for place, source, weight in sources_of(change, *x.shape[2:]):
            y[row, :, place[0], place[1]] += weight * x[row, :, source[0], source[1]]
    return y


def _numbers(arrays, place, attrs):
    x, clock = arrays
    told = changes_of(x.shape, clock, attrs)[place[0]]
    down, across = told.source(*place[2:])
    return (f"{show_number(told.bright)} · {{x}} at ({show_number(down)}, {show_number(across)}): turned by "
            f"{show_number(math.degrees(told.angle))}°, zoomed {show_number(told.zoom)}-fold, moved by "
            f"({show_number(told.down)}, {show_number(told.across)})")  # fmt: skip


ATTRS = dict(turn=0.4, shift=0.2, zoom=0.2, brightness=0.3, flip=True, seed=3, stream=5)
SAMPLES = [
    dict(inputs=[normal(3, 2, 5, 6), labels(1, high=100)], attrs=ATTRS,
         large=dict(inputs=[normal(13, 3, 17, 11), labels(1, high=100)], attrs=ATTRS)),
    dict(inputs=[normal(2, 1, 4, 4), labels(1, high=100)],
         attrs={**ATTRS, "flip": False, "zoom": 0.0, "brightness": 0.0, "stream": 2**31}),
]  # fmt: skip
OP = register(Op(
    "warp", "random", ("x", "clock"), warp_shapes, kernel,
    r"y_p = \beta\, x_{A^{-1}(p)},\quad A: \text{turned, zoomed, moved by chance}",
    scalars=SCALARS, sizes=warp_sizes, integer=frozenset(["clock"]),
    vjp=lambda g, c, dy: (g.warp_grad(dy, c.inputs[1], **c.attrs), None),
    reference=_reference,
    derivative=r"\bar x_q = \sum_p \frac{\partial y_p}{\partial x_q}\, \bar y_p",
    numbers=_numbers,
    samples=SAMPLES,
    flops=lambda c: 20 * c.inputs[0].size,
    title="warp images", source="Simard et al. 2003",
    summary="Turns, moves, zooms, mirrors and brightens every image by chance, otherwise in every step.",
))  # fmt: skip
