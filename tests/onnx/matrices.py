"""Matrix products, and the layers made of them."""

from __future__ import annotations

import numpy as np

from engine.graph import Value
from tests.onnx.adapter import Adapter, Node, Unsupported, maps


def product(g: Adapter, x: Value, y: Value) -> Value:
    """x·y as NumPy's matmul: vectors as a row or a column, leading dimensions broadcast."""
    left = (1, *x.shape) if len(x.shape) == 1 else x.shape
    right = (*y.shape, 1) if len(y.shape) == 1 else y.shape
    lead = np.broadcast_shapes(left[:-2], right[:-2])
    a = g.spread(g.reshape(x, shape=left), (*lead, *left[-2:]))
    b = g.spread(g.reshape(y, shape=right), (*lead, *right[-2:]))
    z = g.batch_matmul(a, b)
    rows = () if len(x.shape) == 1 else (left[-2],)
    columns = () if len(y.shape) == 1 else (right[-1],)
    return g.reshape(z, shape=(*lead, *rows, *columns))


@maps("MatMul")
def matmul(g: Adapter, node: Node, x: Value, y: Value) -> Value:
    return product(g, x, y)


@maps("MatMulInteger", gives="int32")
def matmul_integer(g: Adapter, node: Node, x: Value, y: Value, x0: Value | None = None,
                   y0: Value | None = None) -> Value:  # fmt: skip
    if x0 is not None:
        x = g.sub(x, g.reshape(x0, shape=(*x0.shape, 1)) if x0.shape else x0)
    return product(g, x, g.sub(y, y0) if y0 is not None else y)


@maps("Gemm")
def gemm(g: Adapter, node: Node, x: Value, y: Value, bias: Value | None = None) -> Value:
    z = g.matmul(x, y, ta=bool(node.get("transA", 0)), tb=bool(node.get("transB", 0)))
    z = g.scale(z, factor=node.get("alpha", 1.0))
    return z if bias is None else g.add(z, g.scale(bias, factor=node.get("beta", 1.0)))


@maps("Einsum")
def einsum(g: Adapter, node: Node, *values: Value) -> Value:
    """All operands over all letters, multiplied, then summed over the letters that the result does not have."""
    text = node.attrs["equation"].replace(" ", "")
    left, arrow, right = text.partition("->")
    terms = [_letters(term, len(value.shape)) for term, value in zip(left.split(","), values, strict=True)]
    seen = [letter for term in terms for letter in term]
    spots = sorted({letter for letter in seen if letter.isdigit()})
    if arrow:
        result = "".join(spots).join(right.split("...")) if "..." in right else right
    else:
        result = "".join(spots) + "".join(sorted(c for c in set(seen) if seen.count(c) == 1 and not c.isdigit()))
    order = [*result, *sorted(set(seen) - set(result))]
    total: Value | None = None
    for term, value in zip(terms, values, strict=True):
        aligned = _aligned(g, value, term, order)
        total = aligned if total is None else g.pair("mul", total, aligned)
    assert total is not None
    return g.sum(total, start=len(result), stop=len(order)) if len(order) > len(result) else total


def _letters(term: str, rank: int) -> str:
    """The letters of one operand; dimensions behind "..." are counted from the right, as digits."""
    spots = rank - len(term.replace("...", ""))
    return term.replace("...", "".join(str(9 - k) for k in range(spots, 0, -1)))


def _aligned(g: Adapter, x: Value, term: str, order: list[str]) -> Value:
    """`x` with one dimension for each letter of `order`; a letter that stands twice takes the diagonal."""
    while len(set(term)) < len(term):
        first = next(k for k, letter in enumerate(term) if term.count(letter) > 1)
        second = term.index(term[first], first + 1)
        rest = [k for k in range(len(term)) if k not in (first, second)]
        n, moved = x.shape[first], g.moved(x, [first, second, *rest])
        flat = g.reshape(moved, shape=(n * n, *moved.shape[2:]))
        x = g.take(flat, np.arange(n) * (n + 1), 0)
        term = term[first] + "".join(term[k] for k in rest)
    axes = [term.index(letter) for letter in order if letter in term]
    shape = tuple(x.shape[term.index(letter)] if letter in term else 1 for letter in order)
    return g.reshape(g.moved(x, axes), shape=shape)


@maps("LRN")
def local_response(g: Adapter, node: Node, x: Value) -> Value:
    size, channels = node.attrs["size"], x.shape[1]
    squares, before = g.square(x), (size - 1) // 2
    total: Value | None = None
    for shift in range(-before, size - before):
        low, high = max(0, -shift), min(channels, channels - shift)
        if low >= high:
            continue
        part = g.cut(squares, 1, low + shift, high + shift)
        blanks = [g.zeros(shape=(x.shape[0], n, *x.shape[2:])) for n in (low, channels - high)]
        part = g.joined([p for p in (blanks[0], part, blanks[1]) if p.size], 1)
        total = part if total is None else g.add(total, part)
    assert total is not None
    scaled = g.scale(total, factor=node.get("alpha", 1e-4) / size)
    return g.div(x, g.power(g.add(scaled, g.number(node.get("bias", 1.0))), g.number(node.get("beta", 0.75))))


@maps("Dropout")
def dropout(g: Adapter, node: Node, x: Value, ratio: Value | None = None, training: Value | None = None) -> tuple:
    """Only where nothing is dropped: what is dropped depends on the generator of random numbers."""
    drops = training is not None and bool(g.known(training)) and (ratio is None or float(g.known(ratio)) > 0)
    if drops:
        raise Unsupported("attribute", "random numbers of a generator of its own")
    return g.copy(x), g.typed(g.spread(g.number(1), x.shape), bool)
