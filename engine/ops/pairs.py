"""The one kernel behind `power`, `remainder`, `maximum`, `less` and `equal`, compiled once for each dtype."""

import numpy as np

from engine.machine.pointers import at, const, load, store
from engine.ops.loops import OUTER_RANK, broadcast_sizes, inline, offset_of, rows_of, span

POWER, REMAINDER, MAXIMUM, LESS, EQUAL = range(5)
_CODE = 7 + 3 * OUTER_RANK  # behind `broadcast_sizes`


@inline
def _function(arena, code, x, y):
    if code == POWER:
        return x**y
    if code == REMAINDER:
        return np.fmod(x, y)
    if code == MAXIMUM:
        return x if x >= y or x != x else y
    return const(arena, 1.0) if (x < y if code == LESS else x == y) else const(arena, 0.0)


def kernel(arena, ints, args, worker, workers):
    """z = f(x, y) under NumPy broadcasting. args: x, y, z, then `broadcast_sizes` and the code of f."""
    rows, columns, step_x, step_y = load(args, 3), load(args, 4), load(args, 5), load(args, 6)
    first, last, lo, hi = 0, 1, 0, columns
    if rows == 1:
        lo, hi = span(columns, worker, workers)
    else:
        first, last = rows_of(rows, worker, workers)
    for row in range(first, last):
        x = at(arena, load(args, 0) + offset_of(args, row, 7 + OUTER_RANK))
        y = at(arena, load(args, 1) + offset_of(args, row, 7 + 2 * OUTER_RANK))
        z = at(arena, load(args, 2) + row * columns)
        for i in range(lo, hi):
            store(z, i, _function(arena, load(args, _CODE), load(x, i * step_x), load(y, i * step_y)))


def pair_sizes(code):
    """`sizes` of the function `code`."""
    return lambda call: [*broadcast_sizes(call), code]
