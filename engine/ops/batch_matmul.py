"""Matrix products side by side, z_i = x_i·y_i; `ta` and `tb` transpose the matrices without a copy.

x (…, m, k), y (…, k, n) → z (…, m, n)
"""

import math

import numpy as np

from engine.machine.gemm import gemm, prepare, scratch_size
from engine.machine.pointers import at, load
from engine.ops.loops import rows_of
from engine.ops.op import Op, register, require
from engine.ops.products import product_numbers
from engine.ops.samples import normal


def kernel(arena, ints, args, worker, workers):
    """x, y → z. Workers share out the products, or each of few large ones."""
    m, n, k, batch = load(args, 5), load(args, 6), load(args, 7), load(args, 12)
    scratch = at(arena, load(args, 3) + worker * load(args, 4))
    first, last, sharer, sharers = 0, batch, worker, workers
    if batch >= workers:
        first, last = rows_of(batch, worker, workers)
        sharer, sharers = 0, 1
    for i in range(first, last):
        z = at(arena, load(args, 2) + i * m * n)
        gemm(z, n, at(arena, load(args, 0) + i * m * k), load(args, 8), load(args, 9),
             at(arena, load(args, 1) + i * k * n), load(args, 10), load(args, 11), m, n, k,
             z, 0, scratch, sharer, sharers)  # fmt: skip


def _shapes(x, y, ta=False, tb=False):
    require(len(x) >= 2, f"batch_matmul takes matrices, but x is {x}", "x", None, x)
    require(len(y) >= 2, f"batch_matmul takes matrices, but y is {y}", "y", None, y)
    require(x[:-2] == y[:-2], f"there must be equally many matrices, not {x[:-2]} and {y[:-2]}", "y", x[:-2], y[:-2])
    m, k = x[:-3:-1] if ta else x[-2:]
    inner, n = y[:-3:-1] if tb else y[-2:]
    require(k == inner, f"batch_matmul needs equal inner sizes, but gets {k} and {inner}", "y", k, inner)
    return (*x[:-2], m, n)


def _sizes(call):
    x, y = (value.shape for value in call.inputs)
    ta, tb = call.attrs.get("ta", False), call.attrs.get("tb", False)
    m, n = call.outputs[0].shape[-2:]
    strides = [1, x[-1]] if ta else [x[-1], 1]
    strides += [1, y[-1]] if tb else [y[-1], 1]
    return [m, n, x[-2] if ta else x[-1], *strides, math.prod(x[:-2])]


def _scratch(call, dtype):
    prepare(dtype)
    m, n, k = _sizes(call)[:3]
    return scratch_size(m, n, k, 4 if dtype == "float32" else 8)


def _vjp(g, c, dz):
    x, y = c.inputs
    ta, tb = c.attrs.get("ta", False), c.attrs.get("tb", False)
    dx = g.batch_matmul(y, dz, ta=tb, tb=True) if ta else g.batch_matmul(dz, y, tb=not tb)
    dy = g.batch_matmul(dz, x, ta=True, tb=ta) if tb else g.batch_matmul(x, dz, ta=not ta)
    return dx, dy


def _reference(x, y, ta=False, tb=False):
    return (np.swapaxes(x, -1, -2) if ta else x) @ (np.swapaxes(y, -1, -2) if tb else y)


def _numbers(arrays, place, attrs):
    return product_numbers([array[place[:-2]] for array in arrays], place[-2:], attrs)


def _flops(call):
    return 2 * call.outputs[0].size * _sizes(call)[2]


OP = register(Op(
    "batch_matmul", "matrix", ("x", "y"), _shapes, kernel, r"z_i = x_i\, y_i",
    outputs=("z",), sizes=_sizes, scratch=_scratch,
    vjp=_vjp,
    reference=_reference,
    derivative=r"\bar x_i = \bar z_i\, y_i^\top,\quad \bar y_i = x_i^\top \bar z_i",
    numbers=_numbers,
    samples=[
        dict(inputs=[normal(2, 3, 2), normal(2, 2, 3)]),
        dict(inputs=[normal(2, 3, 7, 4), normal(2, 3, 4, 5)]),
        dict(inputs=[normal(3, 4, 7), normal(3, 4, 5)], attrs=dict(ta=True)),
        dict(inputs=[normal(3, 7, 4), normal(3, 5, 4)], attrs=dict(tb=True)),
        dict(inputs=[normal(2, 4, 7), normal(2, 5, 4)], attrs=dict(ta=True, tb=True)),
        dict(inputs=[normal(70, 65), normal(65, 40)]), dict(inputs=[normal(1, 1, 1), normal(1, 1, 1)]),
    ],
    flops=_flops,
    title="matrix products",
    source="ONNX operator MatMul",
))  # fmt: skip
