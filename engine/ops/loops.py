"""Loop templates that element-wise kernels fill with a scalar function, and the slicing of work among threads.

A slice is cut by output, at multiples of 64 elements, so that no result depends on the number of workers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from numba import carray, njit

from engine.errors import ShapeError
from engine.machine.pointers import at, load

if TYPE_CHECKING:
    from engine.graph import Call

# not full fastmath: NaN and infinity must survive, so that divergence is seen
FAST = {"reassoc", "contract", "nsz", "arcp", "afn"}
inline = njit(fastmath=FAST, error_model="numpy", inline="always")
OUTER_RANK = 4


@inline
def span(n, worker, workers):
    """This worker's part [lo, hi) of n elements."""
    if workers == 1:
        return 0, n
    blocks = (n + 63) // 64
    return blocks * worker // workers * 64, min(n, blocks * (worker + 1) // workers * 64)


@inline
def rows_of(n, worker, workers):
    """This worker's part [lo, hi) of n rows, each computed whole."""
    return n * worker // workers, n * (worker + 1) // workers


@inline
def vector(arena, args, k, n):
    """Operand `k` as an array of n elements."""
    return carray(at(arena, load(args, k)), (n,))


@inline
def part(arena, args, k, lo, hi):
    """Elements lo … hi − 1 of operand `k`; an index from 0 on spares the loop a test for negative ones."""
    return carray(at(arena, load(args, k) + lo), (hi - lo,))


@inline
def row(pointer, n):
    """n elements from `pointer` on, as an array."""
    return carray(pointer, (n,))


@inline
def move(target, source, n):
    """Copy n elements from the pointer `source` on to the pointer `target`."""
    a, b = row(target, n), row(source, n)
    for j in range(n):
        a[j] = b[j]


@inline
def matrix(arena, args, k, rows, columns):
    """Operand `k` as a (rows, columns) array."""
    return carray(at(arena, load(args, k)), (rows, columns))


@inline
def unary(f, arena, args, worker, workers):
    """y = f(arena, x), element by element. args: x, y, n."""
    n = load(args, 2)
    lo, hi = span(n, worker, workers)
    x, y = part(arena, args, 0, lo, hi), part(arena, args, 1, lo, hi)
    for i in range(hi - lo):
        y[i] = f(arena, x[i])


@inline
def unary_scalar(f, arena, args, worker, workers):
    """y = f(arena, x, s) with one float attribute s. args: x, y, s, n."""
    n, s = load(args, 3), load(arena, load(args, 2))
    lo, hi = span(n, worker, workers)
    x, y = part(arena, args, 0, lo, hi), part(arena, args, 1, lo, hi)
    for i in range(hi - lo):
        y[i] = f(arena, x[i], s)


@inline
def pairwise(f, arena, args, worker, workers):
    """z = f(arena, x, y) for equal shapes. args: x, y, z, n."""
    n = load(args, 3)
    lo, hi = span(n, worker, workers)
    x, y, z = part(arena, args, 0, lo, hi), part(arena, args, 1, lo, hi), part(arena, args, 2, lo, hi)
    for i in range(hi - lo):
        z[i] = f(arena, x[i], y[i])


@inline
def pairwise_scalar(f, arena, args, worker, workers):
    """z = f(arena, x, y, s) for equal shapes and one float attribute. args: x, y, z, s, n."""
    n, s = load(args, 4), load(arena, load(args, 3))
    lo, hi = span(n, worker, workers)
    x, y, z = part(arena, args, 0, lo, hi), part(arena, args, 1, lo, hi), part(arena, args, 2, lo, hi)
    for i in range(hi - lo):
        z[i] = f(arena, x[i], y[i], s)


@inline
def _run(f, arena, x, y, z, step_x, step_y, n):
    """One stretch of a broadcast: an operand steps by 1, or stays (0)."""
    if step_x == 1 and step_y == 1:
        for i in range(n):
            z[i] = f(arena, x[i], y[i])
    elif step_x == 1:
        for i in range(n):
            z[i] = f(arena, x[i], y[0])
    elif step_y == 1:
        for i in range(n):
            z[i] = f(arena, x[0], y[i])
    else:
        for i in range(n):
            z[i] = f(arena, x[0], y[0])


@inline
def offset_of(args, row, strides):
    """Where outer row `row` begins in an operand whose outer strides stand at args[strides…]; sizes at args[7…]."""
    offset = 0
    for k in range(OUTER_RANK - 1, -1, -1):
        size = load(args, 7 + k)
        offset += row % size * load(args, strides + k)
        row //= size
    return offset


@inline
def binary(f, arena, args, worker, workers):
    """z = f(arena, x, y) under NumPy broadcasting. args: x, y, z, then `broadcast_sizes`."""
    rows, columns, step_x, step_y = load(args, 3), load(args, 4), load(args, 5), load(args, 6)
    if rows == 1:
        lo, hi = span(columns, worker, workers)
        x = carray(at(arena, load(args, 0) + lo * step_x), (hi - lo,))
        y = carray(at(arena, load(args, 1) + lo * step_y), (hi - lo,))
        _run(f, arena, x, y, part(arena, args, 2, lo, hi), step_x, step_y, hi - lo)
        return
    first, last = rows_of(rows, worker, workers)
    for row in range(first, last):
        x = carray(at(arena, load(args, 0) + offset_of(args, row, 7 + OUTER_RANK)), (columns,))
        y = carray(at(arena, load(args, 1) + offset_of(args, row, 7 + 2 * OUTER_RANK)), (columns,))
        z = carray(at(arena, load(args, 2) + row * columns), (columns,))
        _run(f, arena, x, y, z, step_x, step_y, columns)


def broadcast_sizes(call: Call) -> list[int]:
    """rows, columns, inner steps, then outer sizes and each operand's outer strides, with mergeable dims merged."""
    out = call.outputs[0].shape
    strides = [_strides(value.shape, len(out)) for value in call.inputs[:2]]
    x, y = strides[0], strides[-1]
    merged: list[list[int]] = []
    for size, a, b in zip(out, x, y, strict=True):
        if size == 1:
            continue
        if merged and merged[-1][1] == size * a and merged[-1][2] == size * b:
            merged[-1] = [merged[-1][0] * size, a, b]
        else:
            merged.append([size, a, b])
    columns, step_x, step_y = merged.pop() if merged else (1, 1, 1)
    if len(merged) > OUTER_RANK:
        shapes = " and ".join(str(value.shape) for value in call.inputs[:2])
        raise ShapeError(f"{shapes} are broadcast along too many dimensions in turn; at most {OUTER_RANK + 1} work")
    outer = [[1, 0, 0]] * (OUTER_RANK - len(merged)) + merged
    rows = call.outputs[0].size // columns
    return [rows, columns, step_x, step_y, *(d[0] for d in outer), *(d[1] for d in outer), *(d[2] for d in outer)]


def _strides(shape: tuple[int, ...], rank: int) -> list[int]:
    """Element strides of a contiguous operand seen with `rank` dimensions; 0 where it is repeated."""
    strides, step = [], 1
    for size in reversed(shape):
        strides.append(step if size > 1 else 0)
        step *= size
    return [0] * (rank - len(shape)) + strides[::-1]
