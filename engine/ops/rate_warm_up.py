"""Linear warm-up: y = η·min(1, (t + 1)/(W + 1)) in step t; the first whole rate comes after W steps."""

from engine.machine.pointers import const, load, store
from engine.numerals import operand
from engine.ops.op import Op, register
from engine.ops.samples import labels, positive
from engine.ops.schedule import rate_shapes, since


def kernel(arena, ints, args, worker, workers):
    """lr, clock → y; W."""
    if worker == 0:
        steps, rate = load(args, 3), float(load(arena, load(args, 0)))
        share = float(min(since(ints, args, 1, 0), steps) + 1) / float(steps + 1)
        store(arena, load(args, 2), const(arena, rate * share))


def _reference(lr, clock, steps):
    return lr * (min(int(clock[0]), steps) + 1) / (steps + 1)


def _numbers(arrays, place, attrs):
    steps = attrs["steps"]
    return f"{operand(arrays[0][0])} · {min(int(arrays[1][0]), steps) + 1} / {steps + 1}"


OP = register(Op(
    "rate_warm_up", "schedule", ("lr", "clock"), rate_shapes, kernel,
    r"\eta'_t = \eta_t\, \min\left(1, \frac{t + 1}{W + 1}\right)",
    reference=_reference,
    numbers=_numbers,
    sizes=lambda c: [c.attrs["steps"]], integer=frozenset(["clock"]),
    samples=[dict(inputs=[positive(1), labels(1, high=40)], attrs=dict(steps=23))],
    differentiable=False, flops=lambda c: 2,
    title="warm-up", summary="The learning rate rises in equal steps before the schedule itself begins.",
    source="Goyal et al. 2017",
))  # fmt: skip
