"""The rate after k cuts on a plateau: y = max(η·γ^k, min(η_min, η)), with k the first number of the state."""

import math

import numpy as np

from engine.machine.pointers import const, load, store
from engine.numerals import operand
from engine.ops.op import Op, register, require
from engine.ops.samples import positive


def kernel(arena, ints, args, worker, workers):
    """lr, state → y; γ, η_min."""
    if worker == 0:
        rate, cuts = float(load(arena, load(args, 0))), float(load(arena, load(args, 1)))
        low = min(float(load(arena, load(args, 4))), rate)
        fallen = rate * math.pow(float(load(arena, load(args, 3))), cuts)
        store(arena, load(args, 2), const(arena, low if fallen < low else fallen))


def _shapes(lr, state, decay, minimum):
    require(lr == (1,), f"a schedule takes one rate, not {lr}", "lr", (1,), lr)
    return lr


def _numbers(arrays, place, attrs):
    low = min(float(arrays[0][0]), attrs["minimum"])
    return f"max({operand(arrays[0][0])} · {operand(attrs['decay'])}^{arrays[1][0]:g}, {operand(low)})"


OP = register(Op(
    "rate_plateau", "schedule", ("lr", "state"), _shapes, kernel,
    r"\eta_t = \max(\eta\, \gamma^k, \eta_{\min})",
    reference=lambda lr, state, decay, minimum: np.maximum(lr * decay ** state[:1], np.minimum(minimum, lr)),
    numbers=_numbers,
    sizes=lambda c: [], scalars=("decay", "minimum"),
    samples=[
        dict(inputs=[positive(1), positive(1)], attrs=dict(decay=0.5, minimum=0.001)),
        dict(inputs=[positive(1), positive(1)], attrs=dict(decay=0.01, minimum=0.15)),
    ],
    differentiable=False, flops=lambda c: 2,
    title="rate on a plateau", summary="The learning rate is cut whenever the loss has ceased to fall.",
    source="PyTorch, ReduceLROnPlateau",
))  # fmt: skip
