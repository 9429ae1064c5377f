"""Gradient of the squared error: dx = 2·scale·(x − y)·dz, with dz a single number."""

from engine.machine.pointers import const, load
from engine.ops.loops import part, span
from engine.ops.op import Op, register, require, same
from engine.ops.samples import normal


def kernel(arena, ints, args, worker, workers):
    """x, y, dz → dx."""
    n = load(args, 5)
    factor = const(arena, 2.0) * load(arena, load(args, 4)) * load(arena, load(args, 2))
    lo, hi = span(n, worker, workers)
    x, y, dx = part(arena, args, 0, lo, hi), part(arena, args, 1, lo, hi), part(arena, args, 3, lo, hi)
    for i in range(hi - lo):
        dx[i] = factor * (x[i] - y[i])


def _shapes(x, y, dz, scale):
    require(dz == (), f"the loss is one number, but its gradient is {dz}", "dz", (), dz)
    return same(x, y)


OP = register(Op(
    "squared_error_grad", "gradient", ("x", "y", "dz"), _shapes, kernel, r"\bar x = 2 c\, (x - y)\, \bar L",
    outputs=("dx",), scalars=("scale",),
    expand=lambda g, x, y, dz, scale: g.mul(g.scale(g.sub(x, y), factor=2 * scale), dz),
    reference=lambda x, y, dz, scale: 2 * scale * (x - y) * dz,
    numbers="2 · {scale} · ({x} − {y}) · {dz}",
    samples=[dict(inputs=[normal(7, 3), normal(7, 3), normal()], attrs=dict(scale=0.3))],
    flops=lambda c: 2 * c.inputs[0].size,
    title="squared error, gradient",
    source="Goodfellow et al. 2016, 6.5.7",
))  # fmt: skip
