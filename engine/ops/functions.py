"""The one kernel behind the functions that the C library computes, so that it is compiled once for each dtype."""

import math

import numpy as np

from engine.machine.pointers import load
from engine.ops.loops import inline, part, span

SIN, COS, TAN, ASIN, ACOS, ATAN, SINH, COSH, ASINH, ACOSH, ATANH, FLOOR, ROUND = range(13)


@inline
def _circular(code, x):
    if code == SIN:
        return math.sin(x)
    if code == COS:
        return math.cos(x)
    if code == TAN:
        return math.tan(x)
    if code == ASIN:
        return math.asin(x)
    return math.acos(x) if code == ACOS else math.atan(x)


@inline
def _hyperbolic(code, x):
    if code == SINH:
        return math.sinh(x)
    if code == COSH:
        return math.cosh(x)
    if code == ASINH:
        return math.asinh(x)
    return math.acosh(x) if code == ACOSH else math.atanh(x)


@inline
def _function(code, x):
    if code <= ATAN:
        return _circular(code, x)
    if code <= ATANH:
        return _hyperbolic(code, x)
    return np.floor(x) if code == FLOOR else np.rint(x)


def kernel(arena, ints, args, worker, workers):
    """y = f(x), element by element. args: x, y, n, code of f."""
    n, code = load(args, 2), load(args, 3)
    lo, hi = span(n, worker, workers)
    x, y = part(arena, args, 0, lo, hi), part(arena, args, 1, lo, hi)
    for i in range(hi - lo):
        y[i] = _function(code, x[i])


def function_sizes(code):
    """`sizes` of the function `code`."""
    return lambda call: [call.outputs[0].size, code]
