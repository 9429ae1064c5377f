"""Gradient of a convolution's input, which is the transposed convolution: every output hands its gradient back to the
inputs it saw.   dy (B, O, sizes…), w (O, C/groups, kernel…) → dx (B, C, size…)

dx[b, c, i] = Σ_o Σ_j w[o, c, j] dy[b, o, z] over all j for which z = (i + pad − j·dilation) / stride is whole; dy
counts as 0 outside.
"""

import itertools
import math

import numpy as np

from engine.ops.conv import SAMPLES
from engine.ops.conv_geometry import check_conv, settings
from engine.ops.conv_kernels import conv_flops, correlation_scratch, correlation_sizes, kernel
from engine.ops.op import Op, register, require
from engine.ops.samples import Sample, remade


def input_shape(dy, w, size, attrs):
    """Shape of the input whose gradient it is. Raises ShapeError."""
    groups = attrs.get("groups", 1)
    require(len(dy) >= 3 and len(w) == len(dy) == len(size) + 2,
            f"dy {dy}, weights {w} and size {size} must have the same dimensions", "dy", None, dy)  # fmt: skip
    x = (dy[0], w[1] * groups, *size)
    check_conv(x, w, attrs, dy)
    return x


def _vjp(g, c, ddx):
    dy, w = c.inputs
    attrs = {name: value for name, value in c.attrs.items() if name != "size"}
    return g.conv(ddx, w, **attrs), g.conv_weight_grad(ddx, dy, kernel=w.shape[2:], **attrs)


def reference(dy, w, size, **attrs):
    """The sum over all places of the kernel, input by input, in NumPy."""
    dx = np.zeros(input_shape(dy.shape, w.shape, size, attrs))
    stride, pads, dilation, tile, groups = settings(dy.ndim - 2, attrs)
    kernels = w.reshape(math.prod(tile), groups, -1, *w.shape[1:])
    far = [n * s * t for n, s, t in zip(dx.shape[2:], stride, tile, strict=True)]
    far = [f + k * d for f, k, d in zip(far, w.shape[2:], dilation, strict=True)]
    zeros = np.pad(dy, ((0, 0), (0, 0), *((f, f) for f in far)))
    for number, tiles in enumerate(itertools.product(*map(range, tile))):
        for place in itertools.product(*map(range, w.shape[2:])):
            found = [_meetings(*each) for each in
                     zip(size, tiles, place, stride, pads, dilation, tile, strict=True)]  # fmt: skip
            seen = zeros[(..., *np.ix_(*(z + f for (_, z), f in zip(found, far, strict=True))))]
            grouped = seen.reshape(len(dy), groups, -1, *seen.shape[2:])
            product = np.einsum("bgo...,goc->bgc...", grouped, kernels[(number, ..., *place)])
            dx[(..., *np.ix_(*(i for i, _ in found)))] += product.reshape(len(dy), dx.shape[1], *seen.shape[2:])
    return dx


def _meetings(n, kernel, place, stride, pads, dilation, tile):
    """Inputs that meet this place of this kernel, and the outputs where they do, which may lie outside."""
    inputs = np.arange(n)
    ways = inputs + pads[0] - place * dilation
    meets = (ways % stride == 0) & (ways // stride % tile == kernel)
    return inputs[meets], ways[meets] // stride


def transposed(sample):
    """The sample of a convolution turned round: from its output back to its input."""
    x, w = (each.shape for each in sample["inputs"])
    attrs = sample.get("attrs", {})
    return dict(inputs=[Sample("normal", check_conv(x, w, attrs)), sample["inputs"][1]], attrs={**attrs, "size": x[2:]})


TRANSPOSED = remade(SAMPLES, transposed)
OP = register(Op(
    "conv_input_grad", "gradient", ("dy", "w"), lambda dy, w, size, **attrs: input_shape(dy, w, size, attrs), kernel,
    r"\bar x_{c,i} = \sum_o \sum_{z s + j d - p = i} w_{o,c,j}\, \bar y_{o,z}",
    outputs=("dx",), sizes=correlation_sizes, pad=1, scratch=correlation_scratch,
    vjp=_vjp,
    reference=reference,
    derivative=r"\bar{\bar y} = w * \bar{\bar x},\quad \bar w_{o,c,j} = \sum_z \bar{\bar x}_{c,\, z s + j d - p}\, "
               r"\bar y_{o,z}",
    samples=TRANSPOSED,
    flops=conv_flops,
    title="transposed convolution", source="Goodfellow et al. 2016, 9.5",
))  # fmt: skip
