"""Random numbers from a counter: a pure function of (seed, place), so the same on every machine and replayable.

The mixing function is the finaliser of splitmix64 (Steele, Lea and Flood 2014). `engine/initializers.py` holds the same
function for NumPy arrays.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

_GOLDEN, _M1, _M2 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S32 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(32)
ROUNDS = 6


@njit(inline="always")
def mix(x):
    """64 well-mixed bits of the uint64 `x`."""
    x = (x + _GOLDEN) & np.uint64(0xFFFFFFFFFFFFFFFF)
    x = (x ^ (x >> _S30)) * _M1
    x = (x ^ (x >> _S27)) * _M2
    return x ^ (x >> _S31)


@njit(inline="always")
def below(key, counter, n):
    """A number in [0, n), n < 2³², from the upper 32 bits of the mixed key and counter."""
    return np.int64(((mix(key ^ mix(np.uint64(counter))) >> _S32) * np.uint64(n)) >> _S32)


@njit(inline="always")
def permuted(i, n, seed, epoch):
    """Where the permutation `epoch` of n elements sends `i`: a Feistel network on a grid of about √n × √n cells.

    Results outside [0, n) are sent on until one lies inside (cycle walking), so it is a bijection of [0, n).
    """
    key = mix(mix(np.uint64(seed)) ^ np.uint64(epoch))
    width = np.int64(math.sqrt(float(n)))
    if width * width < n:
        width += 1
    height = (n + width - 1) // width
    place = i
    while True:
        row, column = place // width, place % width
        for turn in range(ROUNDS):
            salt = turn * 0x100000000
            if turn % 2 == 0:
                row = (row + below(key, salt + column, height)) % height
            else:
                column = (column + below(key, salt + row, width)) % width
        place = row * width + column
        if place < n:
            return place
