"""How much of the last direction goes into the next one: β = r'ᵀr' / rᵀr, 0 where nothing was left."""

import numpy as np

from engine.machine.pointers import load, store
from engine.ops.op import Op, register, same
from engine.ops.samples import positive


def kernel(arena, ints, args, worker, workers):
    """new, old → β."""
    if worker == 0:
        new, old = load(arena, load(args, 0)), load(arena, load(args, 1))
        if old == 0:
            store(arena, load(args, 2), 0)
        else:
            store(arena, load(args, 2), new / old)


OP = register(Op(
    "cg_turn", "conjugate gradients", ("new", "old"), same, kernel,
    r"\beta = \frac{r'^\top r'}{r^\top r}",
    sizes=lambda c: [],
    reference=lambda new, old: np.where(old == 0, 0.0, new / np.where(old == 0, 1.0, old)),
    numbers="{new} / {old}",
    samples=[dict(inputs=[positive(1), positive(1)])],
    differentiable=False, flops=lambda c: 1,
    title="turn", source="Fletcher and Reeves 1964",
))  # fmt: skip
