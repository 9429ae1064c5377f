"""Mean of all elements."""

from numba import carray

from engine.machine.pointers import at, load, store
from engine.numerals import operand, total
from engine.ops.op import Op, register, require
from engine.ops.samples import normal
from engine.ops.sum import add_up


def kernel(arena, ints, args, worker, workers):
    """One number: the first worker makes it alone, so that it does not depend on their number."""
    if worker == 0:
        n = load(args, 2)
        x = carray(at(arena, load(args, 0)), (n,))
        store(arena, load(args, 1), add_up(arena, x, n) / n)


def _shapes(x):
    require(0 not in x, f"there is no mean of no numbers: x is {x}", "x", None, x)
    return ()


def _vjp(g, c, dy):
    x = c.inputs[0]
    return (g.repeat(dy, start=0, sizes=x.shape, factor=1.0 / x.size),)


def _numbers(arrays, place, attrs):
    x = arrays[0].ravel()
    return f"({total((operand(term) for term in x), x.size)}) / {x.size}"


OP = register(Op(
    "mean", "reduction", ("x",), _shapes, kernel, r"y = \frac{1}{n} \sum_i x_i",
    sizes=lambda c: [c.inputs[0].size],
    vjp=_vjp,
    expand=lambda g, x: g.scale(g.sum(x), factor=1.0 / x.size),
    reference=lambda x: x.mean(),
    derivative=r"\bar x_i = \frac{\bar y}{n}",
    numbers=_numbers,
    samples=[dict(inputs=[normal(7, 3)]), dict(inputs=[normal(1)]), dict(inputs=[normal(1000)])],
    flops=lambda c: c.inputs[0].size,
    source="ONNX operator ReduceMean",
))  # fmt: skip
