"""Gradients of attention from its weights w, head by head, with s = 1/√d:

dv = wᵀ·dcontext,  u = w ⊙ (dcontext·vᵀ − Σ_j w_j (dcontext·vᵀ)_j),  dq = s·u·k,  dk = s·uᵀ·q

`causal` says that weights above the diagonal are 0 and need not be looked at, `masked` that others may be. Where a
weight is 0, nothing passes, whatever the numbers there are.
"""

import math

import numpy as np

from engine.machine.gemm import gemm
from engine.machine.pointers import at, const, load, store
from engine.machine.rows import row_dot, row_through_softmax, row_zero
from engine.numerals import show_number
from engine.ops.attention import (
    attention_flops,
    attention_shapes,
    attention_sizes,
    block_end,
    heads_of,
    merge,
    merged,
    products_scratch,
    root,
    split,
)
from engine.ops.loops import inline, rows_of
from engine.ops.masked_softmax import BLOCK
from engine.ops.op import Op, register, require
from engine.ops.samples import normal, unit

ALIGN = 16


@inline
def _rows(arena, args, u, scratch, b, h):
    """u, and dq, row block by row block."""
    heads, rows, keys = load(args, 11), load(args, 12), load(args, 13)
    width, value_width, causal = load(args, 14), load(args, 15), load(args, 16) != 0
    d, e = width // heads, value_width // heads
    scale = const(arena, 1.0 / math.sqrt(float(d)))
    dcontext = at(arena, load(args, 0) + b * rows * value_width + h * e)
    k = at(arena, load(args, 2) + b * keys * width + h * d)
    v = at(arena, load(args, 3) + b * keys * value_width + h * e)
    weights = at(arena, load(args, 4) + (b * heads + h) * rows * keys)
    dq = at(arena, load(args, 5) + b * rows * width + h * d)
    gemm(u, keys, dcontext, value_width, 1, v, 1, value_width, rows, keys, e, u, 0, scratch, 0, 1)
    i = 0
    while i < rows:
        end = block_end(i, rows, causal)
        reach = min(i + BLOCK, keys) if causal else keys
        u_i = at(u, i * keys)
        for t in range(i, end):
            w_t, u_t = at(weights, t * keys), at(u, t * keys)
            row_through_softmax(w_t, u_t, reach, scale, row_dot(w_t, u_t, reach))
        dq_i = at(dq, i * width)
        gemm(dq_i, width, u_i, keys, 1, k, width, 1, end - i, d, reach, dq_i, 0, scratch, 0, 1)
        i = end


@inline
def _keys(arena, args, u, scratch, b, h):
    """dk and dv, key block by key block."""
    heads, rows, keys = load(args, 11), load(args, 12), load(args, 13)
    width, value_width, causal = load(args, 14), load(args, 15), load(args, 16) != 0
    d, e = width // heads, value_width // heads
    dcontext = at(arena, load(args, 0) + b * rows * value_width + h * e)
    q = at(arena, load(args, 1) + b * rows * width + h * d)
    weights = at(arena, load(args, 4) + (b * heads + h) * rows * keys)
    dk = at(arena, load(args, 6) + b * keys * width + h * d)
    dv = at(arena, load(args, 7) + b * keys * value_width + h * e)
    j = 0
    while j < keys:
        end = block_end(j, keys, causal)
        first = min(j, rows) if causal else 0  # rows before see none of these keys
        w_j, u_j = at(weights, first * keys + j), at(u, first * keys + j)
        dv_j, dk_j = at(dv, j * value_width), at(dk, j * width)
        gemm(dv_j, value_width, w_j, 1, keys, at(dcontext, first * value_width), value_width, 1,
             end - j, e, rows - first, dv_j, 0, scratch, 0, 1)  # fmt: skip
        gemm(dk_j, width, u_j, 1, keys, at(q, first * width), width, 1,
             end - j, d, rows - first, dk_j, 0, scratch, 0, 1)  # fmt: skip
        j = end


@inline
def _gathered(arena, out, factors, step, lines, across, count, columns, weights):
    """out = Σ_i factors[i·step] · line i, over those whose weight is not 0."""
    for p in range(columns):
        total = const(arena, 0.0)
        for i in range(count):
            if load(weights, i * step) != 0:
                total += load(factors, i * step) * load(lines, i * across + p)
        store(out, p, total)


@inline
def _by_visible(arena, args, u, b, h):
    """The same by weights that are not 0 alone: in products, a hidden number that is not finite would show."""
    heads, rows, keys = load(args, 11), load(args, 12), load(args, 13)
    width, value_width = load(args, 14), load(args, 15)
    d, e = width // heads, value_width // heads
    scale = const(arena, 1.0 / math.sqrt(float(d)))
    to_q, to_v = b * rows * width + h * d, b * rows * value_width + h * e
    dcontext, q = at(arena, load(args, 0) + to_v), at(arena, load(args, 1) + to_q)
    k = at(arena, load(args, 2) + b * keys * width + h * d)
    v = at(arena, load(args, 3) + b * keys * value_width + h * e)
    weights, dq = at(arena, load(args, 4) + (b * heads + h) * rows * keys), at(arena, load(args, 5) + to_q)
    dk = at(arena, load(args, 6) + b * keys * width + h * d)
    dv = at(arena, load(args, 7) + b * keys * value_width + h * e)
    for t in range(rows):
        w, line = at(weights, t * keys), at(u, t * keys)
        inner = const(arena, 0.0)
        for j in range(keys):
            total = const(arena, 0.0)
            for p in range(e):
                total += load(dcontext, t * value_width + p) * load(v, j * value_width + p)
            store(line, j, total)
            if load(w, j) != 0:
                inner += load(w, j) * total
        row_through_softmax(w, line, keys, scale, inner)
    for t in range(rows):
        _gathered(arena, at(dq, t * width), at(u, t * keys), 1, k, width, keys, d, at(weights, t * keys))
    for j in range(keys):
        w = at(weights, j)
        _gathered(arena, at(dk, j * width), at(u, j), keys, q, width, rows, d, w)
        _gathered(arena, at(dv, j * value_width), w, keys, dcontext, value_width, rows, e, w)


@inline
def _all_finite(arena, args, b):
    """Whether all of row b of the batch of dcontext, q, k and v is."""
    of_q, of_k = load(args, 12) * load(args, 14), load(args, 13) * load(args, 14)
    of_context, of_v = load(args, 12) * load(args, 15), load(args, 13) * load(args, 15)
    seen = row_zero(at(arena, load(args, 0) + b * of_context), of_context)
    seen += row_zero(at(arena, load(args, 1) + b * of_q), of_q)
    seen += row_zero(at(arena, load(args, 2) + b * of_k), of_k)
    return seen + row_zero(at(arena, load(args, 3) + b * of_v), of_v) == 0


def kernel(arena, ints, args, worker, workers):
    """dcontext, q, k, v, weights → dq, dk, dv. Work is shared out by (row of the batch, head)."""
    room, heads, rows, keys = load(args, 9), load(args, 11), load(args, 12), load(args, 13)
    u = at(arena, load(args, 8) + worker * room)
    scratch = at(u, (rows * keys + ALIGN - 1) // ALIGN * ALIGN)
    first, last = rows_of(load(args, 10) * heads, worker, workers)
    hides = load(args, 16) != 0 or load(args, 17) != 0
    finite = True
    for head in range(first, last):
        b = head // heads
        if hides and (head == first or head % heads == 0):
            finite = _all_finite(arena, args, b)
        if finite:
            _rows(arena, args, u, scratch, b, head % heads)
            _keys(arena, args, u, scratch, b, head % heads)
        else:
            _by_visible(arena, args, u, b, head % heads)


def _shapes(dcontext, q, k, v, weights, heads, causal=False, masked=False):
    context, wanted = attention_shapes(q, k, v, heads, causal)
    require(dcontext == context, f"the gradient must be {context}, but is {dcontext}", "dcontext", context, dcontext)
    require(weights == wanted, f"the weights must be {wanted}, but are {weights}", "weights", wanted, weights)
    return [q, k, v]


def _scratch(call, dtype):
    _, _, rows, keys, *_ = attention_sizes(call)
    return -(-rows * keys // ALIGN) * ALIGN + products_scratch(call, dtype)


def _expand(g, dcontext, q, k, v, weights, heads, causal=False, masked=False):
    dcontext, q, k, v = (split(g, x, heads) for x in (dcontext, q, k, v))
    scores = g.softmax_grad(g.batch_matmul(dcontext, v, tb=True), weights)
    scores = g.scale(scores, factor=root(q, 1))
    return (merge(g, g.batch_matmul(scores, k)), merge(g, g.batch_matmul(scores, q, ta=True)),
            merge(g, g.batch_matmul(weights, dcontext, ta=True)))  # fmt: skip


def _reference(dcontext, q, k, v, weights, heads, causal=False, masked=False):
    dcontext, q, k, v = (heads_of(x, heads) for x in (dcontext, q, k, v))
    through = dcontext @ np.swapaxes(v, 2, 3)
    scores = weights * (through - (weights * through).sum(-1, keepdims=True)) / math.sqrt(q.shape[-1])
    back = np.swapaxes(scores, 2, 3)
    return merged(scores @ k), merged(back @ q), merged(np.swapaxes(weights, 2, 3) @ dcontext)


def _numbers(arrays, place, attrs):
    heads, q = attrs["heads"], arrays[1]
    d = q.shape[2] // heads
    return f"the gradients of {arrays[4].shape[3]} scores · their keys · {show_number(1 / math.sqrt(d))}"


OP = register(Op(
    "attention_grad", "gradient", ("dcontext", "q", "k", "v", "weights"), _shapes, kernel,
    r"\bar v = w^\top \bar c,\quad \bar q = \frac{\bar s\, k}{\sqrt{d}},\quad \bar k = \frac{\bar s^\top q}{\sqrt{d}}",
    outputs=("dq", "dk", "dv"), sizes=attention_sizes, scratch=_scratch,
    expand=_expand,
    reference=_reference,
    numbers=_numbers,
    samples=[
        dict(inputs=[normal(2, 2, 4), normal(2, 2, 4), normal(2, 3, 4), normal(2, 3, 4), unit(2, 1, 2, 3)],
             attrs=dict(heads=1)),
        dict(inputs=[normal(2, 5, 6), normal(2, 5, 4), normal(2, 3, 4), normal(2, 3, 6), unit(2, 2, 5, 3)],
             attrs=dict(heads=2)),
        dict(inputs=[normal(2, 5, 6), normal(2, 5, 4), normal(2, 3, 4), normal(2, 3, 6), unit(2, 2, 5, 3)],
             attrs=dict(heads=2, masked=True)),
    ],
    flops=lambda c: 2 * attention_flops(c),
    title="attention, gradient", source="Vaswani et al. 2017, 3.2",
))  # fmt: skip
