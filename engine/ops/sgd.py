"""Gradient descent: p ← p − η·g."""

from engine.machine.pointers import load
from engine.ops.loops import span, vector
from engine.ops.op import Op, register
from engine.ops.updates import flag, update_shapes


def kernel(arena, ints, args, worker, workers):
    """p, g, lr: overwrites p."""
    n, rate = load(args, 3), load(arena, load(args, 2))
    p, g = vector(arena, args, 0, n), vector(arena, args, 1, n)
    lo, hi = span(n, worker, workers)
    seen = rate * 0
    for i in range(lo, hi):
        p[i] -= rate * g[i]
        seen += g[i] * 0
    flag(ints, seen)


OP = register(Op(
    "sgd", "optimizer", ("p", "g", "lr"), update_shapes, kernel, r"\theta \leftarrow \theta - \eta\, g", outputs=(),
    mutates=("p",), sizes=lambda c: [c.inputs[0].size], differentiable=False, flops=lambda c: 2 * c.inputs[0].size,
    title="gradient descent", source="Robbins and Monro 1951",
))  # fmt: skip
