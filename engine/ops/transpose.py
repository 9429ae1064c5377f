"""Dimensions in another order: dimension k of the result is dimension axes[k] of x."""

import numpy as np
from numba import carray

from engine.machine.pointers import at, load, store
from engine.numerals import show_number
from engine.ops.loops import inline, rows_of
from engine.ops.op import Op, register, require
from engine.ops.samples import normal

OUTER, TILE = 6, 16  # dimensions beside the two that tiles span; rows of a tile


@inline
def _offset(args, place, strides):
    """Where outer place `place` begins, by the strides at args[strides…]; outer sizes stand at args[6…]."""
    offset = 0
    for k in range(OUTER - 1, -1, -1):
        size = load(args, 6 + k)
        offset += place % size * load(args, strides + k)
        place //= size
    return offset


@inline
def _tile(x, y, x_row, y_row, lo, hi, columns, x_column):
    """y[i, j] = x[i, j] for rows lo … hi − 1: x has neighbours in i, y in j."""
    j = 0
    while j < columns:
        stop = min(j + TILE, columns)
        for i in range(lo, hi):
            for k in range(j, stop):
                store(y, i * y_row + k, load(x, i * x_row + k * x_column))
        j = stop


def kernel(arena, ints, args, worker, workers):
    """x → y. args: x, y; rows and columns of a tile's plane; strides of a row in y, of a column in x; outer places."""
    rows, columns, y_row, x_column = load(args, 2), load(args, 3), load(args, 4), load(args, 5)
    each = (rows + TILE - 1) // TILE
    outer = 1
    for k in range(OUTER):
        outer *= load(args, 6 + k)
    first, last = rows_of(outer * each, worker, workers)
    for unit in range(first, last):
        place, lo = unit // each, unit % each * TILE
        x = at(arena, load(args, 0) + _offset(args, place, 6 + OUTER))
        y = at(arena, load(args, 1) + _offset(args, place, 6 + 2 * OUTER))
        if x_column == 1:
            source, target = carray(x, (columns,)), carray(y, (columns,))
            for j in range(columns):
                target[j] = source[j]
        else:
            _tile(x, y, 1, y_row, lo, min(lo + TILE, rows), columns, x_column)


def _shapes(x, axes):
    fits = sorted(axes) == list(range(len(x)))
    require(fits, f"{tuple(axes)} is no order of the {len(x)} dimensions of {x}", "x", tuple(axes), x)
    return tuple(x[axis] for axis in axes)


def _merged(shape, axes):
    """(size, stride in x, stride in y) of the result's dimensions, with those that stay neighbours merged."""
    x_strides = np.cumprod([1, *shape[:0:-1]])[::-1].tolist() if shape else []
    dims: list[list[int]] = []
    for axis in axes:
        size, stride = shape[axis], x_strides[axis]
        if size == 1:
            continue
        if dims and dims[-1][1] == size * stride:
            dims[-1] = [dims[-1][0] * size, stride]
        else:
            dims.append([size, stride])
    y_strides = np.cumprod([1, *(size for size, _ in dims[:0:-1])])[::-1].tolist()
    return [(size, stride, y) for (size, stride), y in zip(dims, y_strides)]


def _sizes(call):
    dims = _merged(call.inputs[0].shape, call.attrs["axes"])
    if not dims:
        dims = [(1, 1, 1)]
    columns, x_column, _ = dims.pop()
    rows, y_row = 1, 0
    if x_column != 1:  # the dimension whose numbers are neighbours in x
        place = next(i for i, dim in enumerate(dims) if dim[1] == 1)
        rows, _, y_row = dims.pop(place)
    require(len(dims) <= OUTER, f"transpose takes at most {OUTER + 2} dimensions that move", "x")
    outer = [(1, 0, 0)] * (OUTER - len(dims)) + dims
    return [rows, columns, y_row, x_column, *(dim[k] for k in range(3) for dim in outer)]


def back(axes):
    """The order that undoes `axes`."""
    return tuple(int(axis) for axis in np.argsort(axes))


def _numbers(arrays, place, attrs):
    where = tuple(place[k] for k in back(attrs["axes"]))
    return f"x[{', '.join(map(str, where))}] = {show_number(float(arrays[0][where]))}"


OP = register(Op(
    "transpose", "shape", ("x",), _shapes, kernel, r"y = x^\top",
    sizes=_sizes,
    vjp=lambda g, c, dy: (g.transpose(dy, axes=back(c.attrs["axes"])),),
    reference=np.transpose,
    derivative=r"\bar x = \bar y^\top",
    numbers=_numbers,
    samples=[
        dict(inputs=[normal(7, 3)], attrs=dict(axes=(1, 0))), dict(inputs=[normal(7, 3)], attrs=dict(axes=(0, 1))),
        dict(inputs=[normal(2, 5, 3, 4)], attrs=dict(axes=(0, 2, 1, 3))),
        dict(inputs=[normal(2, 5, 3, 4)], attrs=dict(axes=(3, 1, 0, 2))),
        dict(inputs=[normal(2, 35, 40)], attrs=dict(axes=(0, 2, 1))),
        dict(inputs=[normal(1, 5, 1, 2)], attrs=dict(axes=(2, 3, 0, 1))),
        dict(inputs=[normal(2, 3, 2, 3, 2, 3)], attrs=dict(axes=(5, 3, 1, 4, 2, 0))),
        dict(inputs=[normal(4)], attrs=dict(axes=(0,))), dict(inputs=[normal()], attrs=dict(axes=())),
    ],
    flops=lambda c: 0,
    summary="Puts the dimensions in another order.",
    source="ONNX operator Transpose",
))  # fmt: skip
