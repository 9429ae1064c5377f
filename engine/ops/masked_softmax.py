"""Softmax over the keys that may be seen; the others get 0, and so does a row that may see none.

x (B, …, T, S), mask (B, S) → y: key j is hidden where mask ≤ 0, and if `causal` also from rows i < j.
"""

import math

import numpy as np
from numba import carray

from engine.machine import vmath
from engine.machine.pointers import at, const, load, store
from engine.numerals import operand, total
from engine.ops.loops import inline, matrix, row, rows_of
from engine.ops.op import Op, register, require
from engine.ops.samples import away, normal

BLOCK = 16  # rows that share one range of keys where attention is causal


@inline
def softmax_of_visible(arena, numbers, n, reach, seen, scale):
    """numbers = softmax(scale·numbers) over its first `seen` of n numbers, in place; the others become 0.

    `seen` ≤ `reach` ≤ n: so far it is worked on, since that suits vectors better than odd lengths do.
    """
    x, lowest = row(numbers, reach), const(arena, -np.inf)
    if seen < reach:
        for j in range(reach):  # all of them, so that whole vectors are written, as they will be read
            x[j] = x[j] if j < seen else lowest
    top = x[0]
    for j in range(1, reach):
        top = vmath.maximum(top, x[j])
    whole = const(arena, 0.0)
    for j in range(reach):
        e = vmath.exp(scale * (x[j] - top))
        x[j] = e
        whole += e
    share = const(arena, 1.0) / whole
    for j in range(reach):
        x[j] *= share
    first = reach if math.isfinite(share) else seen  # 0 times a number that is not finite is not 0
    for j in range(first, n):
        store(numbers, j, const(arena, 0.0))


@inline
def softmax_of_chosen(arena, x, mask, n, seen, scale):
    """The same over those of the first `seen` numbers whose mask is above 0."""
    zero = const(arena, 0.0)
    lowest = const(arena, -np.inf)
    top = lowest
    chosen = 0
    for j in range(seen):
        chosen += mask[j] > zero
        top = vmath.maximum(top, x[j] if mask[j] > zero else lowest)
    if chosen == 0:
        seen = 0
    for j in range(seen):
        x[j] = vmath.exp(scale * (x[j] - top)) if mask[j] > zero else zero
    whole = zero
    for j in range(seen):
        whole += x[j]
    share = const(arena, 1.0) / whole
    for j in range(seen):
        x[j] = x[j] * share if mask[j] > zero else zero
    for j in range(seen, n):
        x[j] = 0


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
        softmax_of_chosen(arena, y[i], mask, n, seen, const(arena, 1.0))


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
    reference=reference,
    derivative=r"\bar x = y \odot (\bar y - \textstyle\sum_j \bar y_j y_j)",
    numbers=_numbers,
    samples=[
        dict(inputs=[normal(3, 5, 4), away(3, 4)]), dict(inputs=[normal(2, 3, 5, 4), away(2, 4)]),
        dict(inputs=[normal(2, 3, 5, 5), away(2, 5)], attrs=dict(causal=True)), dict(inputs=[normal(5, 3), away(5, 3)]),
    ],
    flops=lambda c: 5 * c.inputs[0].size,
    title="masked softmax", source="Vaswani et al. 2017, 3.2.3",
    summary="Softmax over the places that may be seen; hidden ones get 0.",
))  # fmt: skip
