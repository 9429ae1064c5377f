"""Loops over short rows, written as vector instructions.

A loop that LLVM vectorises on its own takes four vectors at a time and what is left one by one: too coarse for rows of
16 or 48 numbers. These take eight float32 or four float64 at a time, on every machine, the last ones masked, so the
order of a sum depends on n alone. Inside numba kernels; rows are pointers to n neighbours.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from engine.machine import vmath
from engine.machine.vectors import I32, I64, Vectors

BYTES = 32  # of a vector
LOWEST = -87.0  # e^x of a lower x is no normal float32
AT_ONCE = 4  # vectors of a long row, each with a sum of its own, so that none waits for another
Values = list[ir.Value]


class RowLoop:
    """Emits one function (rows …, n, scalars …): `body` sees a vector of each row, and the scalars in every lane.

    What `body` returns is written to the last row if the loop `writes`, and folded by `join` from `empty` on if it
    has one.
    """

    def __init__(self, function: ir.Function, element: ir.Type, rows: int, writes: bool) -> None:
        self.builder = ir.IRBuilder(function.append_basic_block("entry"))
        self.vectors = Vectors(self.builder, element, BYTES)
        self.rows, self.n, scalars = function.args[:rows], function.args[rows], function.args[rows + 1 :]
        self.scalars = [self.vectors.splat(value) for value in scalars]
        self.writes = writes

    def emit(self, body: Callable, join: Callable | None, empty: float) -> None:
        """Stretches of several vectors, whole vectors, the masked rest, then the lanes among each other."""
        builder, lanes = self.builder, self.vectors.lanes
        nothing = ir.Constant(self.vectors.type, [empty] * lanes)
        totals = [cgutils.alloca_once_value(builder, nothing) for _ in range(AT_ONCE)]
        rest = builder.srem(self.n, _int(lanes))
        whole = builder.sub(self.n, rest)
        wide = builder.sub(self.n, builder.srem(self.n, _int(AT_ONCE * lanes)))

        def add(value: ir.Value, total: ir.Value) -> None:
            if join:
                builder.store(join(self.vectors, value, builder.load(total)), total)

        with cgutils.for_range_slice(builder, _int(0), wide, _int(AT_ONCE * lanes), I64) as (i, _):
            for place, total in enumerate(totals):
                add(self._turn(body, builder.add(i, _int(place * lanes)), None), total)
        if join:
            with builder.if_then(builder.icmp_signed(">", wide, _int(0))):
                for total in totals[1:]:
                    add(builder.load(total), totals[0])
        with cgutils.for_range_slice(builder, wide, whole, _int(lanes), I64) as (i, _):
            add(self._turn(body, i, None), totals[0])
        with builder.if_then(builder.icmp_signed(">", rest, _int(0))):
            mask = self.vectors.mask(rest)
            value = self._turn(body, whole, mask)
            add(builder.select(mask, value, nothing) if join else value, totals[0])
        if join:
            builder.ret(self._across(builder.load(totals[0]), join))
        else:
            builder.ret_void()

    def _turn(self, body: Callable, i: ir.Value, mask: ir.Value | None) -> ir.Value:
        places = [self.builder.gep(row, [i]) for row in self.rows]
        value = body(self.vectors, [self.vectors.load(place, mask) for place in places], self.scalars)
        if self.writes:
            self.vectors.store(value, places[-1], mask)
        return value

    def _across(self, value: ir.Value, join: Callable) -> ir.Value:
        lanes = self.vectors.lanes
        step = lanes // 2
        while step:
            moved = self.vectors.shuffle(value, value, [(lane + step) % lanes for lane in range(lanes)])
            value = join(self.vectors, moved, value)
            step //= 2
        return self.builder.extract_element(value, _int(0))


def _int(value: int) -> ir.Constant:
    return ir.Constant(I64, value)


def larger(v: Vectors, a: ir.Value, b: ir.Value) -> ir.Value:
    """The larger of a and b; b where either is not a number."""
    return v.builder.select(v.builder.fcmp_ordered(">", a, b), a, b)


def plus(v: Vectors, a: ir.Value, b: ir.Value) -> ir.Value:
    """a + b."""
    return v.builder.fadd(a, b)


def _exponential(v: Vectors, x: ir.Value) -> ir.Value:
    """e^x for x ≤ 0; float32 by the steps of vmath.exp, in short: what would be below 1.6e-38 is 0."""
    b = v.builder
    if v.size == 8:
        name = f"llvm.exp.{v.suffix}"
        function = b.module.globals.get(name) or ir.Function(b.module, ir.FunctionType(v.type, [v.type]), name)
        return b.call(function, [x])

    def number(value: Any) -> ir.Value:
        return ir.Constant(v.type, [float(value)] * v.lanes)

    enough = b.fcmp_ordered(">", x, number(LOWEST))
    near = b.select(enough, x, number(LOWEST))
    rounded = v.fma(near, number(vmath.LOG2E), number(vmath.ROUND))
    n = b.fsub(rounded, number(vmath.ROUND))
    r = v.fma(n, number(-vmath.LN2_LOW), v.fma(n, number(-vmath.LN2_HIGH), near))
    p = number(vmath.EXP_TERMS[0])
    for term in vmath.EXP_TERMS[1:]:
        p = v.fma(p, r, number(term))
    y = b.fadd(v.fma(b.fmul(p, r), r, r), number(1.0))
    whole = ir.VectorType(I32, v.lanes)
    power = b.shl(b.bitcast(rounded, whole), ir.Constant(whole, [23] * v.lanes))  # n, where the exponent stands
    y = b.bitcast(b.add(b.bitcast(y, whole), power), v.type)
    return b.select(enough, y, b.select(b.fcmp_unordered("uno", x, x), x, v.zero))


def _shifted_exponential(v: Vectors, rows: Values, scalars: Values) -> ir.Value:
    scale, top = scalars
    return _exponential(v, v.builder.fmul(scale, v.builder.fsub(rows[0], top)))


def _through_softmax(v: Vectors, rows: Values, scalars: Values) -> ir.Value:
    b, (w, u), (scale, inner) = v.builder, rows, scalars
    value = b.fmul(scale, b.fmul(w, b.fsub(u, inner)))
    return b.select(b.fcmp_unordered("!=", w, v.zero), value, v.zero)


def _square_about(v: Vectors, rows: Values, scalars: Values) -> ir.Value:
    centred = v.builder.fsub(rows[0], scalars[0])
    return v.builder.fmul(centred, centred)


def _normalised(v: Vectors, rows: Values, scalars: Values) -> ir.Value:
    b, (x, gamma, beta, _), (mean, inv) = v.builder, rows, scalars
    return v.fma(b.fmul(b.fsub(x, mean), inv), gamma, beta)


def _along(v: Vectors, rows: Values, scalars: Values) -> ir.Value:
    b, (dy, gamma, x), (mean,) = v.builder, rows, scalars
    return b.fmul(b.fmul(dy, gamma), b.fsub(x, mean))


def _back(v: Vectors, rows: Values, scalars: Values) -> ir.Value:
    b, (dy, gamma, x, _), (mean, inv, total, along) = v.builder, rows, scalars
    straight = b.fsub(b.fmul(dy, gamma), total)
    return b.fmul(inv, b.fsub(straight, b.fmul(b.fsub(x, mean), along)))


def _scale_gradient(v: Vectors, rows: Values, scalars: Values) -> ir.Value:
    b, (dy, x, dgamma), (mean, inv) = v.builder, rows, scalars
    return v.fma(dy, b.fmul(b.fsub(x, mean), inv), dgamma)


# name: rows, whether the last one is written, the body, how its values are folded, what that begins with
LOOPS: dict[str, tuple[int, bool, Callable, Callable | None, float]] = {
    "top": (1, False, lambda v, rows, scalars: rows[0], larger, float("-inf")),
    "zero": (1, False, lambda v, rows, scalars: v.builder.fmul(rows[0], v.zero), plus, 0.0),
    "dot": (2, False, lambda v, rows, scalars: v.builder.fmul(*rows), plus, 0.0),
    "exp": (1, True, _shifted_exponential, plus, 0.0),
    "times": (1, True, lambda v, rows, scalars: v.builder.fmul(rows[0], scalars[0]), None, 0.0),
    "sum": (1, False, lambda v, rows, scalars: rows[0], plus, 0.0),
    "squares": (1, False, _square_about, plus, 0.0),
    "normalised": (4, True, _normalised, None, 0.0),
    "along": (3, False, _along, plus, 0.0),
    "back": (4, True, _back, None, 0.0),
    "scale_gradient": (3, True, _scale_gradient, None, 0.0),
    "add": (2, True, lambda v, rows, scalars: v.builder.fadd(rows[1], rows[0]), None, 0.0),
    "through_softmax": (2, True, _through_softmax, None, 0.0),
}


def _loop(name: str, context: Any, builder: ir.IRBuilder, signature: Any, args: Values) -> ir.Value:
    rows, writes, body, join, empty = LOOPS[name]
    element = context.get_value_type(signature.args[0].dtype)
    symbol, module = f"chainrule.row.{name}.{element}", builder.module
    function = module.globals.get(symbol)
    if function is None:
        returns = element if join else ir.VoidType()
        function = ir.Function(module, ir.FunctionType(returns, [value.type for value in args]), symbol)
        function.linkage = "internal"
        RowLoop(function, element, rows, writes).emit(body, join, empty)
    found = builder.call(function, args)
    return found if join else context.get_dummy_value()


@intrinsic
def row_top(typingctx, x, n):
    """The largest of n numbers at `x`, those that are not numbers left out; −∞ if there are none."""
    return x.dtype(x, types.int64), lambda *call: _loop("top", *call)


@intrinsic
def row_zero(typingctx, x, n):
    """Σ x·0: 0 if all n numbers are finite, else NaN."""
    return x.dtype(x, types.int64), lambda *call: _loop("zero", *call)


@intrinsic
def row_dot(typingctx, x, y, n):
    """Σ x·y."""
    return x.dtype(x, x, types.int64), lambda *call: _loop("dot", *call)


@intrinsic
def row_exp(typingctx, x, n, scale, top):
    """x = e^(scale·(x − top)), in place; returns the sum."""
    return x.dtype(x, types.int64, x.dtype, x.dtype), lambda *call: _loop("exp", *call)


@intrinsic
def row_times(typingctx, x, n, factor):
    """x = x·factor, in place."""
    return types.void(x, types.int64, x.dtype), lambda *call: _loop("times", *call)


@intrinsic
def row_through_softmax(typingctx, w, u, n, scale, inner):
    """u = scale·w·(u − inner), in place; 0 where w is 0, whatever u is there."""
    return types.void(w, w, types.int64, w.dtype, w.dtype), lambda *call: _loop("through_softmax", *call)


@intrinsic
def row_sum(typingctx, x, n):
    """Σ x."""
    return x.dtype(x, types.int64), lambda *call: _loop("sum", *call)


@intrinsic
def row_squares(typingctx, x, n, centre):
    """Σ (x − centre)²."""
    return x.dtype(x, types.int64, x.dtype), lambda *call: _loop("squares", *call)


@intrinsic
def row_normalised(typingctx, x, gamma, beta, y, n, mean, inv):
    """y = (x − mean)·inv·gamma + beta."""
    return types.void(x, x, x, x, types.int64, x.dtype, x.dtype), lambda *call: _loop("normalised", *call)


@intrinsic
def row_along(typingctx, dy, gamma, x, n, mean):
    """Σ dy·gamma·(x − mean)."""
    return dy.dtype(dy, dy, dy, types.int64, dy.dtype), lambda *call: _loop("along", *call)


@intrinsic
def row_back(typingctx, dy, gamma, x, dx, n, mean, inv, total, along):
    """dx = inv·(dy·gamma − total − (x − mean)·along)."""
    kind = dy.dtype
    return types.void(dy, dy, dy, dy, types.int64, kind, kind, kind, kind), lambda *call: _loop("back", *call)


@intrinsic
def row_scale_gradient(typingctx, dy, x, dgamma, n, mean, inv):
    """dgamma = dgamma + dy·(x − mean)·inv, in place."""
    return types.void(dy, dy, dy, types.int64, dy.dtype, dy.dtype), lambda *call: _loop("scale_gradient", *call)


@intrinsic
def row_add(typingctx, x, total, n):
    """total = total + x, in place."""
    return types.void(x, x, types.int64), lambda *call: _loop("add", *call)


@intrinsic
def row_hide(typingctx, x, n, seen, value):
    """x[j] = value for seen ≤ j < n, written as whole vectors, as it will be read."""

    def codegen(context, builder, signature, args):
        pointer, n, seen, value = args
        v = Vectors(builder, context.get_value_type(x.dtype), BYTES)
        lanes, hidden = _int(v.lanes), v.splat(value)
        begin, rest = builder.sub(seen, builder.srem(seen, lanes)), builder.srem(n, lanes)
        whole = builder.sub(n, rest)

        def hide(i, inside):
            place = builder.gep(pointer, [i])
            v.store(builder.select(v.mask(builder.sub(seen, i)), v.load(place, inside), hidden), place, inside)

        with cgutils.for_range_slice(builder, begin, whole, lanes, I64) as (i, _):
            hide(i, None)
        with builder.if_then(builder.icmp_signed(">", rest, _int(0))):  # masked stores take long: for the rest alone
            hide(whole, v.mask(rest))
        return context.get_dummy_value()

    return types.void(x, types.int64, types.int64, x.dtype), codegen
