"""Dropout: each number becomes 0 with probability `rate`, else it is multiplied by `scale`.

x (…), clock (1,) int → y (…). Who is dropped depends on (seed, stream, clock, place) alone, so the gradient drops the
same ones, and a step that is walked back and repeated drops them again.
"""

import numpy as np

from engine.machine.counter import key_of, random_bits
from engine.machine.pointers import const, load
from engine.numerals import operand, show_number
from engine.ops.drawing import bits_of, drawing_shapes, drawing_sizes
from engine.ops.loops import part, span
from engine.ops.op import Op, register, require
from engine.ops.samples import labels, normal


def kernel(arena, ints, args, worker, workers):
    """x, clock → y. args: x, clock, y, scale; n, seed, stream, threshold: bits below it drop."""
    scale, n = load(arena, load(args, 3)), load(args, 4)
    key = key_of(load(args, 5), load(args, 6), load(ints, load(args, 1)))
    threshold, zero = np.uint32(load(args, 7)), const(arena, 0.0)
    lo, hi = span(n, worker, workers)
    x, y = part(arena, args, 0, lo, hi), part(arena, args, 2, lo, hi)
    for i in range(hi - lo):
        y[i] = x[i] * scale if random_bits(key, lo + i) >= threshold else zero


def _shapes(x, clock, rate, scale, seed, stream):
    require(0 <= rate < 1, f"a share of {rate} cannot be dropped", "x")
    return drawing_shapes(x, clock)


def _threshold(rate):
    return min(round(rate * 2**32), 2**32 - 1)


def _reference(x, clock, rate, scale, seed, stream):
    kept = bits_of(x.size, clock, seed, stream) >= _threshold(rate)
    return np.where(kept.reshape(x.shape), x * scale, 0.0)


def _numbers(arrays, place, attrs):
    x, clock = arrays
    number = int(np.ravel_multi_index(place, x.shape)) if place else 0
    bits = bits_of(x.size, clock, attrs["seed"], attrs["stream"])[number]
    dropped = bits < _threshold(attrs["rate"])
    return "dropped" if dropped else f"{operand(x[place])} · {show_number(attrs['scale'])}, kept"


ATTRS = dict(rate=0.4, scale=1 / 0.6, seed=3, stream=5)
OP = register(Op(
    "dropout", "random", ("x", "clock"), _shapes, kernel, r"y = s\, (r \odot x),\quad r_i \sim \mathrm{Bernoulli}(1-p)",
    scalars=("scale",), sizes=lambda c: [*drawing_sizes(c), _threshold(c.attrs["rate"])],
    integer=frozenset(["clock"]),
    vjp=lambda g, c, dy: (g.dropout(dy, c.inputs[1], **c.attrs), None),
    reference=_reference,
    derivative=r"\bar x = s\, (r \odot \bar y)",
    numbers=_numbers,
    samples=[
        dict(inputs=[normal(7, 3), labels(1, high=100)], attrs=ATTRS),
        dict(inputs=[normal(2, 5, 4), labels(1, high=100)], attrs=dict(rate=0.5, scale=1.0, seed=0, stream=2**31)),
    ],
    flops=lambda c: 16 * c.inputs[0].size,
    source="Srivastava et al. 2014",
    summary="Sets a random share of the numbers to 0, others in every step.",
))  # fmt: skip
