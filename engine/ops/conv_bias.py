"""Convolution plus one number per filter: `conv` and an addition in one pass.   b (O,)"""

import math

from engine.ops.conv import SAMPLES, conv_numbers, reference
from engine.ops.conv_geometry import check_conv
from engine.ops.conv_kernels import conv_flops, correlation_scratch, correlation_sizes, kernel
from engine.ops.op import Op, register, require
from engine.ops.samples import normal, remade


def column(g, b, rank):
    """One number per channel, shaped to be added to (B, channels, sizes…)."""
    return g.reshape(b, shape=(b.shape[0], *(1,) * rank))


def sum_to_channels(g, dy):
    """Gradient of a number per channel: the sum over rows and pixels."""
    return g.sum(g.sum(dy, start=2), start=0, stop=1)


def require_bias(b, filters):
    """Raises ShapeError unless there is one number per filter."""
    require(b == (filters,), f"the bias must have one number for each of {filters} filters, but is {b}", "b",
            (filters,), b)  # fmt: skip


def _shapes(x, w, b, **attrs):
    y = check_conv(x, w, attrs)
    require_bias(b, y[1])
    return y


def _vjp(g, c, dy):
    x, w, _ = c.inputs
    return (g.conv_input_grad(dy, w, size=x.shape[2:], **c.attrs),
            g.conv_weight_grad(x, dy, kernel=w.shape[2:], **c.attrs), sum_to_channels(g, dy))  # fmt: skip


def _reference(x, w, b, **attrs):
    return reference(x, w, **attrs) + b.reshape(-1, *(1,) * (x.ndim - 2))


def _with_bias(sample):
    x, w = sample["inputs"]
    attrs = sample.get("attrs", {})
    return dict(inputs=[x, w, normal(w.shape[0] // math.prod(attrs.get("tile", ())))], attrs=attrs)


OP = register(Op(
    "conv_bias", "convolution", ("x", "w", "b"), _shapes, kernel,
    r"y_{o,z} = b_o + \sum_c \sum_j w_{o,c,j}\, x_{c,\, z s + j d - p}",
    sizes=correlation_sizes, scratch=correlation_scratch,
    vjp=_vjp,
    expand=lambda g, x, w, b, **attrs: g.add(g.conv(x, w, **attrs), column(g, b, len(x.shape) - 2)),
    reference=_reference,
    derivative=r"\bar b_o = \sum_z \bar y_{o,z};\ \bar x,\, \bar w \text{ as without } b",
    numbers=conv_numbers,
    samples=remade(SAMPLES[:3] + SAMPLES[6:], _with_bias),
    flops=conv_flops,
    title="convolution with bias", source="Goodfellow et al. 2016, 9.1 and 9.5",
))  # fmt: skip
