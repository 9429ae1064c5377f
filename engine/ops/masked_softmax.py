"""Softmax over the keys that may be seen; the others get 0, and so does a row that may see none.

x (B, …, T, S), mask (B, S) → y: key j is hidden where mask ≤ 0, and if `causal` also from rows i < j.
"""

import math

import numpy as np
from numba import carray

from engine.machine.pointers import at, const, load, store
from engine.machine.rows import row_exp, row_hide, row_times, row_top
from engine.numerals import operand, total
from engine.ops.loops import inline, matrix, row, rows_of
from engine.ops.op import Op, register, require
from engine.ops.samples import away, normal

BLOCK = 16  # rows that share one range of keys where attention is causal


@inline
def softmax_of_visible(arena, numbers, n, rows, reach, first, scale, room):
    """Rows of n numbers: softmax(scale·numbers) of those that are seen, in place; the others become 0.

    Row r sees its first `first` + r numbers, or `reach` ≤ n where that is less: so far it is worked on. `room` takes a
    number for each row; pass after pass over all rows keeps the processor busier than row after row.
    """
    for r in range(rows):
        x = at(numbers, r * n)
        if first + r < reach:
            row_hide(x, reach, first + r, const(arena, -np.inf))
        store(room, r, row_top(x, reach))
    for r in range(rows):
        store(room, r, row_exp(at(numbers, r * n), reach, scale, load(room, r)))
    for r in range(rows):
        x, share = at(numbers, r * n), const(arena, 1.0) / load(room, r)
        row_times(x, reach, share)
        if first + r < reach and not math.isfinite(share):  # 0 times a number that is not finite is not 0
            row_hide(x, reach, first + r, const(arena, 0.0))
        for j in range(reach, n):
            store(x, j, const(arena, 0.0))


@inline
def softmax_of_chosen(arena, numbers, mask, n, seen, scale):
    """The same over those of the first `seen` numbers whose mask is above 0."""
    zero, lowest = const(arena, 0.0), const(arena, -np.inf)
    x = row(numbers, n)
    chosen = 0
    for j in range(seen):
        chosen += mask[j] > zero
        x[j] = x[j] if mask[j] > zero else lowest
    if chosen == 0:
        seen = 0
    share = const(arena, 1.0) / row_exp(numbers, seen, scale, row_top(numbers, seen))
    for j in range(seen):
        x[j] = x[j] * share if mask[j] > zero else zero
    for j in range(seen, n):
        x[j] = zero


def kernel(arena, ints, args, worker, workers):
    """x (batch · rows, n), mask (batch, n) → y; `period` rows make one matrix."""
    batch, rows, n, period, causal = load(args, 3), load(args, 4), load(args, 5), load(args, 6), load(args, 7)
    x, y = matrix(arena, args, 0, batch * rows, n), matrix(arena, args, 2, batch * rows, n)
    first, last = rows_of(batch * rows, worker, workers)
    for i in range(first, last):
        mask = carray(at(arena, load(args, 1) + i // rows * n), (n,))
        for j in range(n):
            y[i, j] = x[i, j]
        seen = min(n, i % period + 1) if causal else n
        softmax_of_chosen(arena, at(arena, load(args, 2) + i * n), mask, n, seen, const(arena, 1.0))


def _shapes(x, mask, causal=False):
    require(len(x) >= 2 and x[-1] > 0, f"masked_softmax takes rows of numbers, but x is {x}", "x", None, x)
    want = (x[0], x[-1])
    require(mask == want, f"the mask of {x} must be {want}, but is {mask}", "mask", want, mask)
    require(not causal or len(x) > 2, f"{x} has no order of rows to be causal in", "x", None, x)
    return x


def _sizes(call):
    x = call.inputs[0].shape
    return [x[0], call.inputs[0].size // (x[0] * x[-1]), x[-1], x[-2], int(call.attrs.get("causal", False))]


def visible(x, mask, causal):
    """Which of x (B, …, T, S) may be seen, as bools of its shape."""
    seen = np.broadcast_to((mask > 0).reshape(len(mask), *(1,) * (x.ndim - 2), -1), x.shape)
    return seen & (np.tri(*x.shape[-2:]) > 0) if causal else seen


def reference(x, mask, causal=False):
    """Masked softmax in NumPy."""
    seen = visible(x, mask, causal)
    top = np.where(seen, x, -np.inf).max(-1, keepdims=True)
    e = np.where(seen, np.exp(x - np.where(seen.any(-1, keepdims=True), top, 0)), 0)
    whole = e.sum(-1, keepdims=True)
    return np.where(seen, e / np.where(seen.any(-1, keepdims=True), whole, 1), 0)


def _choice(g, x, mask, causal):
    """1 where a place of x may be seen, else 0, of x's shape."""
    batch, n = mask.shape
    chosen = g.reshape(g.less(g.constant(0.0), mask), shape=(batch, *(1,) * (len(x.shape) - 2), n))
    past = g.source(x.shape[-2:], "constant", data=np.tri(*x.shape[-2:])) if causal else g.constant(1.0, x.shape[-2:])
    return g.add(g.zeros(shape=x.shape), g.mul(chosen, past))


def _expand(g, x, mask, causal=False):
    seen, nothing = _choice(g, x, mask, causal), g.zeros(shape=x.shape)
    last = len(x.shape) - 1
    lowest = g.constant(-np.inf, x.shape)
    some = g.sum(seen, start=last, stop=last + 1)
    some = g.reshape(some, shape=(*some.shape, 1))
    top = g.max(g.where(seen, x, lowest))
    top = g.where(some, top, g.zeros(shape=top.shape))  # a row that may see nothing has no largest number
    e = g.where(seen, g.exp(g.sub(g.where(seen, x, nothing), top)), nothing)
    whole = g.reshape(g.sum(e, start=last, stop=last + 1), shape=some.shape)
    return g.div(e, g.where(some, whole, g.constant(1.0, some.shape)))


def _numbers(arrays, place, attrs):
    x, mask = arrays
    seen = visible(x, mask, attrs.get("causal", False))[place[:-1]]
    if not seen[place[-1]]:
        return "hidden"
    row = x[place[:-1]]
    terms = row[seen]
    return f"e^{operand(row[place[-1]])} / ({total((f'e^{operand(x)}' for x in terms), len(terms))})"


OP = register(Op(
    "masked_softmax", "activation", ("x", "mask"), _shapes, kernel,
    r"y_i = \frac{[i \in V]\, e^{x_i}}{\sum_{j \in V} e^{x_j}}",
    sizes=_sizes,
    vjp=lambda g, c, dy: (g.softmax_grad(dy, c.outputs[0]), None),
    expand=_expand,
    reference=reference,
    derivative=r"\bar x = y \odot (\bar y - \textstyle\sum_j \bar y_j y_j)",
    numbers=_numbers,
    samples=[
        dict(inputs=[normal(3, 5, 4), away(3, 4)]), dict(inputs=[normal(2, 3, 5, 4), away(2, 4)]),
        dict(inputs=[normal(2, 3, 5, 5), away(2, 5)], attrs=dict(causal=True)),
        dict(inputs=[normal(2, 5, 3), away(2, 3)], attrs=dict(causal=True)), dict(inputs=[normal(5, 3), away(5, 3)]),
    ],
    flops=lambda c: 5 * c.inputs[0].size,
    title="masked softmax", source="Vaswani et al. 2017, 3.2.3",
    summary="Softmax over the places that may be seen; hidden ones get 0.",
))  # fmt: skip
