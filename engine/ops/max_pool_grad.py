"""Gradient of max pooling: every window hands its gradient to the element that was its largest.

dy (B, C, windows…), index (B, C, windows…) int → dx (B, C, size…)
"""

import math

import numpy as np

from engine.machine.pointers import at, load, store
from engine.numerals import operand, total
from engine.ops.loops import rows_of
from engine.ops.max_pool import SHAPES
from engine.ops.op import Op, register, require
from engine.ops.pooling import pooled_shape
from engine.ops.samples import labels, normal, remade


def kernel(arena, ints, args, worker, workers):
    """dy, index → dx; plane by plane. args: those, planes, elements of a plane, windows of a plane."""
    size, count = load(args, 4), load(args, 5)
    begin, end = rows_of(load(args, 3), worker, workers)
    for plane in range(begin, end):
        dx = at(arena, load(args, 2) + plane * size)
        dy, index = at(arena, load(args, 0) + plane * count), at(ints, load(args, 1) + plane * count)
        for i in range(size):
            store(dx, i, 0)
        for i in range(count):
            place = load(index, i)
            store(dx, place, load(dx, place) + load(dy, i))


def _shapes(dy, index, size):
    require(len(dy) == len(size) + 2, f"dy {dy} and size {size} must have the same dimensions", "dy", None, dy)
    require(index == dy, f"index must be {dy} like dy, but is {index}", "index", dy, index)
    return (*dy[:2], *size)


def _reference(dy, index, size):
    dx = np.zeros((*dy.shape[:2], math.prod(size)))
    rows, channels = np.indices((*dy.shape[:2], math.prod(dy.shape[2:])))[:2]
    np.add.at(dx, (rows, channels, index.reshape(*dy.shape[:2], -1)), dy.reshape(*dy.shape[:2], -1))
    return dx.reshape(*dy.shape[:2], *size)


def _numbers(arrays, place, attrs):
    dy, index = arrays[0][place[:2]].ravel(), arrays[1][place[:2]].ravel()
    arrived = dy[index == np.ravel_multi_index(place[2:], attrs["size"])]
    return total(map(operand, arrived), len(arrived)) if len(arrived) else "0"


def _sample(sample):
    x, attrs = sample["x"], sample["attrs"]
    y = pooled_shape(x, **attrs)
    return dict(inputs=[normal(*y), labels(*y, high=math.prod(x[2:]))], attrs=dict(size=x[2:]))


OP = register(Op(
    "max_pool_grad", "gradient", ("dy", "index"), _shapes, kernel,
    r"\bar x_i = \sum_{z:\, \mathrm{index}_z = i} \bar y_z",
    outputs=("dx",),
    sizes=lambda c: [math.prod(c.outputs[0].shape[:2]), math.prod(c.outputs[0].shape[2:]),
                     math.prod(c.inputs[0].shape[2:])],
    vjp=lambda g, c, ddx: (g.max_pool_pick(ddx, c.inputs[1]), None),
    reference=_reference,
    numbers=_numbers,
    samples=remade(SHAPES, _sample),
    flops=lambda c: c.inputs[0].size,
    title="max pooling, gradient",
    source="Goodfellow et al. 2016, 6.5.6",
))  # fmt: skip
