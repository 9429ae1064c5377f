"""Gradient descent with momentum: v ← μ·v + g, p ← p − η·v (as in PyTorch)."""

from engine.machine.pointers import const, load
from engine.ops.loops import part, span
from engine.ops.op import Op, register
from engine.ops.updates import elements_in_turn, flag, update_shapes, update_sizes


def kernel(arena, ints, args, worker, workers):
    """p, g, v, lr; μ: overwrites p and v."""
    n, rate, mu = elements_in_turn(ints, args, 5), load(arena, load(args, 3)), load(arena, load(args, 4))
    lo, hi = span(n, worker, workers)
    p, g, v = part(arena, args, 0, lo, hi), part(arena, args, 1, lo, hi), part(arena, args, 2, lo, hi)
    zero = const(arena, 0.0)
    seen = zero
    for i in range(hi - lo):
        v[i] = mu * v[i] + g[i]
        p[i] -= rate * v[i]
        seen += g[i] * zero
    flag(ints, seen)


OP = register(Op(
    "momentum", "optimizer", ("p", "g", "v", "lr"), update_shapes, kernel,
    r"v \leftarrow \mu v + g,\quad \theta \leftarrow \theta - \eta\, v",
    outputs=(), sizes=update_sizes, scalars=("mu",), mutates=("p", "v"),
    differentiable=False, flops=lambda c: 4 * c.inputs[0].size,
    source="Polyak 1964; Sutskever et al. 2013",
))  # fmt: skip
