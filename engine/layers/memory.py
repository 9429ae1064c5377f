"""A memory network: a question looks at stored facts, several times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.attributes import Attribute
from engine.layers.attention import MASKED, require_mask
from engine.layers.basic import affine
from engine.layers.layer import Attrs, Layer, Parameter, Shape, register, require_rank

if TYPE_CHECKING:
    from engine.graph import Value
    from engine.lower import Builder


def _ports(attrs: Attrs) -> tuple[str, ...]:
    return ("query", "facts", "mask") if attrs["masked"] else ("query", "facts")


def _shape(attrs: Attrs, query: Shape, facts: Shape, mask: Shape | None = None) -> Shape:
    require_rank(query, 1, "query", "A memory network's question",
                 "Make it one list of numbers, with Flatten or by summing its words.")  # fmt: skip
    require_rank(facts, 2, "facts", "A memory network's store", "Give it rows of numbers (facts, n).")
    require_mask(mask, facts)
    return (attrs["width"],)


def _tables(attrs: Attrs) -> int:
    """Embeddings of the facts: a new one for every hop and one more, or two that all hops share."""
    return attrs["hops"] + 1 if attrs["sharing"] == "adjacent" else 2


def _parameters(attrs: Attrs, query: Shape, facts: Shape, *rest: Shape) -> tuple[Parameter, ...]:
    width = attrs["width"]

    def weights(name: str, fan_in: int) -> Parameter:
        return Parameter(name, (fan_in, width), "glorot_normal", fan_in, width, regularised=True)

    found = [weights("W_query", query[0])]
    for table in range(1, _tables(attrs) + 1):
        found.append(weights(f"W_{table}", facts[1]))
        if attrs["order"]:
            found.append(Parameter(f"T_{table}", (facts[0], width), "zero"))
    if attrs["sharing"] == "all":
        found.append(weights("W_hop", width))
    return tuple(found)


def _stored(b: Builder, attrs: Attrs, facts: Value, table: int) -> Value:
    """The facts as embedding number `table` shows them: (B, facts, width)."""
    rows = affine(b.graph, facts, b.parameter(f"W_{table}"))
    if attrs["order"]:
        rows = b.graph.add(rows, b.parameter(f"T_{table}"))
    return b.name(rows, f"memory_{table}")


def _hop(b: Builder, u: Value, keys: Value, values: Value, mask: Value | None, number: int) -> Value:
    """What the state u (B, width) reads: the values, weighted by how well their keys fit."""
    batch, width = u.shape
    scores = b.graph.batch_matmul(b.graph.reshape(u, shape=(batch, 1, width)), keys, tb=True)
    weights = b.graph.softmax(scores) if mask is None else b.graph.masked_softmax(scores, mask)
    read = b.graph.batch_matmul(b.name(weights, f"weights_{number}"), values)
    return b.name(b.graph.reshape(read, shape=(batch, width)), f"read_{number}")


def _build(b: Builder, attrs: Attrs, query: Value, facts: Value, mask: Value | None = None) -> Value:
    u = b.name(affine(b.graph, query, b.parameter("W_query")), "u")
    stored = [_stored(b, attrs, facts, table) for table in range(1, _tables(attrs) + 1)]
    for hop in range(attrs["hops"]):
        first = hop if attrs["sharing"] == "adjacent" else 0
        read = _hop(b, u, stored[first], stored[first + 1], mask, hop + 1)
        u = affine(b.graph, u, b.parameter("W_hop")) if attrs["sharing"] == "all" else u
        u = b.name(b.graph.add(u, read), f"u_{hop + 1}")
    return u


register(Layer(
    "MemoryNetwork", "attention", "A question looks for the stored facts that fit it, adds what they hold, and looks "
    "again: several hops, each from what the one before found.",
    shape=_shape, build=_build, inputs=_ports, parameters=_parameters, title="Memory network",
    attributes=(
        Attribute("width", "int", 16, "Numbers by which question and facts are compared.", 1, 2**16),
        Attribute("hops", "int", 3, "How often the facts are looked at.", 1, 64),
        Attribute("sharing", "choice", "adjacent", "The values of one hop are the keys of the next; or all hops share "
                  "both, and a matrix leads from hop to hop.", choices=("adjacent", "all")),
        Attribute("order", "bool", False, "Whether each place in the store has a learned mark, which tells when a fact "
                  "came."),
        MASKED,
    ),
    formula=r"p = \mathrm{softmax}(u\, m^\top),\quad u \leftarrow u + p\, c,\quad m = f A,\ c = f C",
    source="Sukhbaatar et al. 2015",
))  # fmt: skip
