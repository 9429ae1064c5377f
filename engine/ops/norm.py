"""Euclidean norm of each block of `block` elements, ‖x‖ = √Σx²; the last block may be shorter.

The sum runs in float64, so that in float32 no square overflows, and in an order that depends on the sizes alone.
"""

import math

import numpy as np
from numba import carray

from engine.machine.pointers import at, const, load
from engine.numerals import operand, total
from engine.ops.loops import rows_of
from engine.ops.op import Op, register, require
from engine.ops.samples import normal


def kernel(arena, ints, args, worker, workers):
    """x, y; n, block."""
    n, block = load(args, 2), load(args, 3)
    blocks = (n + block - 1) // block
    first, last = rows_of(blocks, worker, workers)
    y = carray(at(arena, load(args, 1)), (blocks,))
    for i in range(first, last):
        size = min(block, n - i * block)
        x = carray(at(arena, load(args, 0) + i * block), (size,))
        squares = 0.0
        for j in range(size):
            squares += float(x[j]) * float(x[j])
        y[i] = const(arena, math.sqrt(squares))


def _shapes(x, block):
    require(len(x) == 1 and x[0] > 0, f"norms are taken of a row of numbers, not of {x}", "x", None, x)
    return (-(-x[0] // block),)


def _blocks(x, block):
    return [x[i : i + block] for i in range(0, x.size, block)]


def _numbers(arrays, place, attrs):
    terms = _blocks(arrays[0], attrs["block"])[place[0]]
    return f"√({total((f'{operand(term)}²' for term in terms), terms.size)})"


OP = register(Op(
    "norm", "reduction", ("x",), _shapes, kernel, r"y = \lVert x \rVert",
    sizes=lambda c: [c.inputs[0].size, c.attrs["block"]],
    reference=lambda x, block: np.array([np.sqrt(np.sum(np.square(part))) for part in _blocks(x, block)]),
    numbers=_numbers,
    samples=[
        dict(inputs=[normal(7)], attrs=dict(block=3)), dict(inputs=[normal(130)], attrs=dict(block=130)),
        dict(inputs=[normal(1)], attrs=dict(block=4096)),
    ],
    differentiable=False, flops=lambda c: 2 * c.inputs[0].size,
    source="ONNX operator ReduceL2 on each block",
))  # fmt: skip
