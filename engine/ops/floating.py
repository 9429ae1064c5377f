"""Integers as floating-point numbers; from 2^24 on (2^53 for float64) rounded."""

import numpy as np
from numba import carray

from engine.machine.pointers import at, load
from engine.ops.loops import part, span
from engine.ops.op import Op, register, same
from engine.ops.samples import labels


def kernel(arena, ints, args, worker, workers):
    """t → y."""
    n = load(args, 2)
    lo, hi = span(n, worker, workers)
    t, y = carray(at(ints, load(args, 0) + lo), (hi - lo,)), part(arena, args, 1, lo, hi)
    for i in range(hi - lo):
        y[i] = t[i]


OP = register(Op(
    "floating", "index", ("t",), same, kernel, r"y = t",
    integer=frozenset(["t"]),
    reference=lambda t: t.astype(np.float64),
    samples=[dict(inputs=[labels(7, 3, high=9)])],
    differentiable=False,
    title="to floating point",
    source="ONNX operator Cast",
))  # fmt: skip
