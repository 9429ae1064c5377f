"""Keeps count of steps without progress, for the rate on a plateau; as ReduceLROnPlateau of PyTorch does.

The state is (cuts, best, bad, mean, seen), all 0 at the start: the running mean m ← s·m + (1 − s)·loss has to fall
below (1 − 10⁻⁴) of its best; after more than `patience` steps without that comes a cut, and the count begins anew.
"""

from numba import carray

from engine.machine.pointers import at, const, load
from engine.ops.op import Op, register
from engine.ops.updates import update_shapes

CUTS, BEST, BAD, MEAN, SEEN, SIZE = 0, 1, 2, 3, 4, 5
THRESHOLD = 1e-4
WORDS = (
    "how often the rate was cut", "the least mean loss so far", "steps since then", "running mean of the loss",
    "steps seen",
)  # fmt: skip


def kernel(arena, ints, args, worker, workers):
    """state, loss, clock; s; patience, start: overwrites the state from step `start` on."""
    if worker != 0 or load(ints, load(args, 2)) < load(args, 5):
        return
    state, loss = carray(at(arena, load(args, 0)), (SIZE,)), load(arena, load(args, 1))
    share, one = load(arena, load(args, 3)), const(arena, 1.0)
    first = state[SEEN] == 0
    state[MEAN] = loss if first else share * state[MEAN] + (one - share) * loss
    state[SEEN] += one
    if first or state[MEAN] < state[BEST] - const(arena, THRESHOLD) * abs(state[BEST]):
        state[BEST] = state[MEAN]
        state[BAD] = 0
    else:
        state[BAD] += one
    if state[BAD] > load(args, 4):
        state[CUTS] += one
        state[BAD] = 0


OP = register(Op(
    "watch_plateau", "schedule", ("state", "loss", "clock"), update_shapes, kernel,
    r"m \leftarrow s\, m + (1 - s)\, L",
    outputs=(), sizes=lambda c: [c.attrs["patience"], c.attrs["start"]], scalars=("smoothing",), mutates=("state",),
    integer=frozenset(["clock"]),
    numbers=lambda arrays, place, attrs: WORDS[place[0]],
    differentiable=False, flops=lambda c: 5,
    title="watch for a plateau", summary="Counts the steps in which the loss did not fall to a new low.",
    source="PyTorch, ReduceLROnPlateau",
))  # fmt: skip
