"""RMSProp: v ← α·v + (1 − α)·g², p ← p − η·g / (√v + ε) (ε outside the root, as in PyTorch)."""

import math

from engine.machine.pointers import const, load
from engine.ops.loops import part, span
from engine.ops.op import Op, register
from engine.ops.updates import elements_in_turn, flag, update_shapes, update_sizes


def kernel(arena, ints, args, worker, workers):
    """p, g, v, lr; α, ε: overwrites p and v."""
    n, rate = elements_in_turn(ints, args, 6), load(arena, load(args, 3))
    alpha, eps = load(arena, load(args, 4)), load(arena, load(args, 5))
    lo, hi = span(n, worker, workers)
    p, g, v = part(arena, args, 0, lo, hi), part(arena, args, 1, lo, hi), part(arena, args, 2, lo, hi)
    zero, one = const(arena, 0.0), const(arena, 1.0)
    seen = zero
    for i in range(hi - lo):
        v[i] = alpha * v[i] + (one - alpha) * g[i] * g[i]
        p[i] -= rate * g[i] / (math.sqrt(v[i]) + eps)
        seen += g[i] * zero
    flag(ints, seen)


OP = register(Op(
    "rmsprop", "optimizer", ("p", "g", "v", "lr"), update_shapes, kernel,
    r"v \leftarrow \alpha v + (1 - \alpha) g^2,\quad \theta \leftarrow \theta - \eta\, \frac{g}{\sqrt{v} + \epsilon}",
    outputs=(), sizes=update_sizes, scalars=("alpha", "eps"), mutates=("p", "v"),
    differentiable=False, flops=lambda c: 9 * c.inputs[0].size,
    title="RMSProp", source="Hinton 2012, lecture 6e",
))  # fmt: skip
