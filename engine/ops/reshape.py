"""The same numbers in another shape: an alias, no work."""

import math

from engine.errors import ShapeError
from engine.ops.op import Op, register
from engine.ops.samples import normal


def _shapes(x, shape):
    if math.prod(x) != math.prod(shape):
        raise ShapeError(f"{x} cannot become {shape}: {math.prod(x)} against {math.prod(shape)} numbers", "x", shape, x)
    return tuple(shape)


OP = register(Op(
    "reshape", "shape", ("x",), _shapes, None, r"y = \mathrm{reshape}(x)",
    vjp=lambda g, c, dy: (g.reshape(dy, shape=c.inputs[0].shape),),
    reference=lambda x, shape: x.reshape(shape),
    derivative=r"\bar x = \mathrm{reshape}(\bar y)",
    samples=[
        dict(inputs=[normal(6, 4)], attrs=dict(shape=(3, 8))), dict(inputs=[normal(4)], attrs=dict(shape=(4, 1))),
    ],
    flops=lambda c: 0,
    source="ONNX operator Reshape",
))  # fmt: skip
