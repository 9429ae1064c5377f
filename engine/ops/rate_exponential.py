"""Exponential decay: y = η·γ^(t/P) with t the steps since `start`."""

import math

from engine.machine.pointers import const, load, store
from engine.numerals import operand
from engine.ops.op import Op, register
from engine.ops.samples import labels, positive
from engine.ops.schedule import rate_shapes, since


def kernel(arena, ints, args, worker, workers):
    """lr, clock → y; γ; P, start."""
    if worker == 0:
        way = float(since(ints, args, 1, load(args, 5))) / float(load(args, 4))
        factor = math.pow(float(load(arena, load(args, 3))), way)
        store(arena, load(args, 2), const(arena, float(load(arena, load(args, 0))) * factor))


def _reference(lr, clock, decay, period, start):
    return lr * decay ** (max(int(clock[0]) - start, 0) / period)


def _numbers(arrays, place, attrs):
    steps = max(int(arrays[1][0]) - attrs["start"], 0)
    return f"{operand(arrays[0][0])} · {operand(attrs['decay'])}^({steps} / {attrs['period']})"


OP = register(Op(
    "rate_exponential", "schedule", ("lr", "clock"), rate_shapes, kernel, r"\eta_t = \eta\, \gamma^{t / P}",
    reference=_reference,
    numbers=_numbers,
    sizes=lambda c: [c.attrs["period"], c.attrs["start"]], scalars=("decay",), integer=frozenset(["clock"]),
    samples=[dict(inputs=[positive(1), labels(1, high=40)], attrs=dict(decay=0.75, period=7, start=5))],
    differentiable=False, flops=lambda c: 2,
    title="exponential decay", summary="The learning rate falls a little with every step.",
    source="Senior et al. 2013",
))  # fmt: skip
