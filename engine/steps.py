"""Parts of sequences, as calls of a graph: what recurrent ops and layers take apart and put together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.graph import Graph, Value


def step_of(g: Graph, x: Value, t: int) -> Value:
    """x (B, T, n) → step t (B, n)."""
    rows, steps, n = x.shape
    return g.slice(g.reshape(x, shape=(rows, steps * n)), start=t * n, stop=(t + 1) * n)


def columns(g: Graph, x: Value, count: int) -> list[Value]:
    """x (B, count·n) → its `count` parts (B, n)."""
    n = x.shape[1] // count
    return [g.slice(x, start=k * n, stop=(k + 1) * n) for k in range(count)]


def halved(g: Graph, x: Value, first: int) -> tuple[Value, Value]:
    """x (B, n) → its first `first` columns, and the rest."""
    return g.slice(x, start=0, stop=first), g.slice(x, start=first, stop=x.shape[1])


def beside(g: Graph, parts: list[Value]) -> Value:
    """(B, n) each → (B, their sum)."""
    while len(parts) > 1:
        pairs = zip(parts[::2], parts[1::2], strict=False)
        parts = [g.concat(x, y) for x, y in pairs] + parts[len(parts) // 2 * 2 :]
    return parts[0]


def stack(g: Graph, parts: list[Value]) -> Value:
    """T parts (B, …) → (B, T, …)."""
    rows, *shape = parts[0].shape
    flat = [g.reshape(part, shape=(rows, part.size // rows)) for part in parts]
    return g.reshape(beside(g, flat), shape=(rows, len(parts), *shape))


def unstack(graph: Graph, x: Value) -> list[Value]:
    """x (B, T, …) → its T steps (B, …), by halves: so the gradient comes together with few additions."""
    rows, steps, *shape = x.shape
    size = x.size // (rows * steps)

    def halves(part: Value, count: int) -> list[Value]:
        if count == 1:
            return [graph.reshape(part, shape=(rows, *shape))]
        half = count // 2
        first = graph.slice(part, start=0, stop=half * size)
        return halves(first, half) + halves(graph.slice(part, start=half * size, stop=count * size), count - half)

    return halves(graph.reshape(x, shape=(rows, steps * size)), steps)


def times(steps: int, reverse: bool) -> range:
    """The steps in the order in which they run."""
    return range(steps - 1, -1, -1) if reverse else range(steps)


def stack_steps(g: Graph, found: Mapping[int, tuple[Value, ...]]) -> tuple[Value, ...]:
    """{step: (value, …)} → one (B, T, n) for each of the values."""
    in_order = [found[t] for t in sorted(found)]
    return tuple(stack(g, list(parts)) for parts in zip(*in_order, strict=True))


def active(g: Graph, mask: Value, t: int) -> Value:
    """(B, 1): 1 where step t runs, 0 where it carries the state on."""
    found: Value = g.step(g.slice(mask, start=t, stop=t + 1))
    return found


def choose(g: Graph, on: Value, x: Value, y: Value) -> Value:
    """x where `on` (B, 1) is 1, y where it is 0."""
    found: Value = g.add(y, g.mul(g.sub(x, y), on))
    return found


def flat(g: Graph, x: Value) -> Value:
    """x (B, T, n) → (B·T, n)."""
    found: Value = g.reshape(x, shape=(x.shape[0] * x.shape[1], x.shape[2]))
    return found
