"""Attention, and what tells it where in a sequence it is and what to pass by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.attributes import Attribute
from engine.errors import ShapeError
from engine.layers.basic import affine
from engine.layers.layer import Attrs, Layer, Parameter, Shape, divisors, register, require_rank, show
from engine.layers.regularisation import dropped

if TYPE_CHECKING:
    import numpy as np

    from engine.graph import Value
    from engine.lower import Builder

HEADS = Attribute("heads", "int", 4, "Into so many heads the width is divided; each has weights of its own.", 1, 2**16)
CAUSAL = Attribute("causal", "bool", False, "Whether each place sees only itself and the places before it.")
MASKED = Attribute("masked", "bool", False, "Whether a mask comes in: a number for each key; 0 hides it.")
BIAS = Attribute("bias", "bool", True, "Whether queries, keys, values and results get a learned shift.")
ATTENTION_DROP = Attribute("attention_dropout", "float", 0.0, "Share of the attention weights that become 0 in each "
                           "training step; the others grow to make up for it.", 0.0, 0.999)  # fmt: skip
SEQUENCE = "Give it a sequence (T, n): behind an Embedding layer, or an Input of two dimensions."
VASWANI = "Vaswani et al. 2017"
MOST_WAVES = 2**23  # numbers in a table of positions: it is made whole before anything runs


def require_sequences(what: str, **shapes: Shape) -> None:
    """Raises ShapeError unless each of `shapes`, by port, is (T, n)."""
    for port, shape in shapes.items():
        require_rank(shape, 2, port, what, SEQUENCE)


def require_heads(width: int, heads: int, port: str) -> None:
    """Raises ShapeError unless `width` falls into equal heads."""
    if width % heads:
        raise ShapeError(f"A width of {width} does not fall into {heads} equal heads.", port, heads, (width,),
                         f"Set heads to one of {divisors(width, 10)}, or change the width.")  # fmt: skip


def require_mask(mask: Shape | None, keys: Shape, port: str = "mask") -> None:
    """Raises ShapeError unless there is a number for each key."""
    if mask is not None and mask != keys[:1]:
        raise ShapeError(f"The mask is {show(mask)}, but there are {keys[0]} keys.", port, keys[:1], mask,
                         "Give it one number a key, such as a PaddingMask layer makes.")  # fmt: skip


def attend(b: Builder, attrs: Attrs, q: Value, k: Value, v: Value, mask: Value | None, causal: bool,
           place: str = "", stream: int = 0) -> Value:  # fmt: skip
    """The attention op, or finer ones where weights are dropped; its weights are shown as "weights".

    `stream` tells the uses within one layer apart.
    """
    how = {"heads": attrs["heads"], "causal": causal}
    if b.training and attrs["attention_dropout"]:
        return _attend_to_some(b, attrs["attention_dropout"], q, k, v, mask, how, place, stream)
    if mask is None:
        context, weights = b.graph.attention(q, k, v, **how)
    else:
        context, weights = b.graph.masked_attention(q, k, v, mask, **how)
    b.name(weights, f"weights{place}")
    return b.name(context, f"context{place}")


def _attend_to_some(b: Builder, rate: float, q: Value, k: Value, v: Value, mask: Value | None, how: dict, place: str,
                    stream: int) -> Value:  # fmt: skip
    from engine.ops.attention import attention_weights, weighted_values

    weights = b.name(attention_weights(b.graph, q, k, mask, **how), f"weights{place}")
    kept = b.name(dropped(b, weights, rate, stream), f"kept_weights{place}")
    return b.name(weighted_values(b.graph, kept, v), f"context{place}")


def _scaled_ports(attrs: Attrs) -> tuple[str, ...]:
    return ("q", "k", "v", "mask") if attrs["masked"] else ("q", "k", "v")


def _scaled_shape(attrs: Attrs, q: Shape, k: Shape, v: Shape, mask: Shape | None = None) -> Shape:
    require_sequences("Attention", q=q, k=k, v=v)
    if k[1] != q[1]:
        raise ShapeError(f"Queries are {q[1]} wide, but keys {k[1]}; both must be equal.", "k", (k[0], q[1]), k,
                         "Give both the same number of units.")  # fmt: skip
    if v[0] != k[0]:
        raise ShapeError(f"There are {k[0]} keys, but {v[0]} values.", "v", (k[0], v[1]), v,
                         "Keys and values must come from the same sequence.")  # fmt: skip
    require_heads(q[1], attrs["heads"], "q")
    require_heads(v[1], attrs["heads"], "v")
    require_mask(mask, k)
    return q[0], v[1]


def _build_scaled(b: Builder, attrs: Attrs, q: Value, k: Value, v: Value, mask: Value | None = None) -> Value:
    return attend(b, attrs, q, k, v, mask, attrs["causal"])


register(Layer(
    "ScaledDotProductAttention", "attention", "Every place of q looks at all keys k and sums the values v, weighted by "
    "how well its query fits their keys. Nothing is learned here.",
    shape=_scaled_shape, build=_build_scaled, inputs=_scaled_ports, title="Dot-product attention", stem="dot_attention",
    attributes=(
        Attribute("heads", "int", 1, "Into so many heads the widths are divided.", 1, 2**16), CAUSAL, MASKED,
        ATTENTION_DROP,
    ),
    formula=r"y = \mathrm{softmax}\left(\frac{q\, k^\top}{\sqrt{d}}\right) v", source=f"{VASWANI}, 3.2.1",
))  # fmt: skip


def attention_parameters(width: int, context: int, bias: bool, place: str = "") -> tuple[Parameter, ...]:
    """Weights (and shifts) that make queries from x, keys and values from the context, and the result."""
    found = []
    for name, fan_in in (("q", width), ("k", context), ("v", context), ("o", width)):
        found.append(Parameter(f"W_{name}{place}", (fan_in, width), "glorot_uniform", fan_in, width, regularised=True))
        if bias:
            found.append(Parameter(f"b_{name}{place}", (width,), "zero"))
    return tuple(found)


def learned_attention(b: Builder, attrs: Attrs, x: Value, context: Value, mask: Value | None, causal: bool,
                      place: str = "", stream: int = 0) -> Value:  # fmt: skip
    """Multi-head attention from x to the context, by the layer's parameters with `place` behind their names."""

    def through(name: str, value: Value) -> Value:
        bias = b.parameter(f"b_{name}{place}") if f"b_{name}{place}" in b.parameters else None
        return affine(b.graph, value, b.parameter(f"W_{name}{place}"), bias)

    q, k, v = (b.name(through(name, value), f"{name}{place}") for name, value in zip("qkv", (x, context, context),
                                                                                   strict=True))  # fmt: skip
    return through("o", attend(b, attrs, q, k, v, mask, causal, place, stream))


def _multi_ports(attrs: Attrs) -> tuple[str, ...]:
    return "x", *(("context",) if attrs["cross"] else ()), *(("mask",) if attrs["masked"] else ())


def _sources(attrs: Attrs, rest: tuple) -> tuple:
    """(context or None, mask or None) out of what comes in behind x."""
    found = list(rest)
    context = found.pop(0) if attrs["cross"] else None
    return context, found.pop(0) if found else None


def _multi_shape(attrs: Attrs, x: Shape, *rest: Shape) -> Shape:
    context, mask = _sources(attrs, rest)
    require_sequences("Attention", x=x, **({"context": context} if context is not None else {}))
    require_heads(x[1], attrs["heads"], "x")
    require_mask(mask, x if context is None else context)
    return x


def _multi_parameters(attrs: Attrs, x: Shape, *rest: Shape) -> tuple[Parameter, ...]:
    context, _ = _sources(attrs, rest)
    return attention_parameters(x[-1], (x if context is None else context)[-1], attrs["bias"])


def _build_multi(b: Builder, attrs: Attrs, x: Value, *rest: Value) -> Value:
    context, mask = _sources(attrs, rest)
    return b.name(learned_attention(b, attrs, x, x if context is None else context, mask, attrs["causal"]), "y")


register(Layer(
    "MultiHeadAttention", "attention", "Every place of a sequence asks, in several heads at once, which places matter "
    "to it, and takes in what they hold. With cross it asks about another sequence.",
    shape=_multi_shape, build=_build_multi, inputs=_multi_ports, title="Multi-head attention",
    parameters=_multi_parameters,
    attributes=(
        HEADS, Attribute("cross", "bool", False, "Whether keys and values come from another sequence, at context."),
        CAUSAL, MASKED, BIAS, ATTENTION_DROP,
    ),
    formula=r"y = \left[\mathrm{softmax}\left(\frac{q_h k_h^\top}{\sqrt{d}}\right) v_h\right]_h W_o,\quad "
    r"q = x W_q,\ k = c W_k,\ v = c W_v",
    source=f"{VASWANI}, 3.2.2",
))  # fmt: skip


def sinusoids(length: int, width: int) -> np.ndarray:
    """(length, width): sin and cos of place / 10000^(2i / width) in columns 2i and 2i + 1."""
    import numpy as np

    angles = np.arange(length)[:, None] / 10000.0 ** (np.arange(0, width, 2) / width)
    return np.stack([np.sin(angles), np.cos(angles)], 2).reshape(length, -1)[:, :width]


def _position_shape(attrs: Attrs, x: Shape) -> Shape:
    require_sequences("A positional encoding", x=x)
    if attrs["encoding"] == "learned" and x[0] > attrs["longest"]:
        raise ShapeError(f"The sequence has {x[0]} places, but the table of positions only {attrs['longest']}.", "x",
                         attrs["longest"], x, f"Set longest to {x[0]} or more.")  # fmt: skip
    if attrs["encoding"] == "sinusoidal" and x[0] * x[1] > MOST_WAVES:
        raise ShapeError(f"A table of positions of {show(x)} is too large.", "x", MOST_WAVES, x,
                         "Choose a shorter sequence, or the learned encoding.")  # fmt: skip
    return x


def _position_parameters(attrs: Attrs, x: Shape) -> tuple[Parameter, ...]:
    if attrs["encoding"] != "learned":
        return ()
    return (Parameter("P", (attrs["longest"], x[-1]), "glorot_normal", x[-1], x[-1]),)


def _build_position(b: Builder, attrs: Attrs, x: Value) -> Value:
    _, length, width = x.shape
    if attrs["encoding"] == "learned":
        places = first_rows(b, b.parameter("P"), length)
    else:
        places = b.graph.source((length, width), "constant", data=sinusoids(length, width))
    return b.name(b.graph.add(x, b.name(places, "positions")), "y")


def first_rows(b: Builder, table: Value, count: int) -> Value:
    """The first `count` rows of a table."""
    if count == table.shape[0]:
        return table
    flat = b.graph.reshape(table, shape=(table.size,))
    picked = b.graph.slice(flat, start=0, stop=count * table.shape[1])
    found: Value = b.graph.reshape(picked, shape=(count, table.shape[1]))
    return found


register(Layer(
    "PositionalEncoding", "attention", "Adds to every place of a sequence a pattern of its own, so that attention, "
    "which sees a set, can tell the order.",
    shape=_position_shape, build=_build_position, parameters=_position_parameters, title="Positional encoding",
    attributes=(
        Attribute("encoding", "choice", "sinusoidal", "Fixed waves of many lengths, or a learned table.",
                  choices=("sinusoidal", "learned")),
        Attribute("longest", "int", 512, "Places in the table.", 1, 2**20, when=("encoding", ("learned",))),
    ),
    formula=r"y_t = x_t + p_t,\quad p_{t,2i} = \sin\frac{t}{10000^{2i/n}},\ p_{t,2i+1} = \cos\frac{t}{10000^{2i/n}}",
    source=f"{VASWANI}, 3.5",
))  # fmt: skip
