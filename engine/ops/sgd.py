"""Gradient descent: p ← p − η·g."""

from engine.machine.pointers import const, load
from engine.ops.loops import part, span
from engine.ops.op import Op, register
from engine.ops.updates import elements_in_turn, flag, update_shapes, update_sizes


def kernel(arena, ints, args, worker, workers):
    """p, g, lr: overwrites p."""
    n, rate = elements_in_turn(ints, args, 3), load(arena, load(args, 2))
    lo, hi = span(n, worker, workers)
    p, g = part(arena, args, 0, lo, hi), part(arena, args, 1, lo, hi)
    zero = const(arena, 0.0)
    seen = zero
    for i in range(hi - lo):
        p[i] -= rate * g[i]
        seen += g[i] * zero
    flag(ints, seen)


OP = register(Op(
    "sgd", "optimizer", ("p", "g", "lr"), update_shapes, kernel, r"\theta \leftarrow \theta - \eta\, g",
    outputs=(), sizes=update_sizes, mutates=("p",),
    differentiable=False, flops=lambda c: 2 * c.inputs[0].size,
    title="gradient descent", source="Robbins and Monro 1951",
))  # fmt: skip
