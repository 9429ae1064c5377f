"""A step along a direction: z = x + c·s·y with one number s that was computed and a fixed c."""

from engine.machine.pointers import load
from engine.ops.loops import part, span
from engine.ops.op import Op, register, require
from engine.ops.samples import normal


def kernel(arena, ints, args, worker, workers):
    """x, y, s, z; c; n."""
    lo, hi = span(load(args, 5), worker, workers)
    length = load(arena, load(args, 4)) * load(arena, load(args, 2))
    x, y, z = part(arena, args, 0, lo, hi), part(arena, args, 1, lo, hi), part(arena, args, 3, lo, hi)
    for i in range(hi - lo):
        z[i] = x[i] + length * y[i]


def _shapes(x, y, s, factor):
    require(x == y, f"shapes {x} and {y} must be equal", "y", x, y)
    require(s == (1,), f"there must be one length, not {s}", "s", (1,), s)
    return x


OP = register(Op(
    "add_scaled", "conjugate gradients", ("x", "y", "s"), _shapes, kernel, r"z = x + c\, s\, y",
    outputs=("z",), scalars=("factor",), sizes=lambda c: [c.inputs[0].size],
    reference=lambda x, y, s, factor: x + factor * s * y,
    numbers="{x} + {factor} · {s} · {y}",
    samples=[dict(inputs=[normal(7), normal(7), normal(1)], attrs=dict(factor=-1.0))],
    differentiable=False, flops=lambda c: 2 * c.inputs[0].size,
    title="go along",
    source="BLAS level 1: axpy (Lawson et al. 1979)",
))  # fmt: skip
