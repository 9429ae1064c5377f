"""Gradients scaled down to a norm: y = g·min(1, c/(‖g‖ + 10⁻⁶)), the small number as in PyTorch."""

import numpy as np

from engine.machine.pointers import const, load
from engine.ops.loops import part, span
from engine.ops.op import Op, register, require
from engine.ops.samples import normal, positive

SMALL = 1e-6


def kernel(arena, ints, args, worker, workers):
    """g, norm, y; c; n."""
    one = const(arena, 1.0)
    share = load(arena, load(args, 3)) / (load(arena, load(args, 1)) + const(arena, SMALL))
    if share > one:
        share = one
    lo, hi = span(load(args, 4), worker, workers)
    g, y = part(arena, args, 0, lo, hi), part(arena, args, 2, lo, hi)
    for i in range(hi - lo):
        y[i] = share * g[i]


def _shapes(g, norm, limit):
    require(norm == (1,), f"there must be one norm, not {norm}", "norm", (1,), norm)
    return g


OP = register(Op(
    "clip_norm", "clipping", ("g", "norm"), _shapes, kernel,
    r"y = g\, \min\left(1, \frac{c}{\lVert g \rVert + 10^{-6}}\right)",
    scalars=("limit",), sizes=lambda c: [c.inputs[0].size],
    reference=lambda g, norm, limit: g * np.minimum(1.0, limit / (norm + SMALL)),
    numbers="{g} · min(1, {limit} / {norm})",
    samples=[
        dict(inputs=[normal(7), positive(1)], attrs=dict(limit=0.1)),
        dict(inputs=[normal(130), positive(1)], attrs=dict(limit=1.5)),
    ],
    differentiable=False, flops=lambda c: c.inputs[0].size,
    title="clip by norm", summary="A gradient that is longer than the limit is shortened; its direction stays.",
    source="Pascanu, Mikolov and Bengio 2013",
))  # fmt: skip
