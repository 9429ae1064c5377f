"""Step: 1 where x > 0, else 0. Its gradient is 0 everywhere, and is shown as such."""

from engine.machine.pointers import const
from engine.ops.loops import inline, unary
from engine.ops.op import Op, register, same
from engine.ops.samples import away


@inline
def _scalar(arena, x):
    return const(arena, 1.0) if x > 0 else const(arena, 0.0)


def kernel(arena, ints, args, worker, workers):
    """y = step(x)."""
    unary(_scalar, arena, args, worker, workers)


OP = register(Op(
    "step", "elementwise", ("x",), same, kernel, r"y = [x > 0]",
    vjp=lambda g, c, dy: (g.zeros(shape=dy.shape),),
    reference=lambda x: (x > 0).astype(x.dtype),
    derivative=r"\bar x = 0",
    samples=[dict(inputs=[away(7, 3)]), dict(inputs=[away(1)]), dict(inputs=[away(5, 4, 33)])],
    smooth=False,
    source="McCulloch and Pitts 1943; Rosenblatt 1958",
))  # fmt: skip
