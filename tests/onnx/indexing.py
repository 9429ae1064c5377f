"""Operators that pick or place elements by index."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from engine.graph import Value
from tests.onnx.adapter import Adapter, Node, Unsupported, maps


def at_places(g: Adapter, x: Value, flat: Value) -> Value:
    """Elements of `x` at places of its flat order; `flat` holds whole numbers as floats."""
    return g.reshape(g.gather_rows(g.flat(x), g.whole(g.flat(flat))), shape=flat.shape)


def strides(shape: Sequence[int]) -> list[int]:
    """How far the flat place moves with each index."""
    return [math.prod(shape[k + 1 :]) for k in range(len(shape))]


def elementwise_places(g: Adapter, x: Value, indices: Value, axis: int) -> Value:
    """The flat place in `x` of every element of `indices`, which replace the index along `axis`."""
    steps = strides(x.shape)
    grid = np.indices(indices.shape)
    others = sum((grid[k] * steps[k] for k in range(len(steps)) if k != axis), np.zeros(indices.shape, np.int64))
    return g.add(g.scale(g.wrapped(indices, x.shape[axis]), factor=float(steps[axis])), g.given(others, "int64"))


@maps("Gather")
def gather(g: Adapter, node: Node, x: Value, indices: Value) -> Value:
    axis = node.get("axis", 0) % len(x.shape)
    outer, n, inner = math.prod(x.shape[:axis]), x.shape[axis], math.prod(x.shape[axis + 1 :])
    base = g.given(np.arange(outer)[:, None] * n, "int64")
    rows = g.add(base, g.flat(g.wrapped(indices, n)))
    picked = g.gather_rows(g.reshape(x, shape=(outer * n, inner)), g.whole(g.flat(rows)))
    return g.reshape(picked, shape=(*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :]))


@maps("GatherElements")
def gather_elements(g: Adapter, node: Node, x: Value, indices: Value) -> Value:
    return at_places(g, x, elementwise_places(g, x, indices, node.get("axis", 0) % len(x.shape)))


def nd_rows(g: Adapter, x: Value, indices: Value, batch: int = 0) -> tuple[Value, int]:
    """Which stretch of `x`, seen as rows of equal length, each tuple of `indices` names; and that length."""
    width = indices.shape[-1]
    sizes = x.shape[batch : batch + width]
    wrapped = g.add(indices, g.mul(g.less(indices, g.number(0)), g.given(sizes, "int64")))
    rank = len(indices.shape)
    rows = g.sum(g.mul(wrapped, g.given(strides(sizes), "int64")), start=rank - 1, stop=rank)
    groups = math.prod(x.shape[:batch])
    base = g.given(np.arange(groups)[:, None] * math.prod(sizes), "int64")
    rows = g.add(g.reshape(rows, shape=(groups, rows.size // groups)), base)
    return g.flat(rows), math.prod(x.shape[batch + width :])


@maps("GatherND")
def gather_nd(g: Adapter, node: Node, x: Value, indices: Value) -> Value:
    batch = node.get("batch_dims", 0)
    rows, inner = nd_rows(g, x, indices, batch)
    picked = g.gather_rows(g.reshape(x, shape=(x.size // inner, inner)), g.whole(rows))
    return g.reshape(picked, shape=(*indices.shape[:-1], *x.shape[batch + indices.shape[-1] :]))


def placed(g: Adapter, x: Value, rows: Value, updates: Value, how: str) -> Value:
    """`x` (rows of equal length) with `updates` put into, or added to, its `rows`."""
    t = g.whole(rows)
    total = g.scatter_rows(updates, t, rows=x.shape[0])
    if how == "add":
        return g.add(x, total)
    if how != "none":
        raise Unsupported("attribute", f"scatter with reduction {how}")
    hit = g.scatter_rows(g.spread(g.number(1), (*updates.shape[:1], 1)), t, rows=x.shape[0])
    return g.choose(hit, total, x)


@maps("ScatterElements", "Scatter")
def scatter_elements(g: Adapter, node: Node, x: Value, indices: Value, updates: Value) -> Value:
    flat = g.flat(elementwise_places(g, x, indices, node.get("axis", 0) % len(x.shape)))
    column, values = g.reshape(x, shape=(x.size, 1)), g.reshape(updates, shape=(updates.size, 1))
    return g.reshape(placed(g, column, flat, values, node.get("reduction", "none")), shape=x.shape)


@maps("ScatterND")
def scatter_nd(g: Adapter, node: Node, x: Value, indices: Value, updates: Value) -> Value:
    rows, inner = nd_rows(g, x, indices)
    values = g.reshape(updates, shape=(updates.size // inner, inner))
    table = g.reshape(x, shape=(x.size // inner, inner))
    return g.reshape(placed(g, table, rows, values, node.get("reduction", "none")), shape=x.shape)


@maps("OneHot")
def one_hot(g: Adapter, node: Node, indices: Value, depth: Value, values: Value) -> Value:
    count, rank = g.ints(depth)[0], len(indices.shape)
    axis = node.get("axis", -1) % (rank + 1)
    labels = g.wrapped(indices, count)  # those outside match no class
    classes = g.reshape(g.given(np.arange(count), "int64"), shape=(count, *(1,) * (rank - axis)))
    hit = g.equal(g.reshape(labels, shape=(*indices.shape[:axis], 1, *indices.shape[axis:])), classes)
    off, on = g.cut(values, 0, 0, 1), g.cut(values, 0, 1, 2)
    return g.typed(g.choose(hit, on, off), g.dtype_of(values))


@maps("Compress")
def compress(g: Adapter, node: Node, x: Value, flags: Value) -> Value:
    kept = [k for k, flag in enumerate(g.ints(flags)) if flag]
    if node.get("axis") is None:
        return g.take(g.flat(x), kept, 0)
    return g.take(x, kept, node.attrs["axis"] % len(x.shape))


@maps("ArrayFeatureExtractor")
def features(g: Adapter, node: Node, x: Value, places: Value) -> Value:
    return g.take(x, g.ints(places), len(x.shape) - 1)
