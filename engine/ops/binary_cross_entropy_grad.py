"""Gradient of binary cross entropy at the probabilities: dp = dlosses·(p − y) / max(p(1 − p), 1e−12)."""

from engine.machine.pointers import const, load
from engine.ops.loops import part, span
from engine.ops.op import Op, register, same
from engine.ops.samples import normal, unit


def kernel(arena, ints, args, worker, workers):
    """dlosses, p, y → dp."""
    n = load(args, 4)
    lo, hi = span(n, worker, workers)
    dlosses, p, y = part(arena, args, 0, lo, hi), part(arena, args, 1, lo, hi), part(arena, args, 2, lo, hi)
    dp = part(arena, args, 3, lo, hi)
    one, floor = const(arena, 1.0), const(arena, 1e-12)
    for i in range(hi - lo):
        spread = p[i] * (one - p[i])
        dp[i] = dlosses[i] * (p[i] - y[i]) / (floor if spread < floor else spread)


def _expand(g, dlosses, p, y):
    return g.div(g.mul(dlosses, g.sub(p, y)), g.at_least(g.mul(p, g.sub(g.constant(1.0), p)), low=1e-12))


OP = register(Op(
    "binary_cross_entropy_grad", "gradient", ("dlosses", "p", "y"), same, kernel,
    r"\bar p = \frac{p - y}{p (1 - p)} \bar L",
    outputs=("dp",),
    expand=_expand,
    reference=lambda dlosses, p, y: dlosses * (p - y) / (p * (1 - p)),
    numbers="{dlosses} · ({p} − {y}) / ({p} · (1 − {p}))", local=lambda dlosses, p, y: (p - y) / (p * (1 - p)),
    samples=[dict(inputs=[normal(7, 2), unit(7, 2), unit(7, 2)])],
    flops=lambda c: 5 * c.inputs[0].size,
    title="binary cross entropy, gradient",
    source="Goodfellow et al. 2016, 6.2.2.2",
))  # fmt: skip
