"""Which rows make up the batch of this step: every epoch is a new permutation, computed from (seed, step) alone."""

from numba import carray

from engine.machine.counter import permuted
from engine.machine.pointers import at, load
from engine.ops.loops import rows_of
from engine.ops.op import Op, register


def kernel(arena, ints, args, worker, workers):
    """clock → t (B,): places clock·B … of the endless row of permutations of N rows."""
    count, rows, seed = load(args, 2), load(args, 3), load(args, 4)
    start = load(ints, load(args, 0)) * count
    t = carray(at(ints, load(args, 1)), (count,))
    first, last = rows_of(count, worker, workers)
    for i in range(first, last):
        place = start + i
        t[i] = permuted(place % rows, rows, seed, place // rows)


def _numbers(arrays, place, attrs):
    return f"a row of the data, chosen in step {int(arrays[0][0])}"


OP = register(Op(
    "batch_indices", "data", ("clock",), lambda clock, count, rows, seed: (count,), kernel,
    r"t = \mathrm{permutation}_{\mathrm{epoch}}",
    outputs=("t",), sizes=lambda c: [c.attrs["count"], c.attrs["rows"], c.attrs["seed"]],
    integer=frozenset(["clock", "t"]),
    numbers=_numbers,
    differentiable=False, flops=lambda c: 0,
    title="choose the batch",
    summary="Chooses the rows of the batch; each row comes once in every epoch.",
    source="Bottou 2012",
))  # fmt: skip
