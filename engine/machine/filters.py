"""Correlation with the filters along the vectors: for many filters and small images, where rows of pixels would leave
lanes empty. The filters' weights are packed into panels, and a tile is a few pixels by two vectors of filters.

Every element is the same chain of fused multiply-adds as in `correlate`, so that the choice between them does not show.
"""

from __future__ import annotations

from numba import njit, types
from numba.extending import intrinsic

from engine.machine.linking import Routine
from engine.machine.microkernel import lanes_of
from engine.machine.offsets import tallying_sweep
from engine.machine.packing import pack_panels, unpack
from engine.machine.pointers import INT_POINTER, at

PIXELS = 96  # in a block, whose results are then transposed
DEPTH = 320  # products in a block, whose weights fit half a first-level cache
ROOM = 16  # rows that packing may write beyond the panels


def fill_panels(panels, a, a_row, a_col, rows, k, lanes):
    """The weights a[i·a_row + j·a_col] of `rows` filters as panels two vectors wide."""
    pack_panels(lanes, panels, a, a_col, a_row, rows, k)


@njit(error_model="numpy", inline="always")
def block(lanes, sums, ldc, x, across, along, panels, rows, k, pixels, bias, biased):
    """sums[p, i] of `pixels` pixels for all filters i."""
    panel = 2 * lanes_of(lanes, sums)
    depth, first = (k + (k + DEPTH - 1) // DEPTH - 1) // ((k + DEPTH - 1) // DEPTH), 0
    while first < k:
        steps = min(depth, k - first)
        for i in range(0, rows, panel):
            p, wide = 0, min(panel, rows - i)
            while p < pixels:
                tile = at(sums, p * ldc + i)
                start, start_row, starts = at(bias, i * biased), 0, biased
                if first > 0:
                    start, start_row, starts = tile, ldc, 1
                p += tallying_sweep(
                    lanes, pixels - p, tile, ldc, x, at(across, p), at(along, first),
                    at(panels, i * k + first * panel), panel, panel, wide, steps, start, start_row, starts,
                )  # fmt: skip
        first += steps


def correlate_filters(y, y_row, x, across, along, panels, rows, k, pixels, bias, biased, sums, lanes):
    """y[i·y_row + p] = bias[i] + Σ_j w[i, j] x[across[p] + along[j]] for i < rows, j < k and p < pixels."""
    ldc = stride_of(rows)
    for p in range(0, pixels, PIXELS):
        count = min(PIXELS, pixels - p)
        block(lanes, sums, ldc, x, at(across, p), along, panels, rows, k, count, bias, biased)
        unpack(lanes, at(y, p), y_row, sums, ldc, count, rows)


@njit(error_model="numpy", inline="always")
def stride_of(rows):
    """Elements from one pixel's results to the next: whole vectors, and no power of two, which would share lines."""
    return (rows + 15) // 16 * 16 + 16


def panels_size(rows: int, k: int) -> int:
    """Elements of the panels for `rows` filters of k weights."""
    return (k + ROOM) * (-(-rows // 32) * 32)


def sums_size(rows: int) -> int:
    """Elements of scratch that `correlate_filters` needs."""
    return (PIXELS + ROOM) * (-(-rows // 16) * 16 + 16)


_I = types.int64
FILL = Routine("fill_panels", fill_panels, lambda p: [p, p, *[_I] * 4])
FILTERS = Routine("correlate_filters", correlate_filters,
                  lambda p: [p, _I, p, INT_POINTER, INT_POINTER, p, _I, _I, _I, p, _I, p])  # fmt: skip


@intrinsic
def call_fill_panels(typingctx, panels, a, a_row, a_col, rows, k):
    """`fill_panels` from inside a kernel."""
    sig = types.void(*FILL.takes(panels))
    return sig, lambda context, builder, signature, args: FILL.call(context, builder, panels, args)


@intrinsic
def call_correlate_filters(typingctx, y, y_row, x, across, along, panels, rows, k, pixels, bias, biased, sums):
    """`correlate_filters` from inside a kernel."""
    sig = types.void(*FILTERS.takes(y))
    return sig, lambda context, builder, signature, args: FILTERS.call(context, builder, y, args)
