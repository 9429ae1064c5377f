"""Gradient descent with momentum: v ← μ·v + g, p ← p − η·v (as in PyTorch)."""

from engine.machine.pointers import load
from engine.ops.loops import span, vector
from engine.ops.op import Op, register
from engine.ops.updates import flag, update_shapes


def kernel(arena, ints, args, worker, workers):
    """p, g, v, lr; μ: overwrites p and v."""
    n, rate, mu = load(args, 5), load(arena, load(args, 3)), load(arena, load(args, 4))
    p, g, v = vector(arena, args, 0, n), vector(arena, args, 1, n), vector(arena, args, 2, n)
    lo, hi = span(n, worker, workers)
    seen = rate * 0
    for i in range(lo, hi):
        v[i] = mu * v[i] + g[i]
        p[i] -= rate * v[i]
        seen += g[i] * 0
    flag(ints, seen)


OP = register(Op(
    "momentum", "optimizer", ("p", "g", "v", "lr"), update_shapes, kernel,
    r"v \leftarrow \mu v + g,\quad \theta \leftarrow \theta - \eta\, v", outputs=(), mutates=("p", "v"),
    scalars=("mu",), sizes=lambda c: [c.inputs[0].size], differentiable=False, flops=lambda c: 4 * c.inputs[0].size,
    source="Polyak 1964; Sutskever et al. 2013",
))  # fmt: skip
