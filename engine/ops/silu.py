"""Sigmoid linear unit, also called swish: y = x·σ(x)."""

from engine.machine import vmath
from engine.numerals import operand, show_number
from engine.ops.loops import inline, unary
from engine.ops.op import Op, register, same, special
from engine.ops.samples import large, normal


@inline
def _scalar(arena, x):
    return x * vmath.sigmoid(x)


def kernel(arena, ints, args, worker, workers):
    """y = silu(x)."""
    unary(_scalar, arena, args, worker, workers)


def _numbers(arrays, place, attrs):
    x = float(arrays[0][place])
    return f"{operand(x)} · σ({show_number(x)})"


OP = register(Op(
    "silu", "elementwise", ("x",), same, kernel, r"y = x\, \sigma(x)",
    vjp=lambda g, c, dy: (g.silu_grad(dy, c.inputs[0]),),
    expand=lambda g, x: g.mul(x, g.sigmoid(x)),
    reference=lambda x: x * special().expit(x),
    derivative=r"\bar x = \bar y \odot \sigma(x) \odot (1 + x\, (1 - \sigma(x)))",
    numbers=_numbers,
    samples=[
        dict(inputs=[normal(7, 3)]), dict(inputs=[normal(1)]), dict(inputs=[normal(5, 4, 33)]),
        dict(inputs=[large(40)]),
    ],
    flops=lambda c: 4 * c.outputs[0].size,
    title="SiLU", source="Elfwing et al. 2018",
))  # fmt: skip
