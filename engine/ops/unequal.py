"""1 where a whole number is not `value`, else 0.   t (…) int → y (…)"""

from numba import carray

from engine.machine.pointers import at, const, load
from engine.ops.loops import part, span
from engine.ops.op import Op, register
from engine.ops.samples import labels


def kernel(arena, ints, args, worker, workers):
    """t → y."""
    n, value = load(args, 2), load(args, 3)
    lo, hi = span(n, worker, workers)
    t, y = carray(at(ints, load(args, 0) + lo), (hi - lo,)), part(arena, args, 1, lo, hi)
    for i in range(hi - lo):
        y[i] = const(arena, 1.0) if t[i] != value else const(arena, 0.0)


OP = register(Op(
    "unequal", "index", ("t",), lambda t, value: t, kernel, r"y = [t \ne v]",
    sizes=lambda c: [c.inputs[0].size, c.attrs["value"]],
    differentiable=False,
    reference=lambda t, value: (t != value).astype(float),
    numbers=lambda arrays, place, attrs: f"[{int(arrays[0][place])} ≠ {attrs['value']}]",
    samples=[dict(inputs=[labels(7, 3, high=3)], attrs=dict(value=0)), dict(inputs=[labels(5, high=4)],
             attrs=dict(value=2))],
))  # fmt: skip
