"""The same numbers, but no gradient flows back through them: an alias, no work."""

from engine.ops.op import Op, register, same
from engine.ops.samples import normal

OP = register(Op(
    "stop_gradient", "shape", ("x",), same, None, r"y = x",
    reference=lambda x: x,
    derivative=r"\bar x = 0",
    samples=[dict(inputs=[normal(7, 3)])],
    differentiable=False, flops=lambda c: 0,
    source="Abadi et al. 2016: tf.stop_gradient",
))  # fmt: skip
