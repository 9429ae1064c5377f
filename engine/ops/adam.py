"""Adam: m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², p ← p − η·m̂ / (√v̂ + ε), both estimates bias-corrected."""

import math

from engine.machine.pointers import const, load
from engine.ops.loops import inline, part, span
from engine.ops.op import Op, register
from engine.ops.updates import elements_in_turn, flag, turns_taken, update_shapes, update_sizes


@inline
def adam_step(arena, ints, args, worker, workers, k, keep):
    """Adam's step from keep·p on. args: p, g, m, v, lr, clock; β₁, β₂, ε; from k on `update_sizes`."""
    b1, b2, eps = load(arena, load(args, 6)), load(arena, load(args, 7)), load(arena, load(args, 8))
    t = float(turns_taken(args, k, load(ints, load(args, 5)) + 1))
    one = const(arena, 1.0)
    rate = load(arena, load(args, 4)) * const(arena, 1.0 / (1.0 - math.pow(float(b1), t)))
    correct = const(arena, 1.0 / math.sqrt(1.0 - math.pow(float(b2), t)))
    lo, hi = span(elements_in_turn(ints, args, k), worker, workers)
    p, g = part(arena, args, 0, lo, hi), part(arena, args, 1, lo, hi)
    m, v = part(arena, args, 2, lo, hi), part(arena, args, 3, lo, hi)
    zero = const(arena, 0.0)
    seen = zero
    for i in range(hi - lo):
        m[i] = b1 * m[i] + (one - b1) * g[i]
        v[i] = b2 * v[i] + (one - b2) * g[i] * g[i]
        p[i] = keep * p[i] - rate * m[i] / (math.sqrt(v[i]) * correct + eps)
        seen += g[i] * zero
    flag(ints, seen)


def kernel(arena, ints, args, worker, workers):
    """p, g, m, v, lr, clock; β₁, β₂, ε: overwrites p, m and v."""
    adam_step(arena, ints, args, worker, workers, 9, const(arena, 1.0))


OP = register(Op(
    "adam", "optimizer", ("p", "g", "m", "v", "lr", "clock"), update_shapes, kernel,
    r"\theta \leftarrow \theta - \eta\, \frac{\hat m}{\sqrt{\hat v} + \epsilon}",
    outputs=(), sizes=update_sizes, scalars=("b1", "b2", "eps"), mutates=("p", "m", "v"),
    integer=frozenset(["clock"]),
    differentiable=False, flops=lambda c: 12 * c.inputs[0].size,
    source="Kingma and Ba 2015",
))  # fmt: skip
