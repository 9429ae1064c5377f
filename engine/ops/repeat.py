"""The opposite of a sum: repeats x along new dimensions `sizes` put in at `start`, times `factor`."""

import math

import numpy as np
from numba import carray

from engine.machine.pointers import at, load
from engine.numerals import operand
from engine.ops.loops import rows_of, span
from engine.ops.op import Op, register, require
from engine.ops.samples import normal


def kernel(arena, ints, args, worker, workers):
    """x (outer, inner) → y (outer, middle, inner)."""
    factor = load(arena, load(args, 2))
    outer, middle, inner = load(args, 3), load(args, 4), load(args, 5)
    x, y = at(arena, load(args, 0)), at(arena, load(args, 1))
    if inner == 1:
        lo, hi = span(middle, worker, workers)
        for i in range(outer):
            value = load(x, i) * factor
            out = carray(at(y, i * middle + lo), (hi - lo,))
            for j in range(hi - lo):
                out[j] = value
        return
    first, last = rows_of(outer * middle, worker, workers)
    for r in range(first, last):
        row, out = carray(at(x, r // middle * inner), (inner,)), carray(at(y, r * inner), (inner,))
        for k in range(inner):
            out[k] = row[k] * factor


def _shapes(x, start, sizes, factor=1.0):
    require(0 <= start <= len(x), f"no dimension can be put in at {start} of {x}", "x", start, x)
    return x[:start] + tuple(sizes) + x[start:]


def _sizes(call):
    x, start = call.inputs[0].shape, call.attrs["start"]
    return [math.prod(x[:start]), math.prod(call.attrs["sizes"]), math.prod(x[start:])]


def _vjp(g, c, dy):
    start = c.attrs["start"]
    total = g.sum(dy, start=start, stop=start + len(c.attrs["sizes"]))
    return (g.scale(total, factor=c.attrs.get("factor", 1.0)),)


def _reference(x, start, sizes, factor=1.0):
    x = x.reshape(x.shape[:start] + (1,) * len(sizes) + x.shape[start:])
    return factor * np.broadcast_to(x, x.shape[:start] + tuple(sizes) + x.shape[start + len(sizes) :])


def _numbers(arrays, place, attrs):
    start = attrs["start"]
    value = operand(arrays[0][place[:start] + place[start + len(attrs["sizes"]) :]])
    return f"{operand(attrs.get('factor', 1.0))} · {value}"


OP = register(Op(
    "repeat", "shape", ("x",), _shapes, kernel, r"y_{ij} = c\, x_i",
    sizes=_sizes, scalars=("factor",),
    vjp=_vjp,
    reference=_reference,
    derivative=r"\bar x = c \sum \bar y",
    numbers=_numbers,
    samples=[
        dict(inputs=[normal()], attrs=dict(start=0, sizes=(7, 3), factor=0.5)),
        dict(inputs=[normal(3)], attrs=dict(start=0, sizes=(5,))),
        dict(inputs=[normal(4)], attrs=dict(start=1, sizes=(70,))),
        dict(inputs=[normal(2, 3)], attrs=dict(start=1, sizes=(4,), factor=-2.0)),
    ],
    summary="Spreads one number over many.",
    source="ONNX operator Expand",
))  # fmt: skip
