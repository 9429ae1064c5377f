"""Which tokens differ from one: y_i = 1 where t_i ≠ token, else 0.   t (…) int → y (…)"""

from numba import carray

from engine.machine.pointers import at, load
from engine.ops.loops import part, span
from engine.ops.op import Op, register, same
from engine.ops.samples import labels


def kernel(arena, ints, args, worker, workers):
    """t → y; sizes: elements, token."""
    lo, hi = span(load(args, 2), worker, workers)
    t, y, token = carray(at(ints, load(args, 0) + lo), (hi - lo,)), part(arena, args, 1, lo, hi), load(args, 3)
    for i in range(hi - lo):
        y[i] = 1 if t[i] != token else 0


OP = register(Op(
    "unequal", "index", ("t",), same, kernel, r"y_i = [t_i \ne p]",
    sizes=lambda c: [c.inputs[0].size, c.attrs["token"]],
    reference=lambda t, token: (t != token).astype(float),
    numbers=lambda arrays, place, attrs: f"[{arrays[0][place]} ≠ {attrs['token']}]",
    samples=[dict(inputs=[labels(7, high=3)], attrs=dict(token=1)),
             dict(inputs=[labels(4, 5, high=3)], attrs=dict(token=0))],
    differentiable=False, flops=lambda c: 0,
    source="ONNX operators Equal and Not",
))  # fmt: skip
