"""Sums of all elements up to each one along dimension `axis`; `exclusive` leaves the element itself out, `reverse`
counts from the end."""

import math

import numpy as np

from engine.machine.pointers import at, const, load, store
from engine.ops.loops import rows_of
from engine.ops.op import Op, register, require
from engine.ops.samples import normal


def kernel(arena, ints, args, worker, workers):
    """x (outer, n, inner) → y. args: x, y, outer, n, inner, exclusive, reverse."""
    outer, n, inner = load(args, 2), load(args, 3), load(args, 4)
    exclusive, reverse = load(args, 5), load(args, 6)
    x, y = at(arena, load(args, 0)), at(arena, load(args, 1))
    first, last = rows_of(outer * inner, worker, workers)
    for lane in range(first, last):
        start = lane // inner * n * inner + lane % inner
        total = const(arena, 0.0)
        for j in range(n):
            place = start + (n - 1 - j if reverse else j) * inner
            before = total
            total += load(x, place)
            store(y, place, before if exclusive else total)


def _shapes(x, axis, exclusive=False, reverse=False):
    require(0 <= axis < len(x), f"{x} has no dimension {axis}", "x", axis, x)
    return x


def _sizes(call):
    x, axis = call.inputs[0].shape, call.attrs["axis"]
    flags = [int(call.attrs.get(name, False)) for name in ("exclusive", "reverse")]
    return [math.prod(x[:axis]), x[axis], math.prod(x[axis + 1 :]), *flags]


def _vjp(g, c, dy):
    return (g.running_sum(dy, **{**c.attrs, "reverse": not c.attrs.get("reverse", False)}),)


def _reference(x, axis, exclusive=False, reverse=False):
    x = np.flip(x, axis) if reverse else x
    y = np.cumsum(x, axis)
    if exclusive:
        head = np.zeros_like(np.take(y, [0], axis))
        y = np.concatenate([head, np.take(y, range(x.shape[axis] - 1), axis)], axis)
    return np.flip(y, axis) if reverse else y


OP = register(Op(
    "running_sum", "reduction", ("x",), _shapes, kernel, r"y_i = \sum_{j \le i} x_j",
    sizes=_sizes,
    vjp=_vjp,
    reference=_reference,
    derivative=r"\bar x_j = \sum_{i \ge j} \bar y_i",
    samples=[
        dict(inputs=[normal(7, 3)], attrs=dict(axis=0)),
        dict(inputs=[normal(4, 5)], attrs=dict(axis=1, exclusive=True)),
        dict(inputs=[normal(2, 5, 3)], attrs=dict(axis=1, reverse=True)),
        dict(inputs=[normal(6)], attrs=dict(axis=0, exclusive=True, reverse=True)),
    ],
    source="ONNX operator CumSum",
))  # fmt: skip
