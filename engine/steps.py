"""Parts of sequences, as calls of a graph: what recurrent ops and layers take apart and put together."""

from __future__ import annotations

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
