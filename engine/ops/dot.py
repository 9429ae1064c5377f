"""Scalar product of two rows of numbers: z = Σ x·y, summed in float64 in an order that depends on the size alone."""

import numpy as np
from numba import carray

from engine.machine.pointers import at, const, load, store
from engine.numerals import operand, total
from engine.ops.loops import vector
from engine.ops.op import Op, register, require
from engine.ops.samples import normal


def kernel(arena, ints, args, worker, workers):
    """x, y, z; n."""
    if worker == 0:
        n = load(args, 3)
        x, y = vector(arena, args, 0, n), carray(at(arena, load(args, 1)), (n,))
        products = 0.0
        for i in range(n):
            products += float(x[i]) * float(y[i])
        store(arena, load(args, 2), const(arena, products))


def _shapes(x, y):
    require(x == y and len(x) == 1, f"{x} and {y} must be rows of equal length", "y", x, y)
    return (1,)


def _numbers(arrays, place, attrs):
    return total((f"{operand(x)} · {operand(y)}" for x, y in zip(*arrays, strict=True)), arrays[0].size, "products")


OP = register(Op(
    "dot", "reduction", ("x", "y"), _shapes, kernel, r"z = x^\top y",
    outputs=("z",), sizes=lambda c: [c.inputs[0].size],
    reference=lambda x, y: np.array([x @ y]),
    numbers=_numbers,
    samples=[dict(inputs=[normal(7), normal(7)]), dict(inputs=[normal(1), normal(1)])],
    differentiable=False, flops=lambda c: 2 * c.inputs[0].size,
    title="scalar product",
    source="BLAS level 1: dot (Lawson et al. 1979)",
))  # fmt: skip
