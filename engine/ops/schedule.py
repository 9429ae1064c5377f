"""What the schedules of the learning rate share: y (1,) out of the rate (1,) and the number of the step."""

from engine.machine.pointers import load
from engine.ops.loops import inline
from engine.ops.op import require


@inline
def since(ints, args, clock, start):
    """Steps done since step `start`, 0 before it; the clock is operand `clock`."""
    return max(load(ints, load(args, clock)) - start, 0)


def rate_shapes(lr, clock, **attrs):
    """One rate in, one rate out."""
    require(lr == (1,) and clock == (1,), f"a schedule takes one rate and the clock, not {lr} and {clock}", "lr")
    return lr
