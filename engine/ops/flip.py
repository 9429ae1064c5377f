"""A sequence from its end to its beginning: y_t = x_{T−1−t}.   x (B, T, n)"""

from engine.machine.pointers import at, load
from engine.numerals import operand
from engine.ops.loops import move, rows_of
from engine.ops.op import Op, register, require
from engine.ops.samples import normal


def kernel(arena, ints, args, worker, workers):
    """x → y."""
    rows, steps, n = load(args, 2), load(args, 3), load(args, 4)
    x, y = at(arena, load(args, 0)), at(arena, load(args, 1))
    first, last = rows_of(rows, worker, workers)
    for i in range(first * steps, last * steps):
        mirrored = i // steps * steps + steps - 1 - i % steps
        move(at(y, i * n), at(x, mirrored * n), n)


def _shapes(x):
    require(len(x) == 3, f"flip takes sequences (B, T, n), but x is {x}", "x", 3, x)
    return x


OP = register(Op(
    "flip", "sequence", ("x",), _shapes, kernel, r"y_t = x_{T-1-t}",
    sizes=lambda c: [*c.inputs[0].shape],
    vjp=lambda g, c, dy: (g.flip(dy),),
    reference=lambda x: x[:, ::-1],
    derivative=r"\bar x_t = \bar y_{T-1-t}",
    numbers=lambda arrays, place, attrs: operand(arrays[0][place[0], -1 - place[1], place[2]]),
    samples=[dict(inputs=[normal(2, 3, 2)]), dict(inputs=[normal(5, 4, 3)])],
    flops=lambda c: 0,
    source="NumPy, numpy.flip",
))  # fmt: skip
