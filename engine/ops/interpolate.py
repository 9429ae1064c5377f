"""Linear interpolation to `factor` times as many samples along dimension `axis`, each in the middle of its share.

Sample i of the result lies at (i + ½)/factor − ½ of the source, held at its ends: as in PyTorch without align_corners.
With `back` the transposed map, which is its gradient. x (…, n, …) → y (…, factor·n, …), or back.
"""

import math

import numpy as np

from engine.machine.pointers import at, const, load, store
from engine.numerals import operand, total
from engine.ops.loops import inline, rows_of
from engine.ops.op import Op, register, require
from engine.ops.samples import normal


@inline
def neighbours(arena, i, n, factor):
    """The source samples beside result i, and the weight of the second."""
    place = max(0, 2 * i + 1 - factor)  # in parts of which 2·factor lie between two sources: no rounding
    left = min(n - 1, place // (2 * factor))
    return left, min(n - 1, left + 1), const(arena, 1.0) * (place % (2 * factor)) / (2 * factor)


def kernel(arena, ints, args, worker, workers):
    """x seen as (outer, n, inner) → y; slices are cut along `outer`. args: x, y, outer, n, inner, factor, back."""
    outer, n, inner, factor, back = load(args, 2), load(args, 3), load(args, 4), load(args, 5), load(args, 6)
    first, last = rows_of(outer, worker, workers)
    wide, one = n * factor, const(arena, 1.0)
    for o in range(first, last):
        if back:
            x, y = at(arena, load(args, 0) + o * wide * inner), at(arena, load(args, 1) + o * n * inner)
            for k in range(n * inner):
                store(y, k, 0)
        else:
            x, y = at(arena, load(args, 0) + o * n * inner), at(arena, load(args, 1) + o * wide * inner)
        for i in range(wide):
            left, right, weight = neighbours(arena, i, n, factor)
            for k in range(inner):
                a, b, c = left * inner + k, right * inner + k, i * inner + k
                if back:
                    store(y, a, load(y, a) + (one - weight) * load(x, c))
                    store(y, b, load(y, b) + weight * load(x, c))
                else:
                    store(y, c, (one - weight) * load(x, a) + weight * load(x, b))


def _shapes(x, axis, factor, back=False):
    fits = 0 <= axis < len(x) and factor >= 1 and x[axis] > 0 and not (back and x[axis] % factor)
    require(fits, f"dimension {axis} of {x} cannot be interpolated {factor} times", "x", axis, x)
    return (*x[:axis], x[axis] // factor if back else x[axis] * factor, *x[axis + 1 :])


def _sizes(call):
    x, y, axis = call.inputs[0].shape, call.outputs[0].shape, call.attrs["axis"]
    return [math.prod(x[:axis]), min(x[axis], y[axis]), math.prod(x[axis + 1 :]), call.attrs["factor"],
            int(call.attrs.get("back", False))]  # fmt: skip


def _neighbours(n, factor):
    """For every result: the source samples beside it, and the weight of the second."""
    place = np.maximum(0, 2 * np.arange(n * factor) + 1 - factor)
    left = np.minimum(n - 1, place // (2 * factor))
    return left, np.minimum(n - 1, left + 1), place % (2 * factor) / (2 * factor)


def _reference(x, axis, factor, back=False):
    x = np.moveaxis(x, axis, -1)
    left, right, weight = _neighbours(x.shape[-1] // factor if back else x.shape[-1], factor)
    if back:
        y = np.zeros((*x.shape[:-1], x.shape[-1] // factor))
        for i, (a, b, w) in enumerate(zip(left, right, weight, strict=True)):
            y[..., a] += (1 - w) * x[..., i]
            y[..., b] += w * x[..., i]
    else:
        y = (1 - weight) * x[..., left] + weight * x[..., right]
    return np.moveaxis(y, -1, axis)


def _numbers(arrays, place, attrs):
    x, axis, factor, back = arrays[0], attrs["axis"], attrs["factor"], attrs.get("back", False)
    line = np.moveaxis(x, axis, -1)[place[:axis] + place[axis + 1 :]]
    left, right, weight = _neighbours(len(line) // factor if back else len(line), factor)
    here = place[axis]
    if back:
        pairs = [(1 - w, i) for i, (a, w) in enumerate(zip(left, weight, strict=True)) if a == here]
        pairs += [(w, i) for i, (b, w) in enumerate(zip(right, weight, strict=True)) if b == here and w]
    else:
        pairs = [(1 - weight[here], left[here]), (weight[here], right[here])]
    return total((f"{operand(w)} · {operand(line[i])}" for w, i in pairs), len(pairs), "products")


def _vjp(g, c, dy):
    return (g.interpolate(dy, axis=c.attrs["axis"], factor=c.attrs["factor"], back=not c.attrs.get("back", False)),)


OP = register(Op(
    "interpolate", "pooling", ("x",), _shapes, kernel,
    r"y_i = (1 - \lambda)\, x_l + \lambda\, x_{l+1},\quad l + \lambda = \frac{i + 1/2}{f} - \frac{1}{2}",
    sizes=_sizes,
    vjp=_vjp,
    reference=_reference,
    derivative=r"\bar x_l = \sum_i (1 - \lambda_i)\, \bar y_i + \sum_{i'} \lambda_{i'}\, \bar y_{i'}",
    numbers=_numbers,
    samples=[
        dict(inputs=[normal(2, 3, 4)], attrs=dict(axis=2, factor=3),
             large=dict(inputs=[normal(31, 23, 17)], attrs=dict(axis=1, factor=4))),
        dict(inputs=[normal(2, 3, 4)], attrs=dict(axis=1, factor=2)),
        dict(inputs=[normal(1, 6, 4)], attrs=dict(axis=1, factor=2, back=True)),
        dict(inputs=[normal(1, 4)], attrs=dict(axis=1, factor=4, back=True)),
    ],
    flops=lambda c: 3 * max(c.inputs[0].size, c.outputs[0].size),
    title="linear interpolation",
    source="ONNX operator Resize, mode linear, half_pixel",
))  # fmt: skip
