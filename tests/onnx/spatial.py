"""Convolution, pooling and normalisation of channels: x (N, C, sizes…)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from engine.graph import Value
from engine.ops.pooling import pooled_size
from tests.onnx.adapter import Adapter, Node, Unsupported, maps
from tests.onnx.indexing import placed
from tests.onnx.quantized import quantized
from tests.onnx.shapes import padded

Pads = tuple[tuple[int, int], ...]


def geometry(node: Node, x: Value, kernel: Sequence[int]) -> tuple[tuple[int, ...], tuple[int, ...], Pads]:
    """Strides, dilations and paddings of a window over `x`."""
    rank = len(x.shape) - 2
    stride = tuple(node.get("strides", [1] * rank))
    dilation = tuple(node.get("dilations", [1] * rank))
    auto = node.get("auto_pad", "NOTSET")
    if auto in ("NOTSET", "VALID"):
        pads = node.get("pads", [0] * 2 * rank) if auto == "NOTSET" else [0] * 2 * rank
        return stride, dilation, tuple(zip(pads[:rank], pads[rank:], strict=True))
    found = []
    for n, k, s, d in zip(x.shape[2:], kernel, stride, dilation, strict=True):
        total = max(0, (-(-n // s) - 1) * s + (k - 1) * d + 1 - n)
        found.append(_shared(total, auto == "SAME_UPPER"))
    return stride, dilation, tuple(found)


def _shared(total: int, upper: bool) -> tuple[int, int]:
    """A padding on both sides, the odd place behind if `upper`, else in front."""
    small, large = total // 2, total - total // 2
    return (small, large) if upper else (large, small)


def convolved(g: Adapter, node: Node, x: Value, w: Value) -> Value:
    """The convolution without its bias."""
    stride, dilation, pads = geometry(node, x, w.shape[2:])
    return g.conv(x, w, stride=stride, pads=pads, dilation=dilation, groups=node.get("group", 1))


def channelwise(g: Adapter, numbers: Value, x: Value) -> Value:
    """One number for each channel, in a shape that broadcasts against `x`."""
    return g.reshape(numbers, shape=(numbers.size, *(1,) * (len(x.shape) - 2)))


@maps("Conv")
def conv(g: Adapter, node: Node, x: Value, w: Value, bias: Value | None = None) -> Value:
    y = convolved(g, node, x, w)
    return y if bias is None else g.add(y, channelwise(g, bias, y))


@maps("ConvInteger", gives="int32")
def conv_integer(g: Adapter, node: Node, x: Value, w: Value, x0: Value | None = None,
                 w0: Value | None = None) -> Value:  # fmt: skip
    x = x if x0 is None else g.sub(x, g.reshape(x0, shape=()))
    return convolved(g, node, x, w if w0 is None else g.sub(w, _by_filter(g, w0, w)))


def _by_filter(g: Adapter, numbers: Value, w: Value) -> Value:
    return g.reshape(numbers, shape=(numbers.size, *(1,) * (len(w.shape) - 1)))


@maps("QLinearConv")
def quantized_conv(g: Adapter, node: Node, x: Value, x_scale: Value, x_zero: Value, w: Value, w_scale: Value,
                   w_zero: Value, y_scale: Value, y_zero: Value, bias: Value | None = None) -> Value:  # fmt: skip
    z = convolved(g, node, g.sub(x, x_zero), g.sub(w, _by_filter(g, w_zero, w)))
    z = z if bias is None else g.add(z, channelwise(g, bias, z))
    factor = g.div(g.mul(x_scale, channelwise(g, w_scale, z)), y_scale)
    return quantized(g, g.mul(z, factor), g.number(1), y_zero, g.dtype_of(y_zero))


@maps("ConvTranspose")
def conv_transpose(g: Adapter, node: Node, x: Value, w: Value, bias: Value | None = None) -> Value:
    """The gradient of a convolution by its input."""
    stride, dilation, pads = geometry(Node(node.op, {**node.attrs, "auto_pad": "NOTSET"}, [], 0), x, w.shape[2:])
    extra = node.get("output_padding", [0] * len(stride))
    full = [s * (n - 1) + o + (k - 1) * d + 1
            for n, k, s, d, o in zip(x.shape[2:], w.shape[2:], stride, dilation, extra, strict=True)]  # fmt: skip
    wanted, auto = node.get("output_shape"), node.get("auto_pad", "NOTSET")
    if wanted is None and auto in ("SAME_UPPER", "SAME_LOWER"):
        wanted = [n * s for n, s in zip(x.shape[2:], stride, strict=True)]
    if wanted is not None:
        totals = [n - m for n, m in zip(full, wanted[-len(full) :], strict=True)]
        pads = tuple(_shared(total, auto == "SAME_UPPER") for total in totals)
    size = tuple(n - sum(each) for n, each in zip(full, pads, strict=True))
    attrs = dict(stride=stride, pads=pads, dilation=dilation, groups=node.get("group", 1))
    y = g.conv_input_grad(x, w, size=size, **attrs)
    return y if bias is None else g.add(y, channelwise(g, bias, y))


def window_rows(g: Adapter, node: Node, x: Value, fill: float) -> tuple[Value, tuple[int, ...]]:
    """The elements of each window as rows, `fill` in the padding, and the shape of the windows."""
    kernel = node.attrs["kernel_shape"]
    stride, dilation, pads = geometry(node, x, kernel)
    counts = windows_of(node, x)
    for axis, (k, s, d, m) in enumerate(zip(kernel, stride, dilation, counts, strict=True), 2):
        before = pads[axis - 2][0]
        behind = max(0, (m - 1) * s + (k - 1) * d + 1 - x.shape[axis] - before)
        x = padded(g, x, axis, before, behind, "constant", g.number(fill))
        x = g.take(x, np.arange(m)[:, None] * s + np.arange(k) * d, axis)
    rank = len(kernel)
    split = [n for k, m in zip(kernel, counts, strict=True) for n in (m, k)]
    apart = g.reshape(x, shape=(*x.shape[:2], *split))
    order = [0, 1, *range(2, 2 + 2 * rank, 2), *range(3, 3 + 2 * rank, 2)]
    shape = (*x.shape[:2], *counts)
    return g.reshape(g.moved(apart, order), shape=(math.prod(shape), math.prod(kernel))), shape


def windows_of(node: Node, x: Value) -> list[int]:
    """How many windows there are along each dimension."""
    kernel = node.attrs["kernel_shape"]
    stride, dilation, pads = geometry(node, x, kernel)
    wide = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    ceil = bool(node.get("ceil_mode", 0))
    return [pooled_size(*each, ceil) for each in zip(x.shape[2:], wide, stride, pads, strict=True)]


def is_plain(node: Node, pads: Pads) -> bool:
    """Whether the engine's pooling takes it as it is: neither holes in the windows nor windows of padding alone."""
    kernel = node.attrs["kernel_shape"]
    holes = any(d > 1 for d in node.get("dilations", []))
    return not holes and all(max(each) < k for each, k in zip(pads, kernel, strict=True)) and len(kernel) <= 3


@maps("MaxPool")
def max_pool(g: Adapter, node: Node, x: Value) -> tuple[Value, ...]:
    kernel = tuple(node.attrs["kernel_shape"])
    stride, _, pads = geometry(node, x, kernel)
    if not is_plain(node, pads):
        rows, shape = window_rows(g, node, x, -math.inf)
        return (g.reshape(g.max(rows), shape=shape),)
    y, index = g.max_pool(x, kernel=kernel, stride=stride, pads=pads, ceil=bool(node.get("ceil_mode", 0)))
    if len(node.wanted) == 1:
        return (y,)
    place, size = g.floating(index), math.prod(x.shape[2:])
    if node.get("storage_order", 0):  # the last dimension first
        if len(kernel) != 2:
            raise Unsupported("attribute", "storage_order of other than two dimensions")
        height, width = x.shape[2:]
        row = g.floor(g.scale(g.add(place, g.number(0.5)), factor=1.0 / width))
        column = g.sub(place, g.scale(row, factor=float(width)))
        place = g.add(row, g.scale(column, factor=float(height)))
    base = np.arange(math.prod(x.shape[:2])).reshape(*x.shape[:2], *(1,) * len(kernel)) * size
    return y, g.typed(g.add(place, g.given(base, "int64")), "int64")


@maps("AveragePool")
def average_pool(g: Adapter, node: Node, x: Value) -> Value:
    kernel = tuple(node.attrs["kernel_shape"])
    stride, _, pads = geometry(node, x, kernel)
    counted = bool(node.get("count_include_pad", 0))
    if is_plain(node, pads):
        ceil = bool(node.get("ceil_mode", 0))
        return g.average_pool(x, kernel=kernel, stride=stride, pads=pads, ceil=ceil, include_pad=counted)
    rows, shape = window_rows(g, node, x, 0.0)
    ones = g.spread(g.number(1), (1, 1, *x.shape[2:]))
    if counted:
        for axis, (before, behind) in enumerate(pads, 2):
            ones = padded(g, ones, axis, before, behind, "constant", g.number(1))
        inner = Node(node.op, {**node.attrs, "pads": [0] * 2 * len(kernel), "auto_pad": "NOTSET"}, [], 0)
    else:
        inner = node
    weights, counts = window_rows(g, inner, ones, 0.0)
    mean_of = g.reshape(g.sum(weights, start=1, stop=2), shape=counts)
    return g.div(g.reshape(g.sum(rows, start=1, stop=2), shape=shape), mean_of)


@maps("LpPool")
def lp_pool(g: Adapter, node: Node, x: Value) -> Value:
    p = float(node.get("p", 2))
    rows, shape = window_rows(g, node, x, 0.0)
    total = g.sum(g.power(g.abs(rows), g.number(p)), start=1, stop=2)
    return g.reshape(g.power(total, g.number(1 / p)), shape=shape)


@maps("GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool")
def global_pool(g: Adapter, node: Node, x: Value) -> Value:
    rows = g.reshape(x, shape=(math.prod(x.shape[:2]), math.prod(x.shape[2:])))
    if node.op == "GlobalMaxPool":
        y = g.max(rows)
    elif node.op == "GlobalAveragePool":
        y = g.scale(g.sum(rows, start=1, stop=2), factor=1.0 / rows.shape[1])
    else:
        p = float(node.get("p", 2))
        y = g.power(g.sum(g.power(g.abs(rows), g.number(p)), start=1, stop=2), g.number(1 / p))
    return g.reshape(y, shape=(*x.shape[:2], *(1,) * (len(x.shape) - 2)))


@maps("MaxUnpool")
def max_unpool(g: Adapter, node: Node, x: Value, places: Value, size: Value | None = None) -> Value:
    kernel = node.attrs["kernel_shape"]
    stride, _, pads = geometry(node, x, kernel)
    own = [(n - 1) * s + k - sum(p) for n, s, k, p in zip(x.shape[2:], stride, kernel, pads, strict=True)]
    shape = (*x.shape[:2], *own)
    if size is not None and tuple(g.ints(size)) != shape:  # places count in the smaller tensor
        wanted = tuple(g.ints(size))
        y = max_unpool(g, node, x, places)
        for axis, n in enumerate(wanted):
            y = padded(g, y, axis, 0, n - y.shape[axis], "constant", g.number(0))
        return y
    blank = g.zeros(shape=(math.prod(shape), 1))
    return g.reshape(placed(g, blank, g.flat(places), g.reshape(x, shape=(x.size, 1)), "none"), shape=shape)


@maps("Col2Im")
def columns_to_image(g: Adapter, node: Node, x: Value, size: Value, block: Value) -> Value:
    """Every column's elements are added where its window lay."""
    image, kernel = g.ints(size), g.ints(block)
    rank = len(image)
    blank = Value((1, 1, *image))
    stride, dilation, pads = geometry(node, blank, kernel)
    counts = [(n + sum(p) - (k - 1) * d - 1) // s + 1
              for n, p, k, d, s in zip(image, pads, kernel, dilation, stride, strict=True)]  # fmt: skip
    grid = np.indices((*kernel, *counts))
    wide = [n + sum(p) for n, p in zip(image, pads, strict=True)]
    where = np.zeros(grid.shape[1:], np.int64)
    for k in range(rank):
        where = where * wide[k] + grid[k] * dilation[k] + grid[rank + k] * stride[k]
    batch, channels = x.shape[0], x.shape[1] // math.prod(kernel)
    columns = g.transpose(g.reshape(x, shape=(batch * channels, where.size)), axes=(1, 0))
    total = g.scatter_rows(columns, g.places(where.reshape(-1)), rows=math.prod(wide))
    y = g.reshape(g.transpose(total, axes=(1, 0)), shape=(batch, channels, *wide))
    for axis, (before, _) in enumerate(pads, 2):
        y = g.cut(y, axis, before, before + image[axis - 2])
    return y


def standard(g: Adapter, x: Value, mean: Value, variance: Value, epsilon: float) -> Value:
    """(x − mean) / √(variance + ε)."""
    return g.div(g.sub(x, mean), g.sqrt(g.add(variance, g.number(epsilon))))


@maps("InstanceNormalization")
def instance_norm(g: Adapter, node: Node, x: Value, gain: Value, bias: Value) -> Value:
    rows = g.reshape(x, shape=(*x.shape[:2], math.prod(x.shape[2:])))
    mean, variance = moments(g, rows, (2,))
    y = g.reshape(standard(g, rows, mean, variance, node.get("epsilon", 1e-5)), shape=x.shape)
    return g.add(g.mul(y, channelwise(g, gain, x)), channelwise(g, bias, x))


def moments(g: Adapter, x: Value, axes: Sequence[int]) -> tuple[Value, Value]:
    """Mean and variance over `axes`, which stay with size 1."""
    count = math.prod(x.shape[axis] for axis in axes)

    def mean_of(value: Value) -> Value:
        for axis in axes:
            kept = (*value.shape[:axis], 1, *value.shape[axis + 1 :])
            value = g.reshape(g.sum(value, start=axis, stop=axis + 1), shape=kept)
        return g.scale(value, factor=1.0 / count)

    mean = mean_of(x)
    return mean, mean_of(g.square(g.sub(x, mean)))


@maps("BatchNormalization")
def batch_norm(g: Adapter, node: Node, x: Value, gain: Value, bias: Value, mean: Value,
               variance: Value) -> tuple[Value, ...]:  # fmt: skip
    epsilon, momentum = node.get("epsilon", 1e-5), node.get("momentum", 0.9)
    m, v = channelwise(g, mean, x), channelwise(g, variance, x)
    if node.get("training_mode", 0):
        m, v = moments(g, x, [0, *range(2, len(x.shape))])
    y = g.add(g.mul(standard(g, x, m, v, epsilon), channelwise(g, gain, x)), channelwise(g, bias, x))
    if not node.get("training_mode", 0):
        return (y,)
    pairs = ((mean, m), (variance, v))
    running = [g.add(g.scale(old, factor=momentum), g.scale(g.flat(new), factor=1 - momentum)) for old, new in pairs]
    return y, *(g.typed(value, g.dtype_of(mean)) for value in running)
