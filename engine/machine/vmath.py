"""Elementary functions for kernels: float32 as short polynomials that LLVM vectorises, float64 from the C library.

Every float32 function is a fixed chain of fused multiply-adds without value-changing flags, compiled as a function of
its own before it is inlined, so a caller's fast-math flags do not reach it: an element's bits depend neither on its
place in the loop nor on the vector width. NaN in gives NaN out. The polynomials are those of S. Moshier's Cephes
library (single precision: expf, logf). The bounds are the largest errors found over float32's whole range, in
units in the last place of the exact result.
"""

from __future__ import annotations

import math

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic, overload

from engine.machine.vectors import fuses

F = np.float32
_I32, _F32 = ir.IntType(32), ir.FloatType()
# Without the explicit False numba hands a caller's fast-math flags down.
_OPTIONS = {"error_model": "numpy", "fastmath": False}

LOG2E, LN2_HIGH, LN2_LOW = F(1.44269504), F(0.693359375), F(-2.12194440e-4)
ROUND = F(12582912.0)  # 1.5·2^23: adding it leaves the nearest integer in the low bits
_EXP_HIGHEST, _EXP_LOWEST = F(89.0), F(-104.0)  # beyond these e^x is inf or 0
_E0, _E1, _E2 = F(1.9875691500e-4), F(1.3981999507e-3), F(8.3334519073e-3)
_E3, _E4, _E5 = F(4.1665795894e-2), F(1.6666665459e-1), F(5.0000001201e-1)
EXP_TERMS = (_E0, _E1, _E2, _E3, _E4, _E5)

_SQRT_HALF, _SMALLEST, _TWO_23 = F(0.70710678), F(1.1754944e-38), F(8388608.0)
_L0, _L1, _L2 = F(7.0376836292e-2), F(-1.1514610310e-1), F(1.1676998740e-1)
_L3, _L4, _L5 = F(-1.2420140846e-1), F(1.4249322787e-1), F(-1.6668057665e-1)
_L6, _L7, _L8 = F(2.0000714765e-1), F(-2.4999993993e-1), F(3.3333331174e-1)

_BIASED = F(12582912.0 + 127.0)  # the same with n + 127, which a shift makes the exponent of 2^n
_POWER_HIGHEST, _POWER_LOWEST = F(89.0), F(-87.0)  # n is 128, whose power is inf, and −126
_TANH_HIGHEST = F(20.0)  # where (e^x − 1)/(e^x + 1) rounds to 1

_ERF_HIGHEST = F(3.8325069)
_P0, _P1, _P2 = F(-2.72614225801306e-10), F(2.77068142495902e-08), F(-2.10102402082508e-06)
_P3, _P4, _P5 = F(-5.69250639462346e-05), F(-7.34990630326855e-04), F(-2.95459980854025e-03)
_P6 = F(-1.60960333262415e-02)
_Q0, _Q1, _Q2 = F(-1.45660718464996e-05), F(-2.13374055278905e-04), F(-1.68282697438203e-03)
_Q3, _Q4 = F(-7.37332916720468e-03), F(-1.42647390514189e-02)

_ZERO, _HALF, _ONE, _TWO, _INF, _NAN = F(0), F(0.5), F(1), F(2), F(np.inf), F(np.nan)


@intrinsic
def _fma(typingctx, a, b, c):
    """a·b + c for float32, in one rounding where the processor has it."""

    def codegen(context, builder, signature, args):
        if not fuses():
            return builder.fadd(builder.fmul(args[0], args[1]), args[2])
        return builder.fma(*args)

    return types.float32(types.float32, types.float32, types.float32), codegen


@intrinsic
def _times_power(typingctx, value, rounded):
    """value·2^n, where n is the integer in the low bits of `rounded` = n + ROUND; in two steps: 2^n may not exist."""

    def codegen(context, builder, signature, args):
        n = builder.sub(builder.bitcast(args[1], _I32), builder.bitcast(ir.Constant(_F32, float(ROUND)), _I32))
        half = builder.ashr(n, ir.Constant(_I32, 1))
        result = args[0]
        for part in (half, builder.sub(n, half)):
            bits = builder.shl(builder.add(part, ir.Constant(_I32, 127)), ir.Constant(_I32, 23))
            result = builder.fmul(result, builder.bitcast(bits, _F32))
        return result

    return types.float32(types.float32, types.float32), codegen


@intrinsic
def _power(typingctx, rounded):
    """2^n, where n + 127 from 1 to 255 (inf) is the integer in the low bits of `rounded` = n + _BIASED."""

    def codegen(context, builder, signature, args):
        return builder.bitcast(builder.shl(builder.bitcast(args[0], _I32), ir.Constant(_I32, 23)), _F32)

    return types.float32(types.float32), codegen


@intrinsic
def _with_sign(typingctx, value, sign):
    """`value`, which is not negative, with the sign of `sign`."""

    def codegen(context, builder, signature, args):
        bit = builder.and_(builder.bitcast(args[1], _I32), ir.Constant(_I32, 0x80000000))
        return builder.bitcast(builder.or_(builder.bitcast(args[0], _I32), bit), _F32)

    return types.float32(types.float32, types.float32), codegen


@intrinsic
def _exponent(typingctx, value):
    """e as float32, where value = f·2^e with 0.5 ≤ f < 1, for positive normal numbers."""

    def codegen(context, builder, signature, args):
        bits = builder.lshr(builder.bitcast(args[0], _I32), ir.Constant(_I32, 23))
        return builder.sitofp(builder.sub(bits, ir.Constant(_I32, 126)), _F32)

    return types.float32(types.float32), codegen


@intrinsic
def _fraction(typingctx, value):
    """f, where value = f·2^e with 0.5 ≤ f < 1, for positive normal numbers."""

    def codegen(context, builder, signature, args):
        bits = builder.and_(builder.bitcast(args[0], _I32), ir.Constant(_I32, 0x007FFFFF))
        return builder.bitcast(builder.or_(bits, ir.Constant(_I32, 0x3F000000)), _F32)

    return types.float32(types.float32), codegen


@intrinsic
def maximum(typingctx, a, b):
    """The larger of two floats of one type; NaN if one of them is. Loops over it become vectors."""

    def codegen(context, builder, signature, args):
        kind = args[0].type
        name = f"llvm.maximum.{'f32' if isinstance(kind, ir.FloatType) else 'f64'}"
        module = builder.module
        function = module.globals.get(name) or ir.Function(module, ir.FunctionType(kind, [kind, kind]), name)
        return builder.call(function, args, fastmath=("nsz",))

    return a(a, a), codegen


def exp(x):
    """e^x. float32: within 1.1 ulp; above 88.7228 inf; denormal results are rounded, not flushed."""
    return math.exp(x)


def log(x):
    """Natural logarithm. float32: within 1.0 ulp, denormals included; log(0) = −inf, log(x < 0) = NaN."""
    return math.log(x)


def tanh(x):
    """Hyperbolic tangent. float32: within 2.5 ulp; ±1 from |x| > 9.02 on."""
    return math.tanh(x)


def sigmoid(x):
    """1/(1 + e^−x). float32: within 2.5 ulp; 0 below −88.38, where the exact result is denormal."""
    return 1.0 / (1.0 + math.exp(-x)) if x >= 0 else math.exp(x) / (1.0 + math.exp(x))


def softplus(x):
    """log(1 + e^x), as max(x, 0) + log1p(e^−|x|). float32: within 3 ulp."""
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def erf(x):
    """Error function. float32: within 7 ulp; ±1 from |x| > 3.83251 on. Rational approximation of the Eigen library."""
    return math.erf(x)


def _exp32(x):
    # Written so that a NaN fails the comparison and stays.
    x = _EXP_HIGHEST if x > _EXP_HIGHEST else x
    none = x < _EXP_LOWEST  # chosen at the end: multiplying down to a denormal number costs a hundred times as much
    x = _ZERO if none else x
    rounded = _fma(x, LOG2E, ROUND)
    n = rounded - ROUND
    r = _fma(n, -LN2_LOW, _fma(n, -LN2_HIGH, x))
    p = _fma(_fma(_fma(_fma(_fma(_E0, r, _E1), r, _E2), r, _E3), r, _E4), r, _E5)
    y = _times_power(_fma(p * r, r, r) + _ONE, rounded)
    return _ZERO if none else y


def _log32(x):
    tiny = x < _SMALLEST
    scaled = x * _TWO_23 if tiny else x
    e, f = _exponent(scaled), _fraction(scaled)
    low = f < _SQRT_HALF
    e = (e - _ONE if low else e) - (F(23) if tiny else _ZERO)
    f = (f + f if low else f) - _ONE
    z = f * f
    p = _fma(_fma(_fma(_fma(_L0, f, _L1), f, _L2), f, _L3), f, _L4)
    p = _fma(_fma(_fma(_fma(p, f, _L5), f, _L6), f, _L7), f, _L8)
    tail = _fma(e, LN2_LOW, p * f * z)
    y = _fma(e, LN2_HIGH, f + _fma(-_HALF, z, tail))
    y = y if x < _INF else x  # inf and NaN
    y = -_INF if x == _ZERO else y
    return _NAN if x < _ZERO else y


@njit(**_OPTIONS)
def _parts(x):
    """(q, 2^n) with e^x = (1 + q)·2^n, for x from _POWER_LOWEST to _POWER_HIGHEST."""
    rounded = _fma(x, LOG2E, _BIASED)
    n = rounded - _BIASED
    r = _fma(n, -LN2_LOW, _fma(n, -LN2_HIGH, x))
    p = _fma(_fma(_fma(_fma(_fma(_E0, r, _E1), r, _E2), r, _E3), r, _E4), r, _E5)
    return _fma(p * r, r, r), _power(rounded)


def _tanh32(x):
    a = abs(x)
    a = a + a
    q, power = _parts(_TANH_HIGHEST if a > _TANH_HIGHEST else a)
    less = _fma(q, power, power - _ONE)  # e^2|x| − 1
    return _with_sign(less / (less + _TWO), x)


def _sigmoid32(x):
    u = -x
    u = _POWER_HIGHEST if u > _POWER_HIGHEST else u
    q, power = _parts(_POWER_LOWEST if u < _POWER_LOWEST else u)
    return _ONE / (_ONE + (_ONE + q) * power)


def _softplus32(x):
    u = exp(-abs(x))
    w = _ONE + u
    # log(w)·u/(w − 1) undoes the rounding of w = 1 + u (W. Kahan).
    tail = log(w) * (u / (w - _ONE))
    tail = u if w == _ONE else tail
    return (x if x > _ZERO else _ZERO) + tail


def _erf32(x):
    a = abs(x)
    z = a * a
    p = _fma(_fma(_fma(_fma(_fma(_fma(_P0, z, _P1), z, _P2), z, _P3), z, _P4), z, _P5), z, _P6)
    q = _fma(_fma(_fma(_fma(_Q0, z, _Q1), z, _Q2), z, _Q3), z, _Q4)
    y = a * (p / q)
    y = _ONE if a > _ERF_HIGHEST or y > _ONE else y
    return -y if x < _ZERO else y


def _exp64(x):
    return math.exp(x)


def _log64(x):
    return math.log(x)


def _tanh64(x):
    return math.tanh(x)


def _sigmoid64(x):
    u = math.exp(-abs(x))
    return (1.0 if x >= 0.0 else u) / (1.0 + u)


def _softplus64(x):
    return (x if x > 0.0 else 0.0) + math.log1p(math.exp(-abs(x)))


def _erf64(x):
    return math.erf(x)


def _offer(function, single, double):
    """Let numba choose `single` or `double` by the argument's type."""

    @overload(function, jit_options=_OPTIONS)
    def choose(x):
        if x == types.float32:
            return single
        return double if isinstance(x, (types.Float, types.Integer)) else None


for _function, _single, _double in (
    (exp, _exp32, _exp64),
    (log, _log32, _log64),
    (tanh, _tanh32, _tanh64),
    (sigmoid, _sigmoid32, _sigmoid64),
    (softplus, _softplus32, _softplus64),
    (erf, _erf32, _erf64),
):
    _offer(_function, _single, _double)
