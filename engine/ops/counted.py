"""Which labels count: y_i = 1 where t_i ≥ 0, else 0.   t (…) int → y (…)"""

from numba import carray

from engine.machine.pointers import at, load
from engine.ops.loops import part, span
from engine.ops.op import Op, register, same
from engine.ops.samples import labels


def kernel(arena, ints, args, worker, workers):
    """t → y."""
    lo, hi = span(load(args, 2), worker, workers)
    t, y = carray(at(ints, load(args, 0) + lo), (hi - lo,)), part(arena, args, 1, lo, hi)
    for i in range(hi - lo):
        y[i] = 1 if t[i] >= 0 else 0


OP = register(Op(
    "counted", "index", ("t",), same, kernel, r"y_i = [t_i \ge 0]",
    reference=lambda t: (t >= 0).astype(float),
    numbers=lambda arrays, place, attrs: f"[{arrays[0][place]} ≥ 0]",
    samples=[dict(inputs=[labels(7, high=3, low=-1)]), dict(inputs=[labels(4, 5, high=3, low=-1)])],
    differentiable=False, flops=lambda c: 0,
    summary="Labels of −1 stand for nothing: they add neither loss nor gradient.",
    source="ONNX operator NegativeLogLikelihoodLoss, ignore_index",
))  # fmt: skip
