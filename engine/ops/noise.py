"""Gaussian noise: y = x + σ·n with standard normal n, drawn anew in every step.

x (…), clock (1,) int → y (…). The noise depends on (seed, stream, clock, place) alone, so a repeated step repeats it.
"""

from engine.machine.counter import key_of, random_bits
from engine.machine.pointers import load
from engine.numerals import operand, show_number
from engine.ops.drawing import drawing_shapes, drawing_sizes, normal_of, normals_of
from engine.ops.loops import part, span
from engine.ops.op import Op, register
from engine.ops.samples import labels, normal


def kernel(arena, ints, args, worker, workers):
    """x, clock → y. args: x, clock, y, σ; n, seed, stream."""
    sigma, n = load(arena, load(args, 3)), load(args, 4)
    key = key_of(load(args, 5), load(args, 6), load(ints, load(args, 1)))
    lo, hi = span(n, worker, workers)
    x, y = part(arena, args, 0, lo, hi), part(arena, args, 2, lo, hi)
    for i in range(hi - lo):
        y[i] = x[i] + sigma * normal_of(arena, random_bits(key, lo + i))


def _shapes(x, clock, sigma, seed, stream):
    return drawing_shapes(x, clock)


def _reference(x, clock, sigma, seed, stream):
    return x + sigma * normals_of(x.size, clock, seed, stream).reshape(x.shape)


def _numbers(arrays, place, attrs):
    x, clock = arrays
    drawn = normals_of(x.size, clock, attrs["seed"], attrs["stream"]).reshape(x.shape)[place]
    return f"{show_number(x[place])} + {operand(attrs['sigma'])} · {operand(drawn)}"


OP = register(Op(
    "noise", "random", ("x", "clock"), _shapes, kernel, r"y = x + \sigma\, n,\quad n_i \sim \mathcal{N}(0, 1)",
    scalars=("sigma",), sizes=drawing_sizes, integer=frozenset(["clock"]),
    vjp=lambda g, c, dy: (dy, None),
    reference=_reference,
    derivative=r"\bar x = \bar y",
    numbers=_numbers,
    samples=[
        dict(inputs=[normal(7, 3), labels(1, high=100)], attrs=dict(sigma=0.5, seed=3, stream=5)),
        dict(inputs=[normal(2, 5, 4), labels(1, high=100)], attrs=dict(sigma=2.0, seed=0, stream=2**31)),
    ],
    flops=lambda c: 50 * c.inputs[0].size,
    title="Gaussian noise", source="Goodfellow et al. 2016, 7.5",
    summary="Adds normal random numbers, others in every step.",
))  # fmt: skip
