"""Which rows make up the batch of this step where a state is carried on: every place of the batch is a lane that runs
through a stretch of the data, one row after the other."""

from numba import carray

from engine.machine.pointers import at, load
from engine.ops.loops import rows_of
from engine.ops.op import Op, register


def kernel(arena, ints, args, worker, workers):
    """clock → t (B,): row (clock mod L) of each stretch of L rows."""
    count, length = load(args, 2), load(args, 3)
    row = load(ints, load(args, 0)) % length
    t = carray(at(ints, load(args, 1)), (count,))
    first, last = rows_of(count, worker, workers)
    for i in range(first, last):
        t[i] = i * length + row


def _numbers(arrays, place, attrs):
    row = int(arrays[0][0]) % attrs["length"]
    return f"{place[0]} · {attrs['length']} + {row}, the row that follows the one before"


OP = register(Op(
    "lane_indices", "data", ("clock",), lambda clock, count, length: (count,), kernel,
    r"t_i = i\, L + (k \bmod L)",
    outputs=("t",), sizes=lambda c: [c.attrs["count"], c.attrs["length"]],
    integer=frozenset(["clock", "t"]),
    numbers=_numbers,
    differentiable=False, flops=lambda c: 0,
    title="choose the batch",
    summary="Chooses the rows of the batch: each lane goes on where it stopped, so that a carried state fits.",
    source="Zaremba et al. 2014",
))  # fmt: skip
