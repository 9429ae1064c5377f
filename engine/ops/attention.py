"""Scaled dot-product attention in several heads: weights = softmax(q kᵀ / √d), context = weights · v, head by head.

q (B, T, heads·d), k (B, S, heads·d), v (B, S, heads·e) → context (B, T, heads·e), weights (B, heads, T, S);
if `causal`, row i sees keys 0 … i only
"""

import math

import numpy as np

from engine.machine.gemm import gemm, prepare, scratch_size
from engine.machine.pointers import at, const, load, store
from engine.machine.rows import row_zero
from engine.numerals import operand, total
from engine.ops.loops import inline, row, rows_of
from engine.ops.masked_softmax import BLOCK, softmax_of_chosen, softmax_of_visible, visible
from engine.ops.masked_softmax import reference as masked_softmax
from engine.ops.norms import sum_of
from engine.ops.op import Op, register, require
from engine.ops.samples import normal


@inline
def block_end(i, rows, causal):
    """Where the block of rows that begins at `i` ends."""
    return min(i + BLOCK, rows) if causal else rows


@inline
def is_visible(mask, j, masked):
    """Whether the mask, if there is one, lets key j be seen."""
    return not masked or load(mask, j) > 0


@inline
def _context_of_visible(arena, args, weights, v, context, mask):
    """The context by seen keys alone: in products, a hidden value that is not finite would show, since 0·∞ is NaN."""
    heads, rows, keys, _, value_width, causal, masked = _shape(args)
    for t in range(rows):
        for p in range(value_width // heads):
            total = const(arena, 0.0)
            for j in range(min(t + 1, keys) if causal else keys):
                if is_visible(mask, j, masked):
                    total += load(weights, t * keys + j) * load(v, j * value_width + p)
            store(context, t * value_width + p, total)


@inline
def _head(arena, args, b, h, scratch, finite):
    """Weights and context of one head of one row of the batch, whose values are `finite` or not."""
    heads, rows, keys, width, value_width, causal, masked = _shape(args)
    d, e = width // heads, value_width // heads
    scale = const(arena, 1.0 / math.sqrt(float(d)))
    q, k = at(arena, load(args, 0) + b * rows * width + h * d), at(arena, load(args, 1) + b * keys * width + h * d)
    v = at(arena, load(args, 2) + b * keys * value_width + h * e)
    mask = at(arena, load(args, 3) + b * keys)
    context = at(arena, load(args, 4) + b * rows * value_width + h * e)
    weights = at(arena, load(args, 5) + (b * heads + h) * rows * keys)
    gemm(weights, keys, q, width, 1, k, 1, width, rows, keys, d, weights, 0, scratch, 0, 1)
    i = 0
    while i < rows:
        end = min(i + BLOCK, rows)
        reach = min(i + BLOCK, keys) if causal else keys
        w = at(weights, i * keys)
        if masked:
            for t in range(i, end):
                seen = min(t + 1, keys) if causal else keys
                softmax_of_chosen(arena, at(weights, t * keys), row(mask, keys), keys, seen, scale)
        else:
            softmax_of_visible(arena, w, keys, end - i, reach, i + 1 if causal else keys, scale, scratch)
        if finite:
            c = at(context, i * value_width)
            gemm(c, value_width, w, keys, 1, v, value_width, 1, end - i, e, reach, c, 0, scratch, 0, 1)
        i = end
    if not finite:
        _context_of_visible(arena, args, weights, v, context, mask)


@inline
def _shape(args):
    return (load(args, 9), load(args, 10), load(args, 11), load(args, 12), load(args, 13), load(args, 14) != 0,
            load(args, 15) != 0)  # fmt: skip


def kernel(arena, ints, args, worker, workers):
    """q, k, v, mask → context, weights. Work is shared out by (row of the batch, head)."""
    scratch, heads = at(arena, load(args, 6) + worker * load(args, 7)), load(args, 9)
    size = load(args, 11) * load(args, 13)
    hides = load(args, 14) != 0 or load(args, 15) != 0
    first, last = rows_of(load(args, 8) * heads, worker, workers)
    finite = True
    for unit in range(first, last):
        b = unit // heads
        if hides and (unit == first or unit % heads == 0):
            finite = row_zero(at(arena, load(args, 2) + b * size), size) == 0
        _head(arena, args, b, unit % heads, scratch, finite)


def attention_shapes(q, k, v, heads, causal=False):
    """Shapes of context and weights. Raises ShapeError."""
    for port, shape in (("q", q), ("k", k), ("v", v)):
        require(len(shape) == 3 and 0 not in shape, f"attention takes sequences, but {port} is {shape}", port, 3, shape)
    require(k == (q[0], k[1], q[2]), f"q {q} and k {k} must agree in all but their length", "k", q, k)
    require(v[:2] == k[:2], f"there must be a value for each key: {k[:2]}, not {v[:2]}", "v", k[:2], v[:2])
    for port, shape in (("q", q), ("v", v)):
        fits = heads > 0 and shape[2] % heads == 0
        require(fits, f"{shape[2]} numbers do not fall into {heads} equal heads", port, heads, shape)
    return [(*q[:2], v[2]), (q[0], heads, q[1], k[1])]


def attention_sizes(call):
    """Batch, heads, rows, keys, widths of keys and of values, causal, masked."""
    q, k, v = (call.inputs[call.op.inputs.index(port)].shape for port in "qkv")
    causal, masked = call.attrs.get("causal", False), call.attrs.get("masked", "mask" in call.op.inputs)
    return [q[0], call.attrs["heads"], q[1], k[1], q[2], v[2], int(causal), int(masked)]


def products_scratch(call, dtype):
    """Room that the largest of the products within a head needs."""
    prepare(dtype)
    _, heads, rows, keys, width, value_width, *_ = attention_sizes(call)
    size = 4 if dtype == "float32" else 8
    products = [
        (rows, keys, width // heads),
        (rows, value_width // heads, keys),
        (keys, width // heads, rows),
        (keys, value_width // heads, rows),
        (rows, width // heads, keys),
        (rows, keys, value_width // heads),
    ]
    return max(scratch_size(m, n, k, size) for m, n, k in products)


def split(g, x, heads):
    """(B, T, heads·d) → (B, heads, T, d)."""
    batch, length, width = x.shape
    return g.transpose(g.reshape(x, shape=(batch, length, heads, width // heads)), axes=(0, 2, 1, 3))


def merge(g, x):
    """(B, heads, T, d) → (B, T, heads·d)."""
    batch, heads, length, width = x.shape
    return g.reshape(g.transpose(x, axes=(0, 2, 1, 3)), shape=(batch, length, heads * width))


def root(q, heads):
    """The factor 1/√d."""
    return 1.0 / math.sqrt(q.shape[-1] // heads)


def attention_vjp(g, c, dcontext, dweights):
    """Gradients of q, k and v; a gradient of the weights themselves goes through the softmax by finer ops."""
    q, k, v = c.inputs[:3]
    weights, heads, causal = c.outputs[1], c.attrs["heads"], c.attrs.get("causal", False)
    dq = dk = dv = None
    if dcontext is not None:
        masked = len(c.inputs) > 3
        dq, dk, dv = g.attention_grad(dcontext, q, k, v, weights, heads=heads, causal=causal, masked=masked)
    if dweights is not None:
        scores = g.scale(g.softmax_grad(dweights, weights), factor=root(q, heads))
        dq = sum_of(g, [dq, merge(g, g.batch_matmul(scores, split(g, k, heads)))])
        dk = sum_of(g, [dk, merge(g, g.batch_matmul(scores, split(g, q, heads), ta=True))])
    return (dq, dk, dv, None)[: len(c.inputs)]


def attention_weights(g, q, k, mask, heads, causal):
    """The weights out of a matrix product, a scaling and a softmax; `mask` may be None."""
    products = g.batch_matmul(split(g, q, heads), split(g, k, heads), tb=True)
    scores = g.scale(products, factor=root(q, heads))
    if mask is None and causal:
        mask = g.constant(1.0, k.shape[:2])
    return g.softmax(scores) if mask is None else g.masked_softmax(scores, mask, causal=causal)


def weighted_values(g, weights, v):
    """The context: in every head, the sum of the values by their weights."""
    return merge(g, g.batch_matmul(weights, split(g, v, weights.shape[1])))


def expand_attention(g, q, k, v, mask, heads, causal):
    """Attention out of finer ops; `mask` may be None."""
    weights = attention_weights(g, q, k, mask, heads, causal)
    return weighted_values(g, weights, v), weights


def reference_scores(q, k, heads):
    """q kᵀ / √d of every head (B, heads, T, S)."""
    q, k = heads_of(q, heads), heads_of(k, heads)
    return q @ np.swapaxes(k, 2, 3) / math.sqrt(q.shape[-1])


def heads_of(x, heads):
    """(B, T, heads·d) → (B, heads, T, d), a view."""
    return np.swapaxes(x.reshape(*x.shape[:2], heads, -1), 1, 2)


def merged(x):
    """(B, heads, T, d) → (B, T, heads·d)."""
    return np.swapaxes(x, 1, 2).reshape(len(x), x.shape[2], -1)


def masked_reference(q, k, v, mask, heads, causal):
    """Context and weights in NumPy; what a hidden value holds does not matter."""
    scores, v = reference_scores(q, k, heads), heads_of(v, heads)
    weights = masked_softmax(scores, mask, causal)
    if np.isfinite(v).all():
        return merged(weights @ v), weights
    seen = visible(scores, mask, causal)[..., None]
    return merged(np.where(seen, weights[..., None] * v[:, :, None], 0).sum(-2)), weights


def _reference(q, k, v, heads, causal=False):
    return masked_reference(q, k, v, np.ones(k.shape[:2]), heads, causal)


def attention_numbers(weights, v, place, heads):
    """The weighted sum behind one number of the context."""
    head = place[2] // (v.shape[2] // heads)
    row, values = weights[place[0], head, place[1]], v[place[0], :, place[2]]
    products = (f"{operand(w)} · {operand(x)}" for w, x in zip(row, values, strict=True))
    return total(products, len(row), "products")


def _numbers(arrays, place, attrs):
    return attention_numbers(_reference(*arrays, **attrs)[1], arrays[2], place, attrs["heads"])


def attention_flops(call):
    """Both products and the softmax."""
    batch, heads, rows, keys, width, value_width, *_ = attention_sizes(call)
    return batch * rows * keys * (2 * width + 2 * value_width + 5 * heads)


OP = register(Op(
    "attention", "attention", ("q", "k", "v"), attention_shapes, kernel,
    r"c = \mathrm{softmax}\left(\frac{q\, k^\top}{\sqrt{d}}\right) v",
    outputs=("context", "weights"), pad=1, sizes=attention_sizes, scratch=products_scratch,
    vjp=attention_vjp,
    expand=lambda g, q, k, v, heads, causal=False: expand_attention(g, q, k, v, None, heads, causal),
    reference=_reference,
    derivative=r"\bar v = w^\top \bar c,\quad \bar s = w \odot (\bar c\, v^\top - \textstyle\sum_j \ldots),\quad "
    r"\bar q = \frac{\bar s\, k}{\sqrt{d}},\quad \bar k = \frac{\bar s^\top q}{\sqrt{d}}",
    numbers=_numbers,
    samples=[
        dict(inputs=[normal(2, 2, 4), normal(2, 3, 4), normal(2, 3, 4)], attrs=dict(heads=2)),
        dict(inputs=[normal(2, 5, 4), normal(2, 5, 4), normal(2, 5, 6)], attrs=dict(heads=2, causal=True)),
        dict(inputs=[normal(1, 4, 3), normal(1, 3, 3), normal(1, 3, 2)], attrs=dict(heads=1)),
    ],
    flops=attention_flops,
    source="Vaswani et al. 2017, 3.2",
    summary="Every row of q looks at all keys, and sums the values, weighted by how well its key fits.",
))  # fmt: skip
