"""Half a cosine from the rate down to a minimum: y = η_min + (η − η_min)·(1 + cos(π·min(t, P)/P))/2."""

import math

import numpy as np

from engine.machine.pointers import const, load, store
from engine.numerals import operand
from engine.ops.op import Op, register
from engine.ops.samples import labels, positive
from engine.ops.schedule import rate_shapes, since


def kernel(arena, ints, args, worker, workers):
    """lr, clock → y; η_min; P, start."""
    if worker == 0:
        period = load(args, 4)
        way = float(min(since(ints, args, 1, load(args, 5)), period)) / float(period)
        rate, low = float(load(arena, load(args, 0))), float(load(arena, load(args, 3)))
        share = 0.5 * (1.0 + math.cos(math.pi * way))
        store(arena, load(args, 2), const(arena, low + (rate - low) * share))


def _way(clock, period, start):
    return min(max(int(clock[0]) - start, 0), period) / period


def _reference(lr, clock, minimum, period, start):
    return minimum + (lr - minimum) * 0.5 * (1 + np.cos(np.pi * _way(clock, period, start)))


def _numbers(arrays, place, attrs):
    low, way = operand(attrs["minimum"]), _way(arrays[1], attrs["period"], attrs["start"])
    return f"{low} + ({operand(arrays[0][0])} − {low}) · (1 + cos(π · {operand(way)})) / 2"


OP = register(Op(
    "rate_cosine", "schedule", ("lr", "clock"), rate_shapes, kernel,
    r"\eta_t = \eta_{\min} + \frac{\eta - \eta_{\min}}{2}\left(1 + \cos\frac{\pi\, t}{P}\right)",
    reference=_reference,
    numbers=_numbers,
    sizes=lambda c: [c.attrs["period"], c.attrs["start"]], scalars=("minimum",), integer=frozenset(["clock"]),
    samples=[
        dict(inputs=[positive(1), labels(1, high=30)], attrs=dict(minimum=0.03, period=29, start=2)),
        dict(inputs=[positive(1), labels(1, high=99, low=40)], attrs=dict(minimum=0.03, period=29, start=2)),
    ],
    differentiable=False, flops=lambda c: 6,
    title="cosine decay", summary="The learning rate falls along half a cosine and stays at the minimum.",
    source="Loshchilov and Hutter 2017, without restarts",
))  # fmt: skip
