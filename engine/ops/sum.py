"""Sum over the dimensions start … stop − 1, which vanish."""

import math

from numba import carray

from engine.machine.pointers import at, const, load
from engine.numerals import operand, total
from engine.ops.loops import inline, rows_of, span
from engine.ops.op import Op, register, require
from engine.ops.samples import normal


@inline
def add_up(arena, x, n):
    """Sum of n elements, in an order that depends on n alone."""
    total = const(arena, 0.0)
    for i in range(n):
        total += x[i]
    return total


def kernel(arena, ints, args, worker, workers):
    """x seen as (outer, middle, inner) → (outer, inner); slices are cut by output."""
    outer, middle, inner = load(args, 2), load(args, 3), load(args, 4)
    x, y = at(arena, load(args, 0)), at(arena, load(args, 1))
    if inner == 1:
        first, last = rows_of(outer, worker, workers)
        out = carray(y, (outer,))
        for i in range(first, last):
            out[i] = add_up(arena, carray(at(x, i * middle), (middle,)), middle)
        return
    lo, hi = span(inner, worker, workers)
    for i in range(outer):
        out = carray(at(y, i * inner + lo), (hi - lo,))
        for k in range(hi - lo):
            out[k] = 0
        for j in range(middle):
            row = carray(at(x, (i * middle + j) * inner + lo), (hi - lo,))
            for k in range(hi - lo):
                out[k] += row[k]


def _shapes(x, start=0, stop=None):
    stop = len(x) if stop is None else stop
    fits = 0 <= start < stop <= len(x) or x == ()
    require(fits, f"dimensions {start} to {stop} do not lie in {x}", "x", (start, stop), x)
    return x[:start] + x[stop:]


def _middle(x, start=0, stop=None):
    return x[start : len(x) if stop is None else stop]


def outer_middle_inner(call):
    """Sizes before, in and behind the summed dimensions."""
    x, start = call.inputs[0].shape, call.attrs.get("start", 0)
    middle = _middle(x, **call.attrs)
    return [math.prod(x[:start]), math.prod(middle), math.prod(x[start + len(middle) :])]


def _vjp(g, c, dy):
    return (g.repeat(dy, start=c.attrs.get("start", 0), sizes=_middle(c.inputs[0].shape, **c.attrs)),)


def _reference(x, start=0, stop=None):
    return x.sum(axis=tuple(range(start, x.ndim if stop is None else stop)))


def _numbers(arrays, place, attrs):
    x, start = arrays[0], attrs.get("start", 0)
    width = len(_middle(x.shape, **attrs))
    summed = x[place[:start] + (slice(None),) * width + place[start:]].ravel()
    return total((operand(term) for term in summed), summed.size)


OP = register(Op(
    "sum", "reduction", ("x",), _shapes, kernel, r"y = \sum x",
    sizes=outer_middle_inner,
    vjp=_vjp,
    reference=_reference,
    derivative=r"\bar x = \bar y",
    numbers=_numbers,
    samples=[
        dict(inputs=[normal(7, 3)]), dict(inputs=[normal(7, 3)], attrs=dict(start=0, stop=1)),
        dict(inputs=[normal(7, 3)], attrs=dict(start=1)), dict(inputs=[normal(4, 130)], attrs=dict(start=0, stop=1)),
        dict(inputs=[normal(2, 5, 3)], attrs=dict(start=1, stop=2)), dict(inputs=[normal()]),
    ],
    flops=lambda c: c.inputs[0].size,
    source="ONNX operator ReduceSum",
))  # fmt: skip
