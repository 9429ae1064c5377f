"""Which rows make up the batch of this step under a curriculum: at first the easiest, with every step more of them.

clock (1,), order (N,), the rows from easy to hard → t (B,). Once all rows take part, every epoch is a permutation.
"""

from numba import carray

from engine.machine.counter import below, key_of, permuted
from engine.machine.pointers import at, load
from engine.ops.loops import rows_of
from engine.ops.op import Op, register, require


def kernel(arena, ints, args, worker, workers):
    """clock, order → t. args: clock, order, t; B, N, seed, steps until all take part, rows at the start."""
    count, rows, seed, steps, first_rows = load(args, 3), load(args, 4), load(args, 5), load(args, 6), load(args, 7)
    step = load(ints, load(args, 0))
    order, t = at(ints, load(args, 1)), carray(at(ints, load(args, 2)), (count,))
    shown = first_rows + (rows - first_rows) * step // steps if step < steps else rows
    key = key_of(seed, 0, step)
    first, last = rows_of(count, worker, workers)
    for i in range(first, last):
        place = step * count + i
        if shown < rows:
            t[i] = load(order, below(key, i, shown))
        else:
            t[i] = permuted(place % rows, rows, seed, place // rows)


def shown_at(step, rows, steps, first_rows):
    """How many of the easiest rows take part in a step."""
    return first_rows + (rows - first_rows) * step // steps if step < steps else rows


def _shapes(clock, order, count, seed, steps, first_rows):
    require(len(order) == 1 and order[0] > 0, f"the order is one row of places, not {order}", "order", ("N",), order)
    require(1 <= first_rows <= order[0], f"{first_rows} rows cannot be first of {order[0]}", "order")
    return (count,)


def _numbers(arrays, place, attrs):
    clock, order = arrays
    step, rows = int(clock[0]), len(order)
    shown = shown_at(step, rows, attrs["steps"], attrs["first_rows"])
    which = f"one of the {shown:,} easiest of {rows:,} rows" if shown < rows else "any row of the data"
    return f"{which}, chosen in step {step}"


OP = register(Op(
    "curriculum_indices", "data", ("clock", "order"), _shapes, kernel,
    r"t_i = o_{r},\quad r < m_k = m_0 + \lfloor (N - m_0)\, k / K \rfloor",
    outputs=("t",), integer=frozenset(["clock", "order", "t"]),
    sizes=lambda c: [c.attrs["count"], c.inputs[1].size, c.attrs["seed"], c.attrs["steps"], c.attrs["first_rows"]],
    numbers=_numbers,
    differentiable=False, flops=lambda c: 0,
    title="choose the batch",
    summary="Chooses the rows of the batch: at first among the easiest only, and among all in the end.",
    source="Bengio et al. 2009; Hacohen and Weinshall 2019",
))  # fmt: skip
