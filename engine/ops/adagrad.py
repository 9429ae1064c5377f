"""AdaGrad: s ← s + g², p ← p − η·g / (√s + ε) (ε outside the root, as in PyTorch)."""

import math

from engine.machine.pointers import const, load
from engine.ops.loops import part, span
from engine.ops.op import Op, register
from engine.ops.updates import elements_in_turn, flag, update_shapes, update_sizes


def kernel(arena, ints, args, worker, workers):
    """p, g, s, lr; ε: overwrites p and s."""
    n, rate, eps = elements_in_turn(ints, args, 5), load(arena, load(args, 3)), load(arena, load(args, 4))
    lo, hi = span(n, worker, workers)
    p, g, s = part(arena, args, 0, lo, hi), part(arena, args, 1, lo, hi), part(arena, args, 2, lo, hi)
    zero = const(arena, 0.0)
    seen = zero
    for i in range(hi - lo):
        s[i] += g[i] * g[i]
        p[i] -= rate * g[i] / (math.sqrt(s[i]) + eps)
        seen += g[i] * zero
    flag(ints, seen)


OP = register(Op(
    "adagrad", "optimizer", ("p", "g", "s", "lr"), update_shapes, kernel,
    r"s \leftarrow s + g^2,\quad \theta \leftarrow \theta - \eta\, \frac{g}{\sqrt{s} + \epsilon}",
    outputs=(), sizes=update_sizes, scalars=("eps",), mutates=("p", "s"),
    differentiable=False, flops=lambda c: 7 * c.inputs[0].size,
    title="AdaGrad", source="Duchi et al. 2011",
))  # fmt: skip
