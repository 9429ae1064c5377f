"""Mirrors of attention, transformers and memory networks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.engine.against_torch.mirror import Attrs, Own, mirror, torch
from tests.engine.against_torch.mirror_basic import activation

functional = torch.nn.functional


def shares(scores: Any, mask: Any = None, causal: bool = False) -> Any:
    """Softmax over the keys that may be seen; zeros where there is none. scores (B, …, T, S), mask (B, S)."""
    seen = torch.ones(scores.shape[-2:], dtype=torch.bool)
    seen = torch.tril(seen) if causal else seen
    if mask is not None:
        seen = seen & (mask > 0).reshape(len(mask), *[1] * (scores.dim() - 2), -1)
    return torch.softmax(scores.masked_fill(~seen, -1e300), -1) * seen


def attend(q: Any, k: Any, v: Any, heads: int, mask: Any = None, causal: bool = False) -> Any:
    """Dot-product attention in `heads` parts of the width."""
    q, k, v = (x.unflatten(2, (heads, -1)).transpose(1, 2) for x in (q, k, v))
    weights = shares(q @ k.transpose(2, 3) / q.shape[-1] ** 0.5, mask, causal)
    return (weights @ v).transpose(1, 2).flatten(2)


def multi_head(own: Own, heads: int, x: Any, context: Any, mask: Any, causal: bool, place: str = "") -> Any:
    """Attention by the layer's tensors with `place` behind their names."""
    q, k, v = (own.affine(y, f"W_{name}{place}", f"b_{name}{place}") for name, y in zip("qkv", (x, context, context),
                                                                                       strict=True))  # fmt: skip
    return own.affine(attend(q, k, v, heads, mask, causal), f"W_o{place}", f"b_o{place}")


@mirror("ScaledDotProductAttention")
def dot_product(own: Own, attrs: Attrs, q: Any, k: Any, v: Any, mask: Any = None) -> Any:
    return attend(q, k, v, attrs["heads"], mask, attrs["causal"])


@mirror("MultiHeadAttention")
def attention(own: Own, attrs: Attrs, x: Any, *rest: Any) -> Any:
    context, *mask = rest if attrs["cross"] else (x, *rest)
    return multi_head(own, attrs["heads"], x, context, mask[0] if mask else None, attrs["causal"])


@mirror("PositionalEncoding")
def positions(own: Own, attrs: Attrs, x: Any) -> Any:
    length, width = x.shape[1:]
    if attrs["encoding"] == "learned":
        return x + own["P"][:length]
    table = torch.zeros(length, width, dtype=x.dtype)
    for t in range(length):
        for i in range(width):
            angle = torch.tensor(t / 10000 ** ((i - i % 2) / width), dtype=x.dtype)
            table[t, i] = torch.cos(angle) if i % 2 else torch.sin(angle)
    return x + table


@mirror("FeedForward")
def feed_forward(own: Own, attrs: Attrs, x: Any, place: str = "") -> Any:
    a = activation(attrs["activation"], own.affine(x, f"W_in{place}", f"b_in{place}"), attrs)
    return own.affine(a, f"W_out{place}", f"b_out{place}")


def _around(own: Own, attrs: Attrs, x: Any, part: Callable[[Any], Any], number: str) -> Any:
    """x + part(x), with a norm before the part or behind the sum."""

    def norm(y: Any) -> Any:
        return functional.layer_norm(y, y.shape[-1:], own[f"gamma_{number}"], own[f"beta_{number}"], attrs["eps"])

    return x + part(norm(x)) if attrs["norm"] == "pre" else norm(x + part(x))


def _places(attrs: Attrs) -> list[str]:
    return ["", *(f"_{block}" for block in range(2, attrs["repeat"] + 1))]


@mirror("EncoderBlock")
def encoder(own: Own, attrs: Attrs, x: Any, mask: Any = None) -> Any:
    for place in _places(attrs):
        x = _around(own, attrs, x, lambda y, place=place: multi_head(own, attrs["heads"], y, y, mask, attrs["causal"],
                                                                     place), f"1{place}")  # fmt: skip
        x = _around(own, attrs, x, lambda y, place=place: feed_forward(own, attrs, y, place), f"2{place}")
    return x


@mirror("DecoderBlock")
def decoder(own: Own, attrs: Attrs, x: Any, memory: Any, mask: Any = None, memory_mask: Any = None) -> Any:
    for place in _places(attrs):
        x = _around(own, attrs, x, lambda y, place=place: multi_head(own, attrs["heads"], y, y, mask, attrs["causal"],
                                                                     place), f"1{place}")  # fmt: skip
        x = _around(own, attrs, x, lambda y, place=place: multi_head(own, attrs["heads"], y, memory, memory_mask,
                                                                     False, f"_cross{place}"), f"2{place}")  # fmt: skip
        x = _around(own, attrs, x, lambda y, place=place: feed_forward(own, attrs, y, place), f"3{place}")
    return x


@mirror("MemoryNetwork")
def memory_network(own: Own, attrs: Attrs, query: Any, facts: Any, mask: Any = None) -> Any:
    u, adjacent = query @ own["W_query"], attrs["sharing"] == "adjacent"
    tables = range(1, attrs["hops"] + 2 if adjacent else 3)
    stored = [facts @ own[f"W_{k}"] + (own[f"T_{k}"] if attrs["order"] else 0) for k in tables]
    for hop in range(attrs["hops"]):
        keys, values = stored[hop : hop + 2] if adjacent else stored
        weights = shares(u[:, None] @ keys.transpose(1, 2), mask)
        u = (u if adjacent else u @ own["W_hop"]) + (weights @ values)[:, 0]
    return u
