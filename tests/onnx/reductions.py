"""Operators that reduce dimensions or run along one of them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from engine.graph import Value
from tests.onnx.adapter import HIGHEST, SMALLEST, Adapter, Node, maps


def axes_of(g: Adapter, node: Node, rank: int, given: Value | None) -> list[int] | None:
    """The dimensions asked for, by attribute or input; None where none are."""
    axes = node.get("axes") if given is None else g.ints(given)
    return None if axes is None or (given is not None and not axes) else sorted(axis % rank for axis in axes)


def gathered(g: Adapter, x: Value, axes: Sequence[int]) -> Value:
    """`x` as a matrix (all other places, those of `axes`)."""
    rest = [axis for axis in range(len(x.shape)) if axis not in axes]
    width = math.prod(x.shape[axis] for axis in axes)
    rows = math.prod(x.shape[axis] for axis in rest)
    return g.reshape(g.moved(x, [*rest, *axes]), shape=(rows, width))


def reduced(g: Adapter, node: Node, x: Value, axes: Value | None, function) -> Value:
    """`function(rows)` of the rows that the reduced dimensions make up."""
    found = axes_of(g, node, len(x.shape), axes)
    if found is None and node.get("noop_with_empty_axes"):
        found = []
    found = list(range(len(x.shape))) if found is None else found
    y = function(gathered(g, x, found))
    keep = node.get("keepdims", 1)
    shape = [1 if axis in found else size for axis, size in enumerate(x.shape) if keep or axis not in found]
    return g.reshape(y, shape=tuple(shape))


def added(g: Adapter, rows: Value) -> Value:
    """Sum of each row."""
    return g.sum(rows, start=1, stop=2)


def largest(g: Adapter, rows: Value, least: float = -math.inf) -> Value:
    """Maximum of each row, `least` for an empty one."""
    if rows.shape[1] == 0:
        return g.spread(g.number(least), rows.shape[:1])
    return g.max(rows)


def product(g: Adapter, rows: Value) -> Value:
    """Product of each row: halves are multiplied with each other until one column is left."""
    while rows.shape[1] > 1:
        half = rows.shape[1] // 2
        folded = g.mul(g.cut(rows, 1, 0, half), g.cut(rows, 1, half, 2 * half))
        rows = folded if rows.shape[1] == 2 * half else g.concat(folded, g.cut(rows, 1, 2 * half, 2 * half + 1))
    return rows if rows.shape[1] else g.spread(g.number(1), rows.shape[:1])


def log_sum_exp(g: Adapter, rows: Value) -> Value:
    """log Σ e^x of each row, shifted by its maximum."""
    if rows.shape[1] == 0:
        return g.spread(g.number(-math.inf), rows.shape[:1])
    top = g.max(rows)
    return g.add(g.reshape(top, shape=top.shape[:1]), g.log(added(g, g.exp(g.sub(rows, top)))))


@maps("ReduceSum", "ReduceMean", "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSum", "ReduceLogSumExp",
      "ReduceProd")  # fmt: skip
def reduction(g: Adapter, node: Node, x: Value, axes: Value | None = None) -> Value:
    functions = {
        "ReduceSum": lambda rows: added(g, rows),
        "ReduceMean": lambda rows: g.scale(added(g, rows), factor=1.0 / rows.shape[1]),
        "ReduceL1": lambda rows: added(g, g.abs(rows)),
        "ReduceL2": lambda rows: g.sqrt(added(g, g.square(rows))),
        "ReduceSumSquare": lambda rows: added(g, g.square(rows)),
        "ReduceLogSum": lambda rows: g.log(added(g, rows)),
        "ReduceLogSumExp": lambda rows: log_sum_exp(g, rows),
        "ReduceProd": lambda rows: product(g, rows),
    }
    return reduced(g, node, x, axes, functions[node.op])


@maps("ReduceMax", "ReduceMin")
def extreme(g: Adapter, node: Node, x: Value, axes: Value | None = None) -> Value:
    if node.op == "ReduceMax":
        least = {"b": 0, "f": -math.inf}.get(g.dtype_of(x).kind, SMALLEST)
        return reduced(g, node, x, axes, lambda rows: largest(g, rows, least))
    least = {"b": -1, "f": -math.inf}.get(g.dtype_of(x).kind, -HIGHEST)
    return g.neg(reduced(g, node, g.neg(x), axes, lambda rows: largest(g, rows, least)))


@maps("ArgMax", "ArgMin", gives="int64")
def place(g: Adapter, node: Node, x: Value) -> Value:
    axis = node.get("axis", 0) % len(x.shape)
    rows = gathered(g, g.neg(x) if node.op == "ArgMin" else x, [axis])
    found = g.floating(g.argmax(rows, last=bool(node.get("select_last_index", 0))))
    kept = (1,) if node.get("keepdims", 1) else ()
    return g.reshape(found, shape=(*x.shape[:axis], *kept, *x.shape[axis + 1 :]))


@maps("CumSum")
def running_sum(g: Adapter, node: Node, x: Value, axis: Value) -> Value:
    flags = {name: bool(node.get(name, 0)) for name in ("exclusive", "reverse")}
    return g.running_sum(x, axis=g.ints(axis)[0] % len(x.shape), **flags)


@maps("CumProd")
def running_product(g: Adapter, node: Node, x: Value, axis: Value) -> Value:
    """Each round multiplies by what lies 1, 2, 4, … places back."""
    k = g.ints(axis)[0] % len(x.shape)
    size, step = x.shape[k], 1
    turned = range(size - 1, -1, -1)
    y = g.take(x, turned, k) if node.get("reverse") else x

    def shifted(value: Value, by: int) -> Value:
        ones = g.spread(g.number(1), (*x.shape[:k], by, *x.shape[k + 1 :]))
        return g.joined([ones, g.cut(value, k, 0, size - by)], k)

    y = shifted(y, 1) if node.get("exclusive") else y
    while step < size:
        y, step = g.mul(y, shifted(y, step)), 2 * step
    return g.take(y, turned, k) if node.get("reverse") else y


@maps("Softmax", "LogSoftmax", "Hardmax")
def distribution(g: Adapter, node: Node, x: Value) -> Value:
    """Along one dimension; before opset 13, along all from `axis` on."""
    rank = len(x.shape)
    axis = node.get("axis", -1 if node.opset >= 13 else 1) % rank
    axes = [axis] if node.opset >= 13 else list(range(axis, rank))
    order = [k for k in range(rank) if k not in axes] + axes
    moved = g.moved(x, order)
    rows = gathered(g, x, axes)
    if node.op == "Softmax":
        y = g.softmax(rows)
    elif node.op == "LogSoftmax":
        y = log_softmax(g, rows)
    else:
        y = g.one_hot(g.argmax(rows), classes=rows.shape[1])
    return g.moved(g.reshape(y, shape=moved.shape), [order.index(k) for k in range(rank)])


def log_softmax(g: Adapter, rows: Value) -> Value:
    """x − log Σ e^x, row by row."""
    return g.sub(rows, g.reshape(log_sum_exp(g, rows), shape=(rows.shape[0], 1)))


@maps("LpNormalization")
def normalised(g: Adapter, node: Node, x: Value) -> Value:
    axis = node.get("axis", -1) % len(x.shape)
    rows = gathered(g, x, [axis])
    p1 = node.get("p", 2) == 1
    norm = added(g, g.abs(rows)) if p1 else g.sqrt(added(g, g.square(rows)))
    norm = g.reshape(norm, shape=(*x.shape[:axis], 1, *x.shape[axis + 1 :]))
    return g.choose(g.equal(norm, g.number(0)), g.number(0), g.div(x, norm))


@maps("TopK")
def top(g: Adapter, node: Node, x: Value, k: Value) -> tuple[Value, Value]:
    """Each element's rank is the number of those before it: the larger ones, and equal ones that stand further left."""
    axis, count = node.get("axis", -1) % len(x.shape), g.ints(k)[0]
    rest = [d for d in range(len(x.shape)) if d != axis]
    rows = gathered(g, x, [axis])
    n, size = rows.shape
    keys = rows if node.get("largest", 1) else g.neg(rows)
    mine, other = g.reshape(keys, shape=(n, size, 1)), g.reshape(keys, shape=(n, 1, size))
    left = g.given([[float(j < i) for j in range(size)] for i in range(size)])
    before = g.add(g.less(mine, other), g.mul(g.equal(mine, other), left))
    rank = g.sum(before, start=2, stop=3)
    wanted = g.reshape(g.given([float(i) for i in range(count)]), shape=(count, 1))
    chosen = g.equal(g.reshape(rank, shape=(n, 1, size)), wanted)
    places = g.sum(g.mul(chosen, g.given([float(i) for i in range(size)])), start=2, stop=3)
    base = g.reshape(g.given([float(i * size) for i in range(n)]), shape=(n, 1))
    picked = g.gather_rows(g.flat(rows), g.whole(g.flat(g.add(places, base))))

    def back(values: Value) -> Value:
        shape = (*(x.shape[d] for d in rest), count)
        order = [*rest, axis]
        return g.moved(g.reshape(values, shape=shape), [order.index(d) for d in range(len(order))])

    return back(picked), g.typed(back(places), "int64")
