"""Operators that move numbers without computing, and those that make tensors out of shapes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.graph import Value
from tests.onnx.adapter import Adapter, Node, Unsupported, maps
from tests.onnx.reductions import axes_of


@maps("Constant")
def constant(g: Adapter, node: Node) -> Value:
    dtypes = {"value_float": "float32", "value_floats": "float32", "value_int": "int64", "value_ints": "int64"}
    for name, dtype in dtypes.items():
        if name in node.attrs:
            return g.given(node.attrs[name], dtype)
    if "value" not in node.attrs:
        raise Unsupported("element type", "strings")
    return g.given(node.attrs["value"])


@maps("Shape", gives="int64")
def shape(g: Adapter, node: Node, x: Value) -> Value:
    return g.given(list(x.shape)[node.get("start", 0) : node.get("end")], "int64")


@maps("Size", gives="int64")
def size(g: Adapter, node: Node, x: Value) -> Value:
    return g.given(x.size, "int64")


@maps("ConstantOfShape")
def constant_of_shape(g: Adapter, node: Node, sizes: Value) -> Value:
    value = node.get("value", np.zeros(1, np.float32))
    return g.typed(g.spread(g.reshape(g.given(value), shape=()), g.ints(sizes)), value.dtype)


@maps("EyeLike")
def eye_like(g: Adapter, node: Node, x: Value) -> Value:
    import onnx

    dtype = onnx.helper.tensor_dtype_to_np_dtype(node.attrs["dtype"]) if "dtype" in node.attrs else g.dtype_of(x)
    rows, columns = (g.given(np.arange(n), "int64") for n in x.shape)
    k = g.number(node.get("k", 0))
    return g.typed(g.equal(g.add(g.reshape(rows, shape=(x.shape[0], 1)), k), columns), dtype)


@maps("Range")
def range_(g: Adapter, node: Node, start: Value, limit: Value, delta: Value) -> Value:
    first, last, step = (g.known(value).item() for value in (start, limit, delta))
    count = max(0, math.ceil((last - first) / step))
    return g.add(start, g.mul(delta, g.given(np.arange(count), "int64")))


@maps("Reshape")
def reshape(g: Adapter, node: Node, x: Value, sizes: Value | None = None) -> Value:
    wanted = node.attrs["shape"] if sizes is None else g.ints(sizes)
    if not node.get("allowzero"):
        wanted = [x.shape[k] if n == 0 else n for k, n in enumerate(wanted)]
    rest = math.prod(n for n in wanted if n != -1)
    return g.reshape(x, shape=tuple(x.size // rest if n == -1 else n for n in wanted))


@maps("Flatten")
def flatten(g: Adapter, node: Node, x: Value) -> Value:
    axis = node.get("axis", 1)
    axis = axis + len(x.shape) if axis < 0 else axis
    return g.reshape(x, shape=(math.prod(x.shape[:axis]), math.prod(x.shape[axis:])))


@maps("Squeeze")
def squeeze(g: Adapter, node: Node, x: Value, axes: Value | None = None) -> Value:
    found = axes_of(g, node, len(x.shape), axes)
    found = [k for k, n in enumerate(x.shape) if n == 1] if found is None else found
    return g.reshape(x, shape=tuple(n for k, n in enumerate(x.shape) if k not in found))


@maps("Unsqueeze")
def unsqueeze(g: Adapter, node: Node, x: Value, axes: Value | None = None) -> Value:
    wanted = node.attrs["axes"] if axes is None else g.ints(axes)
    rank = len(x.shape) + len(wanted)
    new, old = {axis % rank for axis in wanted}, iter(x.shape)
    return g.reshape(x, shape=tuple(1 if k in new else next(old) for k in range(rank)))


@maps("Transpose")
def transpose(g: Adapter, node: Node, x: Value) -> Value:
    return g.moved(x, node.get("perm") or range(len(x.shape))[::-1])


@maps("Expand")
def expand(g: Adapter, node: Node, x: Value, sizes: Value) -> Value:
    return g.spread(x, np.broadcast_shapes(x.shape, tuple(g.ints(sizes))))


@maps("Tile")
def tile(g: Adapter, node: Node, x: Value, repeats: Value) -> Value:
    for axis, times in enumerate(g.ints(repeats)):
        outer, inner = math.prod(x.shape[:axis]), math.prod(x.shape[axis:])
        rows = g.repeat(g.reshape(x, shape=(outer, inner)), start=1, sizes=(times,))
        x = g.reshape(rows, shape=(*x.shape[:axis], times * x.shape[axis], *x.shape[axis + 1 :]))
    return x


@maps("Concat")
def concat(g: Adapter, node: Node, *parts: Value) -> Value:
    return g.joined(parts, node.get("axis", 1) % len(parts[0].shape))


@maps("Split")
def split(g: Adapter, node: Node, x: Value, sizes: Value | None = None) -> tuple[Value, ...]:
    axis, count = node.get("axis", 0) % len(x.shape), node.get("num_outputs", len(node.wanted))
    widths = node.get("split") if sizes is None else g.ints(sizes)
    if widths is None:
        each = -(-x.shape[axis] // count)
        widths = [min(each, x.shape[axis] - k * each) for k in range(count)]
    stops = np.cumsum(widths)
    parts = tuple(g.cut(x, axis, int(s - n), int(s)) for n, s in zip(widths, stops, strict=True))
    return tuple(g.typed(part, g.dtype_of(x)) for part in parts)


@maps("Slice")
def slice_(g: Adapter, node: Node, x: Value, *given: Value) -> Value:
    known = [g.ints(value) if value is not None else None for value in given] + [None] * 4
    starts, stops = (node.attrs["starts"], node.attrs["ends"]) if not given else known[:2]
    axes = node.get("axes") if not given else known[2]
    axes = list(range(len(starts))) if axes is None else [axis % len(x.shape) for axis in axes]
    steps = known[3] or [1] * len(starts)
    for axis, start, stop, step in zip(axes, starts, stops, steps, strict=True):
        places = range(x.shape[axis])[_bounded(start) : _bounded(stop) : step]
        x = g.cut(x, axis, places.start, max(places.start, places.stop)) if step == 1 else g.take(x, places, axis)
    return x


def _bounded(place: int) -> int:
    return max(-(2**31), min(place, 2**31))


@maps("Pad")
def pad(g: Adapter, node: Node, x: Value, pads: Value | None = None, value: Value | None = None,
        axes: Value | None = None) -> Value:  # fmt: skip
    amounts = node.attrs["pads"] if pads is None else g.ints(pads)
    where = list(range(len(x.shape))) if axes is None else [axis % len(x.shape) for axis in g.ints(axes)]
    fill = g.number(node.get("value", 0.0)) if value is None else g.reshape(value, shape=())
    for k, axis in enumerate(where):
        before, after = amounts[k], amounts[k + len(where)]
        x = padded(g, x, axis, before, after, node.get("mode", "constant"), fill)
    return x


def padded(g: Adapter, x: Value, axis: int, before: int, after: int, mode: str, fill: Value) -> Value:
    """`x` with `before` and `after` places more along `axis`; negative numbers take places away."""
    x = g.cut(x, axis, max(0, -before), x.shape[axis] - max(0, -after))
    before, after = max(0, before), max(0, after)
    if mode != "constant":
        modes = {"reflect": "reflect", "edge": "edge", "wrap": "wrap"}
        return g.take(x, np.pad(np.arange(x.shape[axis]), (before, after), modes[mode]), axis)
    sizes = ((*x.shape[:axis], n, *x.shape[axis + 1 :]) for n in (before, after))
    left, right = (g.spread(fill, size) for size in sizes)
    return g.joined([part for part in (left, x, right) if part.shape[axis]] or [x], axis)


@maps("DepthToSpace")
def depth_to_space(g: Adapter, node: Node, x: Value) -> Value:
    b, c, h, w = x.shape
    n = node.attrs["blocksize"]
    if node.get("mode", "DCR") == "DCR":
        y = g.moved(g.reshape(x, shape=(b, n, n, c // n**2, h, w)), (0, 3, 4, 1, 5, 2))
    else:
        y = g.moved(g.reshape(x, shape=(b, c // n**2, n, n, h, w)), (0, 1, 4, 2, 5, 3))
    return g.reshape(y, shape=(b, c // n**2, h * n, w * n))


@maps("SpaceToDepth")
def space_to_depth(g: Adapter, node: Node, x: Value) -> Value:
    b, c, h, w = x.shape
    n = node.attrs["blocksize"]
    order = (0, 3, 5, 1, 2, 4) if node.get("mode", "DCR") == "DCR" else (0, 1, 3, 5, 2, 4)
    y = g.moved(g.reshape(x, shape=(b, c, h // n, n, w // n, n)), order)
    return g.reshape(y, shape=(b, c * n**2, h // n, w // n))


@maps("Trilu")
def trilu(g: Adapter, node: Node, x: Value, k: Value | None = None) -> Value:
    by = 0 if k is None else g.ints(k)[0]
    rows, columns = x.shape[-2:]
    if not x.size:
        return g.reshape(x, shape=x.shape)
    kept = np.triu(np.ones((rows, columns)), by) if node.get("upper", 1) else np.tril(np.ones((rows, columns)), by)
    return g.choose(g.given(kept), x, g.number(0))


@maps("ReverseSequence")
def reverse_sequence(g: Adapter, node: Node, x: Value, lengths: Value) -> Value:
    batch, time = node.get("batch_axis", 1), node.get("time_axis", 0)
    rows = []
    for k, length in enumerate(g.ints(lengths)):
        places = [*range(length - 1, -1, -1), *range(length, x.shape[time])]
        rows.append(g.take(g.cut(x, batch, k, k + 1), places, time))
    return g.joined(rows, batch)


@maps("SequenceConstruct")
def sequence(g: Adapter, node: Node, *values: Value) -> list[Value]:
    return list(values)


@maps("SequenceEmpty")
def empty(g: Adapter, node: Node) -> list[Value]:
    return []


@maps("SequenceInsert")
def insert(g: Adapter, node: Node, values: list[Value], value: Value, place: Value | None = None) -> list[Value]:
    at = len(values) if place is None else g.ints(place)[0]
    at = at + len(values) if at < 0 else at
    return [*values[:at], value, *values[at:]]


@maps("SequenceErase")
def erase(g: Adapter, node: Node, values: list[Value], place: Value | None = None) -> list[Value]:
    at = -1 if place is None else g.ints(place)[0]
    return [value for k, value in enumerate(values) if k != at % len(values)]


@maps("SequenceAt")
def element(g: Adapter, node: Node, values: list[Value], place: Value) -> Value:
    return values[g.ints(place)[0]]


@maps("SequenceLength", gives="int64")
def length(g: Adapter, node: Node, values: list[Value]) -> Value:
    return g.given(len(values), "int64")


@maps("ConcatFromSequence")
def joined(g: Adapter, node: Node, values: list[Value]) -> Value:
    axis = node.attrs["axis"]
    parts = values
    if node.get("new_axis"):
        axis %= len(values[0].shape) + 1
        parts = [g.reshape(value, shape=(*value.shape[:axis], 1, *value.shape[axis:])) for value in values]
    return g.typed(g.joined(parts, axis % len(parts[0].shape)), g.dtype_of(values[0]))


@maps("SplitToSequence")
def split_to_sequence(g: Adapter, node: Node, x: Value, sizes: Value | None = None) -> Any:
    axis = node.get("axis", 0) % len(x.shape)
    n = x.shape[axis]
    widths = [1] * n if sizes is None else g.ints(sizes)
    if sizes is not None and not sizes.shape:
        each = widths[0]
        widths = [min(each, n - k) for k in range(0, n, each)]
    stops = np.cumsum(widths)
    parts = [g.cut(x, axis, int(s - n), int(s)) for n, s in zip(widths, stops, strict=True)]
    if sizes is None and not node.get("keepdims", 1):
        parts = [g.reshape(part, shape=(*part.shape[:axis], *part.shape[axis + 1 :])) for part in parts]
    return [g.typed(part, g.dtype_of(x)) for part in parts]
