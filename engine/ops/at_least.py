"""Cut-off from below: y = max(x, low); derivative 0 where it cuts."""

import numpy as np

from engine.ops.loops import inline, unary_scalar
from engine.ops.op import Op, register, same
from engine.ops.samples import away


@inline
def _scalar(arena, x, low):
    return low if x < low else x


def kernel(arena, ints, args, worker, workers):
    """y = max(x, low)."""
    unary_scalar(_scalar, arena, args, worker, workers)


def _vjp(g, c, dy):
    x = c.inputs[0]
    return (g.mul(dy, g.step(g.sub(x, g.constant(c.attrs["low"])))),)


OP = register(Op(
    "at_least", "elementwise", ("x",), same, kernel, r"y = \max(x, c)",
    scalars=("low",),
    vjp=_vjp,
    reference=lambda x, low: np.maximum(x, low),  # noqa: PLW0108 - `low` comes by name
    derivative=r"\bar x = \bar y \odot [x > c]",
    numbers="max({x}, {low})",
    smooth=False,
    samples=[dict(inputs=[away(7, 3)], attrs=dict(low=0.0)), dict(inputs=[away(1)], attrs=dict(low=0.0))],
    source="ONNX operator Clip with min alone",
))  # fmt: skip
