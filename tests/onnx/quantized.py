"""Operators on quantised numbers: integers that stand for (q − zero point) · scale."""

from __future__ import annotations

import numpy as np

from engine.graph import Value
from tests.onnx.adapter import Adapter, Node, Unsupported, maps
from tests.onnx.matrices import product


def along(g: Adapter, node: Node, x: Value, scale: Value) -> Value:
    """`scale` in a shape that broadcasts against `x`: one for all, one for each place of `axis`, or one a block."""
    if not scale.shape or scale.size == 1:
        return g.reshape(scale, shape=())
    axis = node.get("axis", 1) % len(x.shape)
    block = node.get("block_size", 0)
    if not block:
        return g.reshape(scale, shape=(scale.size, *(1,) * (len(x.shape) - axis - 1)))
    wide = g.repeat(scale, start=axis + 1, sizes=(block,))
    joint = g.reshape(wide, shape=(*scale.shape[:axis], scale.shape[axis] * block, *scale.shape[axis + 1 :]))
    return g.cut(joint, axis, 0, x.shape[axis])


@maps("DequantizeLinear")
def dequantize(g: Adapter, node: Node, q: Value, scale: Value, zero: Value | None = None) -> Value:
    x = q if zero is None else g.sub(q, along(g, node, q, zero))
    return g.typed(g.mul(x, along(g, node, q, scale)), g.dtype_of(scale))


def quantized(g: Adapter, x: Value, scale: Value, zero: Value, dtype: np.dtype) -> Value:
    """round(x / scale) + zero, cut off at what `dtype` holds."""
    if dtype.kind not in "iu":
        raise Unsupported("element type", dtype.name)
    limits = np.iinfo(dtype)
    scale = g.spread(scale, x.shape)  # by one number the engine divides through its reciprocal, rounding twice
    return g.typed(g.between(g.add(g.round(g.pair("div", x, scale)), zero), limits.min, limits.max), dtype)


@maps("QuantizeLinear")
def quantize(g: Adapter, node: Node, x: Value, scale: Value, zero: Value | None = None) -> Value:
    import onnx

    to = node.get("output_dtype", 0)
    dtype = onnx.helper.tensor_dtype_to_np_dtype(to) if to else np.dtype("uint8")
    dtype = dtype if zero is None else g.dtype_of(zero)
    shift = g.number(0) if zero is None else along(g, node, x, zero)
    return quantized(g, x, along(g, node, x, scale), shift, dtype)


def by_row(g: Adapter, value: Value) -> Value:
    """A scale or zero point of each row as a column."""
    return g.reshape(value, shape=(*value.shape, 1)) if value.size > 1 and len(value.shape) == 1 else value


@maps("QLinearMatMul")
def quantized_matmul(g: Adapter, node: Node, a: Value, a_scale: Value, a_zero: Value, b: Value, b_scale: Value,
                     b_zero: Value, y_scale: Value, y_zero: Value) -> Value:  # fmt: skip
    z = product(g, g.sub(a, by_row(g, a_zero)), g.sub(b, b_zero))
    factor = g.div(g.mul(by_row(g, a_scale), b_scale), by_row(g, y_scale))
    return quantized(g, g.mul(z, factor), g.number(1), by_row(g, y_zero), g.dtype_of(y_zero))
