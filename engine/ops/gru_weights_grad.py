"""Gradient of the recurrent weights of `gru`: the states before each step, transposed, times the products' gradients.

Those of r and z lie in the first columns of dxp, those of s in ds, side by side without a copy.
before (R, H), dxp (R, 3H), ds (R, H) → dW (H, 3H)
"""

import numpy as np

from engine.machine.gemm import gemm, prepare, scratch_size
from engine.machine.pointers import at, load
from engine.ops.op import Op, register, require
from engine.ops.recurrence import ZERO
from engine.ops.samples import normal


def kernel(arena, ints, args, worker, workers):
    """before, dxp, ds → dW; scratch, its length; R, H."""
    before, dxp, ds, dW = (at(arena, load(args, 0)), at(arena, load(args, 1)), at(arena, load(args, 2)),
                           at(arena, load(args, 3)))  # fmt: skip
    room = at(arena, load(args, 4) + worker * load(args, 5))
    rows, n = load(args, 6), load(args, 7)
    gemm(dW, 3 * n, before, 1, n, dxp, 3 * n, 1, n, 2 * n, rows, dW, ZERO, room, worker, workers)
    gemm(at(dW, 2 * n), 3 * n, before, 1, n, ds, n, 1, n, n, rows, dW, ZERO, room, worker, workers)


def _shapes(before, dxp, ds):
    require(len(before) == 2 and before[1] > 0, f"before must be (R, H), but is {before}", "before")
    rows, n = before
    require(ds == before, f"ds must be {before}, but is {ds}", "ds", before, ds)
    require(dxp == (rows, 3 * n), f"dxp must be {(rows, 3 * n)}, but is {dxp}", "dxp", (rows, 3 * n), dxp)
    return (n, 3 * n)


def _scratch(call, dtype):
    prepare(dtype)
    rows, n = call.inputs[0].shape
    return scratch_size(n, 2 * n, rows, 4 if dtype == "float32" else 8)


def _expand(g, before, dxp, ds):
    return g.matmul(before, g.concat(g.slice(dxp, start=0, stop=2 * ds.shape[1]), ds), ta=True)


OP = register(Op(
    "gru_weights_grad", "sequence", ("before", "dxp", "ds"), _shapes, kernel,
    r"\bar W = \sum_t h_{t-1}^\top\, [\bar x_r, \bar x_z, \bar s]_t",
    outputs=("dW",), sizes=lambda call: list(call.inputs[0].shape), scratch=_scratch,
    expand=_expand,
    reference=lambda before, dxp, ds: before.T @ np.concatenate([dxp[:, : 2 * ds.shape[1]], ds], 1),
    samples=[
        dict(inputs=[normal(7, 2), normal(7, 6), normal(7, 2)]),
        dict(inputs=[normal(3, 1), normal(3, 3), normal(3, 1)]),
    ],
    flops=lambda c: 6 * c.inputs[0].size * c.inputs[0].shape[1],
    title="GRU, gradient of the weights", source="Cho et al. 2014",
))  # fmt: skip
