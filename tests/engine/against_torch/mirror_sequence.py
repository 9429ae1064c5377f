"""Mirrors of recurrent layers and of what takes sequences and tokens apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.engine.against_torch.mirror import MIRRORS, Attrs, Own, mirror, torch

functional = torch.nn.functional
Cell = Callable[..., tuple[Any, ...]]


def recurrent(own: Own, attrs: Attrs, x: Any, mask: Any, cell: Cell, states: int) -> Any:
    """Steps through x (B, T, n) by `cell(own, attrs, suffix, x_t, states)`, which gives the new states, h in front."""
    both = attrs["direction"] == "both"
    found = []
    for suffix, back in (("", attrs["direction"] == "backward"), *((("_back", True),) if both else ())):
        now = (torch.zeros(len(x), attrs["units"], dtype=x.dtype),) * states
        steps, outputs = range(x.shape[1]), {}
        for t in reversed(steps) if back else steps:
            new = cell(own, attrs, suffix, x[:, t], *now)
            if mask is not None:
                new = tuple(torch.where(mask[:, t, None] > 0, a, b) for a, b in zip(new, now, strict=True))
            now = new
            outputs[t] = now[0]
        found.append(now[0] if attrs["returns"] == "last" else torch.stack([outputs[t] for t in steps], 1))
    return torch.cat(found, -1)


def _sums(own: Own, suffix: str, x: Any) -> Any:
    return own.affine(x, f"W_x{suffix}", f"b{suffix}")


def _rnn(own: Own, attrs: Attrs, suffix: str, x: Any, h: Any) -> tuple[Any, ...]:
    z = _sums(own, suffix, x) + h @ own[f"W_h{suffix}"]
    a = torch.tanh(z) if attrs["activation"] == "tanh" else torch.relu(z)
    return ((1 - attrs["leak"]) * h + attrs["leak"] * a,)


def _lstm(own: Own, attrs: Attrs, suffix: str, x: Any, h: Any, c: Any) -> tuple[Any, ...]:
    i, f, o, g = (_sums(own, suffix, x) + h @ own[f"W_h{suffix}"]).chunk(4, 1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


def _gru(own: Own, attrs: Attrs, suffix: str, x: Any, h: Any) -> tuple[Any, ...]:
    (r, z, n), (hr, hz, s) = _sums(own, suffix, x).chunk(3, 1), (h @ own[f"W_h{suffix}"]).chunk(3, 1)
    r, z = torch.sigmoid(r + hr), torch.sigmoid(z + hz)
    if attrs["reset"] == "before":
        new = torch.tanh(n + (r * h) @ own[f"W_h{suffix}"][:, 2 * h.shape[1] :])
        return ((1 - z) * new + z * h,)
    s = s + own[f"b_h{suffix}"] if f"b_h{suffix}" in own else s
    return ((1 - z) * torch.tanh(n + r * s) + z * h,)


for _kind, _cell, _states in (("RNN", _rnn, 1), ("LSTM", _lstm, 2), ("GRU", _gru, 1)):
    MIRRORS[_kind] = lambda own, attrs, x, mask=None, cell=_cell, states=_states: recurrent(own, attrs, x, mask, cell,
                                                                                            states)  # fmt: skip


@mirror("Embedding")
def embedding(own: Own, attrs: Attrs, x: Any) -> Any:
    return own.weights("W", attrs["vocabulary"], attrs["size"])[x]


@mirror("OneHot")
def one_hot(own: Own, attrs: Attrs, x: Any) -> Any:
    return functional.one_hot(x, attrs["vocabulary"]).double()


@mirror("PaddingMask")
def padding_mask(own: Own, attrs: Attrs, x: Any) -> Any:
    return (x != attrs["padding"]).double()


@mirror("Reverse")
def reverse(own: Own, attrs: Attrs, x: Any) -> Any:
    return x.flip(1)


@mirror("LastStep")
def last_step(own: Own, attrs: Attrs, x: Any) -> Any:
    return x[:, -1]


@mirror("SliceSteps")
def slice_steps(own: Own, attrs: Attrs, x: Any) -> Any:
    return x[:, attrs["start"] : attrs["stop"] or None]


@mirror("Shift", "Delay")
def shift(own: Own, attrs: Attrs, x: Any) -> Any:
    first = own["s"] if attrs["start"] == "learned" else torch.zeros(x.shape[2], dtype=x.dtype)
    return torch.cat([first.expand(len(x), 1, x.shape[2]), x[:, :-1]], 1)
