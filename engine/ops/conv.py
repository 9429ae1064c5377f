"""Convolution over one, two or three dimensions: y[b, o, z] = Σ_c Σ_j w[o, c, j] x[b, c, z·stride + j·dilation − pad].

x (B, C, sizes…), w (O, C/groups, kernel…) → y (B, O, sizes…). As in all of deep learning the kernel is not flipped.
"""

import itertools
import math
from typing import Any

import numpy as np

from engine.numerals import operand, total
from engine.ops.conv_geometry import check_conv, settings
from engine.ops.conv_kernels import conv_flops, correlation_scratch, correlation_sizes, kernel
from engine.ops.op import Op, register
from engine.ops.samples import normal


def _vjp(g, c, dy):
    x, w = c.inputs
    return (g.conv_input_grad(dy, w, size=x.shape[2:], **c.attrs),
            g.conv_weight_grad(x, dy, kernel=w.shape[2:], **c.attrs))  # fmt: skip


def windows(x, w_shape, attrs):
    """All (kernel number, place in the kernel, slices of the outputs, inputs seen there), by slicing a padded x."""
    rank = x.ndim - 2
    stride, pads, dilation, tile, _ = settings(rank, attrs)
    y_shape = check_conv(x.shape, w_shape, attrs)
    padded = np.pad(x, ((0, 0), (0, 0), *((max(0, a), max(0, b)) for a, b in pads)))
    cut: Any = (..., *(slice(max(0, -a), n - max(0, -b)) for (a, b), n in zip(pads, padded.shape[2:], strict=True)))
    padded = padded[cut]
    for number, turns in enumerate(itertools.product(*map(range, tile))):
        for place in itertools.product(*map(range, w_shape[2:])):
            outputs = tuple(slice(k, None, t) for k, t in zip(turns, tile, strict=True))
            seen = tuple(
                slice(k * s + j * d, (m - 1) * s + j * d + 1, s * t)
                for k, s, j, d, m, t in zip(turns, stride, place, dilation, y_shape[2:], tile, strict=True)
            )
            window: Any = (..., *seen)
            yield number, place, (..., *outputs), padded[window]


def reference(x, w, **attrs):
    """The sum over all windows, in NumPy."""
    y = np.zeros(check_conv(x.shape, w.shape, attrs))
    groups, tiles = attrs.get("groups", 1), math.prod(attrs.get("tile", (1,)))
    kernels = w.reshape(tiles, groups, -1, *w.shape[1:])
    for number, place, outputs, seen in windows(x, w.shape, attrs):
        if seen.size:
            grouped = seen.reshape(len(x), groups, -1, *seen.shape[2:])
            product = np.einsum("bgc...,goc->bgo...", grouped, kernels[(number, ..., *place)])
            y[outputs] += product.reshape(len(x), y.shape[1], *seen.shape[2:])
    return y


def conv_numbers(arrays, place, attrs):
    """The first products of the sum behind one output, and the bias if there is one."""
    x, w = arrays[0], arrays[1]
    stride, pads, dilation, tile, groups = settings(x.ndim - 2, attrs)
    filters, channels = len(w) // math.prod(tile), w.shape[1]
    kernel = 0
    for z, t in zip(place[2:], tile, strict=True):
        kernel = kernel * t + z % t
    first = place[1] // (filters // groups) * channels
    products = []
    for c, *js in itertools.product(range(channels), *map(range, w.shape[2:])):
        at = [z * s + j * d - low for z, s, j, d, (low, _)
              in zip(place[2:], stride, js, dilation, pads, strict=True)]  # fmt: skip
        if all(0 <= i < n for i, n in zip(at, x.shape[2:], strict=True)):
            weight = w[(kernel * filters + place[1], c, *js)]
            products.append(f"{operand(weight)} · {operand(x[(place[0], first + c, *at)])}")
    text = total(products, len(products), "products") if products else "0"
    return f"{text} + {operand(arrays[2][place[1]])}" if len(arrays) > 2 else text


SAMPLES: list[dict[str, Any]] = [
    dict(inputs=[normal(2, 3, 6), normal(4, 3, 3)], attrs=dict(pads=((1, 1),)),
         large=dict(inputs=[normal(5, 17, 47, 61), normal(19, 17, 3, 5)], attrs=dict(pads=((1, 1), (2, 2))))),
    dict(inputs=[normal(2, 2, 5, 6), normal(3, 2, 3, 2)], attrs=dict(pads=((0, 1), (2, 0)), stride=(2, 1))),
    dict(inputs=[normal(1, 4, 7, 6), normal(6, 2, 2, 3)], attrs=dict(groups=2, dilation=(2, 1), stride=(1, 2))),
    dict(inputs=[normal(2, 2, 3, 4, 3), normal(3, 2, 2, 3, 2)], attrs=dict(pads=((1, 0), (1, 1), (0, 1)))),
    dict(inputs=[normal(3, 5, 4, 4), normal(7, 5, 1, 1)]),
    dict(inputs=[normal(1, 3, 9), normal(3, 1, 2)], attrs=dict(groups=3, stride=(3,), pads=((-1, 2),))),
    dict(inputs=[normal(2, 2, 6, 5), normal(12, 2, 2, 2)], attrs=dict(tile=(2, 2), pads=((1, 0), (0, 1)))),
    dict(inputs=[normal(1, 2, 12), normal(6, 1, 2)], attrs=dict(tile=(3,), stride=(2,), groups=2, pads=((1, 1),))),
    dict(inputs=[normal(2, 16, 5), normal(16, 16, 2)]),
]  # fmt: skip
OP = register(Op(
    "conv", "convolution", ("x", "w"), lambda x, w, **attrs: check_conv(x, w, attrs), kernel,
    r"y_{o,z} = \sum_c \sum_j w_{o,c,j}\, x_{c,\, z s + j d - p}",
    sizes=correlation_sizes, pad=1, scratch=correlation_scratch,
    vjp=_vjp,
    reference=reference,
    derivative=r"\bar x_{c,i} = \sum_o \sum_{z s + j d - p = i} w_{o,c,j}\, \bar y_{o,z},\quad "
               r"\bar w_{o,c,j} = \sum_z x_{c,\, z s + j d - p}\, \bar y_{o,z}",
    numbers=conv_numbers,
    samples=SAMPLES,
    flops=conv_flops,
    title="convolution", source="Goodfellow et al. 2016, 9.1 and 9.5",
))  # fmt: skip
