"""AdamW: first p ← (1 − η·λ)·p, then Adam's step; the decay does not pass through Adam's estimates."""

from engine.machine.pointers import const, load
from engine.ops.adam import adam_step
from engine.ops.op import Op, register
from engine.ops.updates import update_shapes, update_sizes


def kernel(arena, ints, args, worker, workers):
    """p, g, m, v, lr, clock; β₁, β₂, ε, λ: overwrites p, m and v."""
    keep = const(arena, 1.0) - load(arena, load(args, 4)) * load(arena, load(args, 9))
    adam_step(arena, ints, args, worker, workers, 10, keep)


OP = register(Op(
    "adamw", "optimizer", ("p", "g", "m", "v", "lr", "clock"), update_shapes, kernel,
    r"\theta \leftarrow (1 - \eta \lambda)\, \theta - \eta\, \frac{\hat m}{\sqrt{\hat v} + \epsilon}",
    outputs=(), sizes=update_sizes, scalars=("b1", "b2", "eps", "decay"), mutates=("p", "m", "v"),
    integer=frozenset(["clock"]),
    differentiable=False, flops=lambda c: 13 * c.inputs[0].size,
    title="AdamW", source="Loshchilov and Hutter 2019",
))  # fmt: skip
