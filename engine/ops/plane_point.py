"""A point of a plane of parameters: θ = θ₀ + a·u + b·v, for the place (a, b) that the cell at hand has in a list."""

from engine.machine.pointers import load
from engine.ops.loops import part, span
from engine.ops.op import Op, register


def kernel(arena, ints, args, worker, workers):
    """p, origin, first, second, places, cell; elements: overwrites p."""
    n, cell = load(args, 6), load(ints, load(args, 5))
    a, b = load(arena, load(args, 4) + 2 * cell), load(arena, load(args, 4) + 2 * cell + 1)
    lo, hi = span(n, worker, workers)
    p, origin = part(arena, args, 0, lo, hi), part(arena, args, 1, lo, hi)
    first, second = part(arena, args, 2, lo, hi), part(arena, args, 3, lo, hi)
    for i in range(hi - lo):
        p[i] = origin[i] + a * first[i] + b * second[i]


OP = register(Op(
    "plane_point", "surface", ("p", "origin", "first", "second", "places", "cell"),
    lambda *shapes, **attrs: [], kernel, r"\theta \leftarrow \theta_0 + a\,u + b\,v",
    outputs=(), sizes=lambda call: [call.inputs[0].size], mutates=("p",), integer=frozenset(["cell"]),
    differentiable=False, flops=lambda call: 4 * call.inputs[0].size,
    title="point of the plane",
    summary="Moves all parameters to one point of the plane whose loss is looked at.",
    source="Li et al. 2018",
))  # fmt: skip
