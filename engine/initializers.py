"""Initial values of parameters, drawn from a counter-based generator: the same on every machine for the same seed.

Each parameter has a stream of its own, keyed by (seed, name), so adding a layer leaves the others' values as they were.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from engine.errors import ChainruleError
from engine.layers import Parameter

FloatArray = NDArray[np.float64]


def _mix(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Finaliser of splitmix64; the NumPy twin of `engine.machine.counter.mix`."""
    x = x + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def uniform(count: int, seed: int, stream: str) -> FloatArray:
    """`count` numbers in [0, 1), a pure function of (seed, stream, place)."""
    key = _mix(np.array([int(seed) % 2**64], np.uint64)) ^ np.uint64(zlib.crc32(stream.encode()))
    bits = _mix(_mix(key) ^ np.arange(count, dtype=np.uint64))
    return (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53


def normal(count: int, seed: int, stream: str) -> FloatArray:
    """`count` standard normal numbers, by Box and Muller's transformation."""
    half = (count + 1) // 2
    radius = np.sqrt(-2.0 * np.log1p(-uniform(half, seed, stream + "/radius")))
    angle = 2.0 * math.pi * uniform(half, seed, stream + "/angle")
    return np.concatenate([radius * np.cos(angle), radius * np.sin(angle)])[:count]


def _normal(scale: Callable[[Parameter], float]) -> Callable[[Parameter, int, str], FloatArray]:
    return lambda p, seed, stream: scale(p) * normal(math.prod(p.shape), seed, stream)


def _uniform(limit: Callable[[Parameter], float]) -> Callable[[Parameter, int, str], FloatArray]:
    return lambda p, seed, stream: limit(p) * (2.0 * uniform(math.prod(p.shape), seed, stream) - 1.0)


def orthogonal(p: Parameter, seed: int, stream: str) -> FloatArray:
    """Square blocks (one a gate) whose columns are perpendicular and of length 1; rows, where they are fewer.

    Saxe et al. 2014: the Q of a random matrix, with the signs that make it uniformly distributed.
    """
    rows = p.shape[0] if p.shape else 1
    columns = math.prod(p.shape) // max(1, rows)
    wide = p.fan_out if columns % p.fan_out == 0 else columns
    drawn = normal(rows * columns, seed, stream).reshape(columns // wide, rows, wide)
    blocks = []
    for block in drawn:
        q, r = np.linalg.qr(block if rows >= wide else block.T)
        q = q * np.where(np.diag(r) < 0, -1.0, 1.0)
        blocks.append(q if rows >= wide else q.T)
    return np.concatenate(blocks, 1).ravel() if blocks else np.zeros(0)


# Glorot and Bengio 2010, equation 16; He et al. 2015, equation 10
INITIALIZERS: dict[str, Callable[[Parameter, int, str], FloatArray]] = {
    "zero": lambda p, seed, stream: np.zeros(math.prod(p.shape)),
    "normal": _normal(lambda p: 1.0),
    "uniform": _uniform(lambda p: 1.0),
    "glorot_uniform": _uniform(lambda p: math.sqrt(6.0 / (p.fan_in + p.fan_out))),
    "glorot_normal": _normal(lambda p: math.sqrt(2.0 / (p.fan_in + p.fan_out))),
    "he_uniform": _uniform(lambda p: math.sqrt(6.0 / p.fan_in)),
    "he_normal": _normal(lambda p: math.sqrt(2.0 / p.fan_in)),
    "orthogonal": orthogonal,
}


def initial(parameter: Parameter, seed: int, name: str) -> FloatArray:
    """The first value of the parameter called `name`, float64, of its shape."""
    if parameter.init.startswith("constant "):
        numbers = [float(number) for number in parameter.init.split()[1:]]  # several: for equal parts, one a gate
        return np.repeat(numbers, math.prod(parameter.shape) // len(numbers)).reshape(parameter.shape)
    if parameter.init not in INITIALIZERS:
        known = ", ".join(INITIALIZERS)
        raise ChainruleError(f"{name}: there is no initialiser {parameter.init!r}; use one of {known}.")
    return INITIALIZERS[parameter.init](parameter, seed, name).reshape(parameter.shape)
