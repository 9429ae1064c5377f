"""Copies of blocks of A and B in the order the microkernel reads them: for each p, a row of neighbours."""

from __future__ import annotations

from numba import njit

from engine.machine.microkernel import copy_vector, lanes_of, transpose
from engine.machine.pointers import at, load, store

FEW = 48  # elements below which single copies beat transposing squares of vectors


@njit(error_model="numpy")
def pack_rows(lanes, target, target_row, source, across, along, count, k):
    """target[p·target_row + i] = source[i·across + p·along] for i < count, p < k.

    The target needs room for whole vectors: a multiple of the lanes across, and as many rows more than k.
    """
    v = lanes_of(lanes, target)
    if along == 1 and count * k > FEW:
        for p in range(0, k, v):
            for i in range(0, count, v):
                into, out = at(target, p * target_row + i), at(source, i * across + p)
                transpose(lanes, into, target_row, out, across, count - i, k - p)
    elif across == 1 and count > 1:
        for p in range(k):
            for i in range(0, count, v):
                copy_vector(lanes, at(target, p * target_row + i), at(source, p * along + i), count - i)
    else:
        for p in range(k):
            for i in range(count):
                store(target, p * target_row + i, load(source, i * across + p * along))


@njit(error_model="numpy")
def pack_panels(lanes, target, source, b_row, b_col, n, k):
    """B[0:k, 0:n] as panels two vectors wide, each k rows of neighbouring columns."""
    panel = 2 * lanes_of(lanes, target)
    for j in range(0, n, panel):
        pack_rows(lanes, at(target, j * k), panel, at(source, j * b_col), b_col, b_row, min(panel, n - j), k)
