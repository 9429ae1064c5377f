"""Matrix product z = x·y; `ta` and `tb` transpose the first and the second matrix without a copy."""

from engine.errors import ShapeError
from engine.ops.op import Op, register
from engine.ops.products import kernel, product_flops, product_numbers, product_scratch, product_sizes
from engine.ops.samples import normal


def _shapes(x, y, ta=False, tb=False):
    if len(x) != 2 or len(y) != 2:
        raise ShapeError(f"matmul takes two matrices, but gets {x} and {y}", "x" if len(x) != 2 else "y")
    m, k = x[::-1] if ta else x
    inner, n = y[::-1] if tb else y
    if k != inner:
        raise ShapeError(f"matmul needs equal inner sizes, but gets {k} and {inner}", "y", k, inner)
    return m, n


def _vjp(g, c, dz):
    x, y = c.inputs
    ta, tb = c.attrs.get("ta", False), c.attrs.get("tb", False)
    dx = g.matmul(y, dz, ta=tb, tb=True) if ta else g.matmul(dz, y, tb=not tb)
    dy = g.matmul(dz, x, ta=True, tb=ta) if tb else g.matmul(x, dz, ta=not ta)
    return dx, dy


def _reference(x, y, ta=False, tb=False):
    return (x.T if ta else x) @ (y.T if tb else y)


OP = register(Op(
    "matmul", "matrix", ("x", "y"), _shapes, kernel, r"z = x\, y",
    outputs=("z",), sizes=product_sizes, pad=1, scratch=product_scratch,
    vjp=_vjp,
    reference=_reference,
    derivative=r"\bar x = \bar z\, y^\top,\quad \bar y = x^\top \bar z",
    numbers=product_numbers,
    samples=[
        dict(inputs=[normal(7, 3), normal(3, 5)]), dict(inputs=[normal(3, 7), normal(3, 5)], attrs=dict(ta=True)),
        dict(inputs=[normal(7, 3), normal(5, 3)], attrs=dict(tb=True)),
        dict(inputs=[normal(3, 7), normal(5, 3)], attrs=dict(ta=True, tb=True)),
        dict(inputs=[normal(1, 1), normal(1, 1)]), dict(inputs=[normal(70, 65), normal(65, 40)]),
    ],
    flops=product_flops,
    title="matrix product",
    source="BLAS level 3: gemm (Dongarra et al. 1990)",
))  # fmt: skip
