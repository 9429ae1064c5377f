"""Every pixel repeated: y[b, c, z] = x[b, c, z // factor].   x (B, C, sizes…) → y (B, C, sizes · factors…)"""

import math

import numpy as np

from engine.machine.pointers import at, load, store
from engine.ops.loops import rows_of
from engine.ops.op import Op, register, require
from engine.ops.samples import normal


def kernel(arena, ints, args, worker, workers):
    """x → y. args: x, y, planes, sizes of x (three), factors (three)."""
    d, h, w = load(args, 3), load(args, 4), load(args, 5)
    fz, fy, fx = load(args, 6), load(args, 7), load(args, 8)
    first, last = rows_of(load(args, 2) * d * fz * h * fy, worker, workers)
    for row in range(first, last):
        y, rest = row % (h * fy), row // (h * fy)
        z, plane = rest % (d * fz), rest // (d * fz)
        source = at(arena, load(args, 0) + ((plane * d + z // fz) * h + y // fy) * w)
        line = at(arena, load(args, 1) + row * w * fx)
        for x in range(w):
            for j in range(fx):
                store(line, x * fx + j, load(source, x))


def repeated_shape(x, factors):
    """Shape of x with its sizes times `factors`. Raises ShapeError."""
    rank = len(factors)
    require(len(x) == rank + 2 and 1 <= rank <= 3 and min(factors) >= 1, f"x {x} cannot be repeated {factors} times",
            "x", rank + 2, x)  # fmt: skip
    return (*x[:2], *(n * f for n, f in zip(x[2:], factors, strict=True)))


def _sizes(call):
    x, factors = call.inputs[0].shape, call.attrs["factors"]
    ones = [1] * (3 - len(factors))
    return [math.prod(x[:2]), *ones, *x[2:], *ones, *factors]


def _vjp(g, c, dy):
    factors = c.attrs["factors"]
    return (g.scale(g.average_pool(dy, kernel=factors), factor=float(math.prod(factors))),)


def _reference(x, factors):
    for axis, factor in enumerate(factors, 2):
        x = np.repeat(x, factor, axis)
    return x


def _numbers(arrays, place, attrs):
    source = ", ".join(str(z // f) for z, f in zip(place[2:], attrs["factors"], strict=True))
    return f"{{x}} at ({source})"


OP = register(Op(
    "upsample", "pooling", ("x",), repeated_shape, kernel, r"y_z = x_{\lfloor z / f \rfloor}",
    sizes=_sizes,
    vjp=_vjp,
    reference=_reference,
    derivative=r"\bar x_i = \sum_{\lfloor z / f \rfloor = i} \bar y_z",
    samples=[
        dict(inputs=[normal(2, 3, 4)], attrs=dict(factors=(3,)),
             large=dict(inputs=[normal(7, 9, 23, 11)], attrs=dict(factors=(2, 5)))),
        dict(inputs=[normal(1, 2, 3, 2)], attrs=dict(factors=(2, 3))),
        dict(inputs=[normal(1, 1, 2, 3, 2)], attrs=dict(factors=(1, 2, 2))),
    ],
    flops=lambda c: 0,
    source="ONNX operator Resize, mode nearest",
))  # fmt: skip
