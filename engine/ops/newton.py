"""Newton's step: p ← p − η·s, with s the solution of (H + λI) s = g that conjugate gradients found."""

from engine.ops.op import Op, register
from engine.ops.sgd import kernel
from engine.ops.updates import update_shapes, update_sizes

OP = register(Op(
    "newton", "optimizer", ("p", "s", "lr"), update_shapes, kernel,
    r"\theta \leftarrow \theta - \eta\, s,\quad (H + \lambda I)\, s = g",
    outputs=(), sizes=update_sizes, mutates=("p",),
    differentiable=False, flops=lambda c: 2 * c.inputs[0].size,
    title="Newton's step", source="Martens 2010",
))  # fmt: skip
