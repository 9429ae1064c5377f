"""Gradient of binary cross entropy at the probabilities: dp = dlosses·(p − y) / max(p(1 − p), 1e−12)."""

from engine.machine.pointers import const, load
from engine.ops.loops import span, vector
from engine.ops.op import Op, register, same
from engine.ops.samples import normal, unit


def kernel(arena, ints, args, worker, workers):
    """dlosses, p, y → dp."""
    n = load(args, 4)
    dlosses, p, y = vector(arena, args, 0, n), vector(arena, args, 1, n), vector(arena, args, 2, n)
    dp = vector(arena, args, 3, n)
    one, floor = const(arena, 1.0), const(arena, 1e-12)
    lo, hi = span(n, worker, workers)
    for i in range(lo, hi):
        spread = p[i] * (one - p[i])
        dp[i] = dlosses[i] * (p[i] - y[i]) / (floor if spread < floor else spread)


def _expand(g, dlosses, p, y):
    return g.div(g.mul(dlosses, g.sub(p, y)), g.mul(p, g.sub(g.constant(1.0), p)))


OP = register(Op(
    "binary_cross_entropy_grad", "gradient", ("dlosses", "p", "y"), same, kernel,
    r"\bar p = \frac{p - y}{p (1 - p)} \bar L", outputs=("dp",), expand=_expand, flops=lambda c: 5 * c.inputs[0].size,
    reference=lambda dlosses, p, y: dlosses * (p - y) / (p * (1 - p)), numbers="{dlosses} · ({p} − {y}) / ({p} · (1 − {p}))",
    local=lambda dlosses, p, y: (p - y) / (p * (1 - p)), title="binary cross entropy, gradient",
    samples=[dict(inputs=[normal(7, 2), unit(7, 2), unit(7, 2)])],
))  # fmt: skip
