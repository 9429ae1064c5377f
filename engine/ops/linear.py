"""Affine map z = x·W + b of a dense layer.   x (B, n), W (n, m), b (m,) → z (B, m)."""

from engine.ops.op import Op, register, require
from engine.ops.products import kernel, product_flops, product_numbers, product_scratch, product_sizes
from engine.ops.samples import normal


def _shapes(x, W, b):
    require(len(x) == 2, f"linear takes rows of numbers, but x is {x}", "x", None, x)
    require(len(W) == 2 and x[1] == W[0], f"W must have {x[1]} rows to take x {x}, but is {W}", "W", x[1:], W)
    require(b == W[1:], f"b must be {W[1:]}, but is {b}", "b", W[1:], b)
    return x[0], W[1]


def _vjp(g, c, dz):
    x, weights, _ = c.inputs
    return g.matmul(dz, weights, tb=True), g.matmul(x, dz, ta=True), g.sum(dz, start=0, stop=1)


OP = register(Op(
    "linear", "matrix", ("x", "W", "b"), _shapes, kernel, r"z = x\, W + b",
    outputs=("z",), sizes=product_sizes, scratch=product_scratch,
    vjp=_vjp,
    expand=lambda g, x, W, b: g.add(g.matmul(x, W), b),
    reference=lambda x, W, b: x @ W + b,
    derivative=r"\bar W = x^\top \bar z,\quad \bar b = \sum_i \bar z_i,\quad \bar x = \bar z\, W^\top",
    numbers=product_numbers,
    samples=[
        dict(inputs=[normal(7, 3), normal(3, 5), normal(5)]), dict(inputs=[normal(1, 1), normal(1, 1), normal(1)]),
        dict(inputs=[normal(40, 33), normal(33, 70), normal(70)]),
    ],
    flops=product_flops,
    source="Goodfellow et al. 2016, 6.1",
))  # fmt: skip
