"""Attention in which keys can be hidden: key j of row b is hidden where mask[b, j] ≤ 0.

q (B, T, heads·d), k (B, S, heads·d), v (B, S, heads·e), mask (B, S) → context, weights; a row that may see no key gets
weights and a context of zeros
"""

from engine.ops.attention import (
    attention_flops,
    attention_numbers,
    attention_shapes,
    attention_sizes,
    attention_vjp,
    expand_attention,
    kernel,
    masked_reference,
    products_scratch,
)
from engine.ops.op import Op, register, require
from engine.ops.samples import away, normal


def _shapes(q, k, v, mask, heads, causal=False):
    shapes = attention_shapes(q, k, v, heads, causal)
    require(mask == k[:2], f"there must be a mask for each key: {k[:2]}, not {mask}", "mask", k[:2], mask)
    return shapes


def _expand(g, q, k, v, mask, heads, causal=False):
    return expand_attention(g, q, k, v, mask, heads, causal)


def _reference(q, k, v, mask, heads, causal=False):
    return masked_reference(q, k, v, mask, heads, causal)


def _numbers(arrays, place, attrs):
    return attention_numbers(_reference(*arrays, **attrs)[1], arrays[2], place, attrs["heads"])


OP = register(Op(
    "masked_attention", "attention", ("q", "k", "v", "mask"), _shapes, kernel,
    r"c = \mathrm{softmax}_V\left(\frac{q\, k^\top}{\sqrt{d}}\right) v",
    outputs=("context", "weights"), sizes=attention_sizes, scratch=products_scratch,
    vjp=attention_vjp,
    expand=_expand,
    reference=_reference,
    derivative=r"\bar v = w^\top \bar c,\quad \bar s = w \odot (\bar c\, v^\top - \textstyle\sum_j \ldots),\quad "
    r"\bar q = \frac{\bar s\, k}{\sqrt{d}},\quad \bar k = \frac{\bar s^\top q}{\sqrt{d}}",
    numbers=_numbers,
    samples=[
        dict(inputs=[normal(2, 2, 4), normal(2, 3, 4), normal(2, 3, 4), away(2, 3)], attrs=dict(heads=2)),
        dict(inputs=[normal(3, 5, 4), normal(3, 5, 4), normal(3, 5, 6), away(3, 5)],
             attrs=dict(heads=2, causal=True)),
        dict(inputs=[normal(4, 3, 3), normal(4, 2, 3), normal(4, 2, 2), away(4, 2)], attrs=dict(heads=1)),
    ],
    flops=attention_flops,
    title="masked attention", source="Vaswani et al. 2017, 3.2",
    summary="Attention that passes hidden keys by.",
))  # fmt: skip
