"""How far conjugate gradients go along a direction d: α = rᵀr / dᵀAd, with `go` 1 until they have to stop.

They stop where nothing is left (r = 0), or where the curvature dᵀAd is not positive, so that the quadratic model has no
minimum that way; if that is so in the `first` direction, the gradient itself is taken (α = 1).
"""

import numpy as np

from engine.machine.pointers import load, store
from engine.numerals import operand
from engine.ops.op import Op, register, require
from engine.ops.samples import away, positive


def kernel(arena, ints, args, worker, workers):
    """rr, curvature, go → α, go; first."""
    if worker != 0:
        return
    left, curvature, go = load(arena, load(args, 0)), load(arena, load(args, 1)), load(arena, load(args, 2))
    alpha, onward = load(args, 3), load(args, 4)
    if go == 0 or left <= 0:
        store(arena, alpha, 0)
        store(arena, onward, 0)
    elif curvature <= 0:
        store(arena, alpha, load(args, 5))
        store(arena, onward, 0)
    else:
        store(arena, alpha, left / curvature)
        store(arena, onward, go)


def _shapes(rr, curvature, go, first=False):
    require(rr == curvature == go == (1,), "three single numbers are needed", "rr", (1,), rr)
    return [(1,), (1,)]


def _reference(rr, curvature, go, first=False):
    if go[0] == 0 or rr[0] <= 0:
        return np.zeros(1), np.zeros(1)
    return (np.full(1, float(first)), np.zeros(1)) if curvature[0] <= 0 else (rr / curvature, go)


def _numbers(arrays, place, attrs):
    left, curvature, go = (float(array[0]) for array in arrays)
    if go == 0 or left <= 0:
        return "0, as nothing is left to be done"
    if curvature <= 0:
        return f"{int(attrs.get('first', False))}, as the curvature {operand(curvature)} is not positive"
    return f"{operand(left)} / {operand(curvature)}"


OP = register(Op(
    "cg_length", "conjugate gradients", ("rr", "curvature", "go"), _shapes, kernel,
    r"\alpha = \frac{r^\top r}{d^\top A d}",
    outputs=("alpha", "onward"), sizes=lambda c: [int(c.attrs.get("first", False))],
    reference=_reference,
    numbers=_numbers,
    samples=[
        dict(inputs=[positive(1), positive(1), positive(1)]),
        dict(inputs=[positive(1), away(1), positive(1)], attrs=dict(first=True)),
    ],
    differentiable=False, flops=lambda c: 1,
    title="length", source="Hestenes and Stiefel 1952; Steihaug 1983",
))  # fmt: skip
