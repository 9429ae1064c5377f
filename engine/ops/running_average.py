"""A running average moves towards news: a ← (1 − m)·a + m·factor·x, for momentum m."""

from engine.machine.pointers import const, load
from engine.ops.loops import part, span
from engine.ops.op import Op, register, require


def kernel(arena, ints, args, worker, workers):
    """a, x; m, factor: overwrites a."""
    momentum, factor, n = load(arena, load(args, 2)), load(arena, load(args, 3)), load(args, 4)
    lo, hi = span(n, worker, workers)
    a, x = part(arena, args, 0, lo, hi), part(arena, args, 1, lo, hi)
    keep = const(arena, 1.0) - momentum
    for i in range(hi - lo):
        a[i] = keep * a[i] + momentum * (factor * x[i])


def _shapes(average, x, momentum, factor=1.0):
    require(average == x, f"the average of {x} must be as large, but is {average}", "average", x, average)
    return []


OP = register(Op(
    "running_average", "state", ("average", "x"), _shapes, kernel, r"a \leftarrow (1 - m)\, a + m\, x",
    outputs=(), sizes=lambda c: [c.inputs[0].size], scalars=("momentum", "factor"), mutates=("average",),
    differentiable=False, flops=lambda c: 3 * c.inputs[0].size,
    title="running average",
    summary="Moves what is remembered a little towards what this step found.",
    source="Ioffe and Szegedy 2015, 3.1",
))  # fmt: skip
