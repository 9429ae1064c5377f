"""Numbers as integers, rounded toward 0: what indexes and labels are made of."""

import numpy as np
from numba import carray

from engine.machine.pointers import at, load
from engine.ops.loops import part, span
from engine.ops.op import Op, register, same
from engine.ops.samples import large


def kernel(arena, ints, args, worker, workers):
    """x → t."""
    n = load(args, 2)
    lo, hi = span(n, worker, workers)
    x, t = part(arena, args, 0, lo, hi), carray(at(ints, load(args, 1) + lo), (hi - lo,))
    for i in range(hi - lo):
        t[i] = np.int64(x[i])


OP = register(Op(
    "whole", "index", ("x",), same, kernel, r"t = \mathrm{trunc}\, x",
    outputs=("t",), integer=frozenset(["t"]),
    reference=lambda x: x.astype(np.int64),
    samples=[dict(inputs=[large(7, 3)])],
    differentiable=False,
    title="to integers",
    source="ONNX operator Cast",
))  # fmt: skip
