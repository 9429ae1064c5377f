"""The elements of every image that stand at given places: y_z = x[index_z]; the derivative of max pooling along x.

x (B, C, sizes…), index (B, C, windows…) int → y (B, C, windows…)
"""

import math

import numpy as np

from engine.machine.pointers import at, load, store
from engine.ops.loops import rows_of
from engine.ops.op import Op, register, require
from engine.ops.samples import labels, normal


def kernel(arena, ints, args, worker, workers):
    """x, index → y; plane by plane. args: those, planes, elements of a plane, windows of a plane."""
    size, count = load(args, 4), load(args, 5)
    begin, end = rows_of(load(args, 3), worker, workers)
    for plane in range(begin, end):
        x, y = at(arena, load(args, 0) + plane * size), at(arena, load(args, 2) + plane * count)
        index = at(ints, load(args, 1) + plane * count)
        for i in range(count):
            store(y, i, load(x, load(index, i)))


def _shapes(x, index):
    fits = len(x) == len(index) and len(x) > 2 and x[:2] == index[:2]
    require(fits, f"index must have the rows and channels of x {x}, but is {index}", "index", x, index)
    return index


def _reference(x, index):
    flat = x.reshape(*x.shape[:2], -1)
    return np.take_along_axis(flat, index.reshape(*x.shape[:2], -1), -1).reshape(index.shape)


def _numbers(arrays, place, attrs):
    return f"number {arrays[1][place]} of the image"


OP = register(Op(
    "max_pool_pick", "gradient", ("x", "index"), _shapes, kernel, r"y_z = x_{\mathrm{index}_z}",
    sizes=lambda c: [math.prod(c.inputs[0].shape[:2]), math.prod(c.inputs[0].shape[2:]),
                     math.prod(c.outputs[0].shape[2:])],
    vjp=lambda g, c, dy: (g.max_pool_grad(dy, c.inputs[1], size=c.inputs[0].shape[2:]), None),
    reference=_reference,
    derivative=r"\bar x_i = \sum_{z:\, \mathrm{index}_z = i} \bar y_z",
    numbers=_numbers,
    samples=[
        dict(inputs=[normal(2, 3, 4, 2), labels(2, 3, 2, 3, high=8)],
             large=dict(inputs=[normal(43, 3, 40, 20), labels(43, 3, 20, 31, high=800)])),
        dict(inputs=[normal(1, 2, 5), labels(1, 2, 7, high=5)]),
    ],
    flops=lambda c: 0,
    title="pick the largest", summary="The elements that max pooling found, out of another tensor.",
    source="ONNX operator GatherElements, with the indices of MaxPool",
))  # fmt: skip
