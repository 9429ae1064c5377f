"""The state that a sequence begins with: what the step before left, and 0 where the data begins anew.

state (B, n), clock → y (B, n)
"""

import numpy as np

from engine.machine.pointers import const, load
from engine.numerals import operand
from engine.ops.loops import part, span
from engine.ops.op import Op, register, require
from engine.ops.samples import labels, normal


def kernel(arena, ints, args, worker, workers):
    """state, clock → y; elements, L: 0 in every L-th step."""
    n, anew = load(args, 3), load(ints, load(args, 1)) % load(args, 4) == 0
    lo, hi = span(n, worker, workers)
    state, y, zero = part(arena, args, 0, lo, hi), part(arena, args, 2, lo, hi), const(arena, 0.0)
    for i in range(hi - lo):
        y[i] = zero if anew else state[i]


def _shapes(state, clock, length):
    require(clock == (1,), f"the clock is one number, not {clock}", "clock", (1,), clock)
    return state


def _numbers(arrays, place, attrs):
    anew = int(arrays[1][0]) % attrs["length"] == 0
    return "0, for the data begins anew" if anew else f"{operand(arrays[0][place])}, of the step before"


OP = register(Op(
    "carried", "sequence", ("state", "clock"), _shapes, kernel, r"h_0 = h_T^{\text{step before}}",
    sizes=lambda c: [c.inputs[0].size, c.attrs["length"]], integer=frozenset(["clock"]),
    reference=lambda state, clock, length: np.zeros_like(state) if clock[0] % length == 0 else state,
    numbers=_numbers,
    samples=[dict(inputs=[normal(5, 3), labels(1, high=40)], attrs=dict(length=97))],
    differentiable=False, flops=lambda c: 0,
    title="carried state",
    summary="The state goes on from batch to batch; no gradient flows back into the batch before.",
    source="Williams and Peng 1990",
))  # fmt: skip
