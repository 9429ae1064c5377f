"""What the random ops share: the numbers of a call are a pure function of (seed, stream, clock, place)."""

import math

import numpy as np

from engine.machine import vmath
from engine.machine.counter import HASH, uniform_of
from engine.machine.pointers import const
from engine.ops.loops import inline
from engine.ops.op import require

GOLDEN, M1, M2 = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
# M. Giles, "Approximating the erfinv function", 2010, table 5: polynomials in w − 2.5 and √w − 3, highest power first
NEAR = (2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087, -0.00125372503,
        -0.00417768164, 0.246640727, 1.50140941)  # fmt: skip
FAR = (-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613,
       0.00943887047, 1.00167406, 2.83297682)  # fmt: skip
ROOT2 = math.sqrt(2.0)


@inline
def normal_of(arena, bits):
    """A standard normal number from 32 random bits: the inverse of its distribution function, within ±5.4."""
    u = uniform_of(arena, bits)
    one, two = const(arena, 1.0), const(arena, 2.0)
    w = -vmath.log(two * u * (two * (one - u)))
    near, far = w - const(arena, 2.5), math.sqrt(w) - const(arena, 3.0)
    p = const(arena, NEAR[0])
    q = const(arena, FAR[0])
    for k in range(1, 9):
        p = p * near + const(arena, NEAR[k])
        q = q * far + const(arena, FAR[k])
    return (p if w < const(arena, 5.0) else q) * ((two * u - one) * const(arena, ROOT2))


def drawing_shapes(x, clock, **attrs):
    """The shape of x; the clock is one number."""
    require(clock == (1,), f"the clock is one number, not {clock}", "clock", (1,), clock)
    return x


def drawing_sizes(call):
    """Elements, seed and stream."""
    return [call.inputs[0].size, call.attrs["seed"], call.attrs["stream"]]


def _mix(x):
    x = (x + GOLDEN) % 2**64
    x = (x ^ x >> 30) * M1 % 2**64
    x = (x ^ x >> 27) * M2 % 2**64
    return x ^ x >> 31


def bits_of(count, clock, seed, stream):
    """The NumPy twin of `engine.machine.counter.random_bits`: 32 bits for each place below `count`."""
    key = _mix(_mix(_mix(seed % 2**64) ^ stream) ^ int(clock[0]))
    x = np.arange(count, dtype=np.uint32) + np.uint32(key % 2**32)
    for half in (0, key >> 32):
        x = x ^ np.uint32(half)
        for shift, factor in HASH:
            x = (x ^ x >> np.uint32(shift)) * np.uint32(factor)
    return x


def normals_of(count, clock, seed, stream):
    """The NumPy twin of `normal_of`, in float64."""
    u = ((bits_of(count, clock, seed, stream) >> np.uint32(9)) + 0.5) * 2.0**-23
    w = -np.log(4 * u * (1 - u))
    p = np.where(w < 5, np.polyval(NEAR, w - 2.5), np.polyval(FAR, np.sqrt(w) - 3))
    return p * (2 * u - 1) * ROOT2
