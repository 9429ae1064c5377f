"""Random numbers from a counter: a pure function of (seed, place), so the same on every machine and replayable.

The mixing function is the finaliser of splitmix64 (Steele, Lea and Flood 2014). `engine/initializers.py` holds the same
function for NumPy arrays. Random numbers by the thousand come from 32-bit hashes, which LLVM vectorises; their NumPy
twins are in `engine/ops/drawing.py`.
"""

from __future__ import annotations

import math

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

_GOLDEN, _M1, _M2 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S32 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(32)
ROUNDS = 6
_I32 = ir.IntType(32)
HASH = ((16, 0x7FEB352D), (15, 0x846CA68B), (16, 1))  # shifts and factors of "lowbias32" (C. Wellons, Hash Prospector)


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


@njit(inline="always")
def key_of(seed, stream, step):
    """64 bits that fix all random numbers of one use in one step."""
    return mix(mix(mix(np.uint64(seed)) ^ np.uint64(stream)) ^ np.uint64(step))


@intrinsic
def random_bits(typingctx, key, place):
    """32 random bits for `place` < 2³², as uint32: the hash of the place, twice, with one half of the key each time."""

    def codegen(context, builder, signature, args):
        low = builder.trunc(args[0], _I32)
        high = builder.trunc(builder.lshr(args[0], ir.Constant(args[0].type, 32)), _I32)
        x = builder.add(builder.trunc(args[1], _I32), low)
        for half in (None, high):
            x = x if half is None else builder.xor(x, half)
            for shift, factor in HASH:
                x = builder.xor(x, builder.lshr(x, ir.Constant(_I32, shift)))
                x = builder.mul(x, ir.Constant(_I32, factor))
        return x

    return types.uint32(types.uint64, types.int64), codegen


@intrinsic
def uniform_of(typingctx, pointer, bits):
    """(k + ½)·2⁻²³ in the element type of `pointer`, k the upper 23 of 32 bits: never 0 or 1, and exact in float32."""
    if not isinstance(pointer, types.CPointer):
        return None

    def codegen(context, builder, signature, args):
        kind = context.get_value_type(pointer.dtype)
        whole = builder.sitofp(builder.lshr(args[1], ir.Constant(_I32, 9)), kind)
        return builder.fmul(builder.fadd(whole, ir.Constant(kind, 0.5)), ir.Constant(kind, 2.0**-23))

    return pointer.dtype(pointer, types.uint32), codegen
