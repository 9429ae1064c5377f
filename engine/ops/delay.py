"""A sequence one step later: y_t = x_{t−1}, and y_0 = s.   x (B, T, n), s (B, n) → y (B, T, n)

`reverse`: one step earlier, y_t = x_{t+1}, with s as the last.
"""

from engine.machine.pointers import at, load
from engine.numerals import operand
from engine.ops.loops import move, rows_of
from engine.ops.op import Op, register, require
from engine.ops.recurrence import states_before
from engine.ops.samples import normal
from engine.steps import step_of


def kernel(arena, ints, args, worker, workers):
    """x, s → y; a row's steps but one are neighbours in x as in y."""
    rows, steps, n, reverse = load(args, 3), load(args, 4), load(args, 5), load(args, 6)
    x, s, y = at(arena, load(args, 0)), at(arena, load(args, 1)), at(arena, load(args, 2))
    first, last = rows_of(rows, worker, workers)
    most = (steps - 1) * n
    for i in range(first, last):
        row = i * steps * n
        move(at(y, row + (1 - reverse) * n), at(x, row + reverse * n), most)
        move(at(y, row + reverse * most), at(s, i * n), n)


def _shapes(x, s, reverse=False):
    require(len(x) == 3 and x[1] > 0, f"delay takes sequences (B, T, n) of at least one step, but x is {x}", "x", 3, x)
    require(s == (x[0], x[2]), f"s must be {(x[0], x[2])}, but is {s}", "s", (x[0], x[2]), s)
    return x


def _vjp(g, c, dy):
    rows, steps, n = dy.shape
    reverse = c.attrs.get("reverse", False)
    ds = step_of(g, dy, steps - 1 if reverse else 0)
    return g.delay(dy, g.zeros(shape=(rows, n)), reverse=not reverse), ds


def _numbers(arrays, place, attrs):
    x, s = arrays[:2]
    i, t, j = place
    before = t + 1 if attrs.get("reverse") else t - 1
    return operand(x[i, before, j]) if 0 <= before < x.shape[1] else operand(s[i, j])


OP = register(Op(
    "delay", "sequence", ("x", "s"), _shapes, kernel, r"y_t = x_{t-1},\quad y_0 = s",
    sizes=lambda c: [*c.inputs[0].shape, int(c.attrs.get("reverse", False))],
    vjp=_vjp,
    reference=lambda x, s, reverse=False: states_before(x, s, reverse),
    derivative=r"\bar x_t = \bar y_{t+1},\quad \bar s = \bar y_0",
    numbers=_numbers,
    samples=[
        dict(inputs=[normal(2, 3, 2), normal(2, 2)]), dict(inputs=[normal(5, 4, 3), normal(5, 3)],
                                                          attrs=dict(reverse=True)),
    ],
    flops=lambda c: 0,
    source="Elman 1990",
))  # fmt: skip
