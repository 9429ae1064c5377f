"""What a sequence ended with is kept for the next step: state ← h."""

from engine.machine.pointers import load
from engine.ops.loops import part, span
from engine.ops.op import Op, register, require


def kernel(arena, ints, args, worker, workers):
    """state, h; elements: overwrites the state."""
    lo, hi = span(load(args, 2), worker, workers)
    state, h = part(arena, args, 0, lo, hi), part(arena, args, 1, lo, hi)
    for i in range(hi - lo):
        state[i] = h[i]


def _shapes(state, h):
    require(state == h, f"the state of {h} must be as large, but is {state}", "state", h, state)
    return []


OP = register(Op(
    "carry_on", "state", ("state", "h"), _shapes, kernel, r"h^{\text{next}}_0 \leftarrow h_T",
    outputs=(), sizes=lambda c: [c.inputs[0].size], mutates=("state",),
    differentiable=False, flops=lambda c: 0,
    title="carry the state on",
    summary="Keeps the state of the last step, with which the next batch begins.",
    source="Williams and Peng 1990",
))  # fmt: skip
