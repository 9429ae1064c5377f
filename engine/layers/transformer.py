"""The blocks of a transformer: attention and a feed-forward network, each with a path around it and a norm."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from engine.attributes import Attribute
from engine.layers.activations import ACTIVATIONS
from engine.layers.attention import (
    ATTENTION_DROP,
    CAUSAL,
    HEADS,
    MASKED,
    VASWANI,
    attention_parameters,
    learned_attention,
    require_heads,
    require_mask,
    require_sequences,
)
from engine.layers.basic import affine
from engine.layers.layer import Attrs, Layer, Parameter, Shape, register
from engine.layers.normalisation import EPS, layer_normalised, scale_and_shift
from engine.layers.regularisation import DROP, dropped

if TYPE_CHECKING:
    from engine.graph import Value
    from engine.lower import Builder

INNER = Attribute("inner", "int", 64, "Units of the hidden layer of the feed-forward network.", 1, 2**24)
ACTIVATION = Attribute("activation", "choice", "relu", "Of the hidden layer of the feed-forward network.",
                       choices=("relu", "gelu", "silu", "tanh", "sigmoid", "linear"))  # fmt: skip
NORM = Attribute("norm", "choice", "post", "Where the norms stand: behind each sum, or before each part (which trains "
                 "more steadily when many blocks follow each other).", choices=("post", "pre"))  # fmt: skip
REPEAT = Attribute("repeat", "int", 1, "So many blocks, one behind the other, each with parameters of its own.", 1, 256)
MASKS = Attribute("masked", "bool", False, "Whether masks come in: a number for each place of x and of the memory; "
                  "0 hides it as a key.")  # fmt: skip
PARTS_IN_BLOCK = 8  # random streams kept for each block: from 0 on behind its parts, these for the weights of attention
OWN_WEIGHTS, CROSS_WEIGHTS = 6, 7


def block_name(block: int) -> str:
    """What stands behind the names of a block's parameters: nothing behind those of the first."""
    return "" if block == 0 else f"_{block + 1}"


def feed_forward_parameters(width: int, inner: int, place: str = "") -> tuple[Parameter, ...]:
    """Weights and shifts of both layers."""
    return (
        Parameter(f"W_in{place}", (width, inner), "glorot_uniform", width, inner, regularised=True),
        Parameter(f"b_in{place}", (inner,), "zero"),
        Parameter(f"W_out{place}", (inner, width), "glorot_uniform", inner, width, regularised=True),
        Parameter(f"b_out{place}", (width,), "zero"),
    )


def feed_forward(b: Builder, attrs: Attrs, x: Value, place: str = "", stream: int = 0) -> Value:
    """g(x W_in + b_in) W_out + b_out, for every place on its own."""
    z = affine(b.graph, x, b.parameter(f"W_in{place}"), b.parameter(f"b_in{place}"))
    a = b.name(ACTIVATIONS[attrs["activation"]](b, b.name(z, f"z{place}"), attrs), f"a{place}")
    a = dropped(b, a, attrs["dropout"], stream)
    return affine(b.graph, a, b.parameter(f"W_out{place}"), b.parameter(f"b_out{place}"))


def _sequence(attrs: Attrs, x: Shape) -> Shape:
    require_sequences("A feed-forward block", x=x)
    return x


register(Layer(
    "FeedForward", "attention", "Two dense layers for every place of a sequence on its own: wide inside, as narrow as "
    "before at the end.",
    shape=_sequence, build=lambda b, attrs, x: b.name(feed_forward(b, attrs, x), "y"), title="Feed-forward block",
    parameters=lambda attrs, x: feed_forward_parameters(x[-1], attrs["inner"]),
    attributes=(INNER, ACTIVATION, DROP),
    formula=r"y = g(x W_{in} + b_{in})\, W_{out} + b_{out}", source=f"{VASWANI}, 3.3",
))  # fmt: skip


def residual(b: Builder, attrs: Attrs, x: Value, part: Callable[[Value], Value], number: int, place: str,
             stream: int) -> Value:  # fmt: skip
    """x + part(x) with a norm before the part or behind the sum, and dropout between."""
    norm = f"_{number}{place}"
    if attrs["norm"] == "pre":
        return b.graph.add(x, dropped(b, part(layer_normalised(b, x, attrs["eps"], norm)), attrs["dropout"], stream))
    total = b.graph.add(x, dropped(b, part(x), attrs["dropout"], stream))
    return layer_normalised(b, total, attrs["eps"], norm)


def norm_parameters(width: int, count: int, place: str) -> tuple[Parameter, ...]:
    """γ and β of each of a block's norms."""
    return tuple(Parameter(f"{one.name}_{number}{place}", one.shape, one.init)
                 for number in range(1, count + 1) for one in scale_and_shift((width,)))  # fmt: skip


def _self_attention(b: Builder, attrs: Attrs, x: Value, mask: Value | None, place: str, stream: int) -> Value:
    return learned_attention(b, attrs, x, x, mask, attrs["causal"], place, stream)


def _encoder_ports(attrs: Attrs) -> tuple[str, ...]:
    return ("x", "mask") if attrs["masked"] else ("x",)


def _encoder_shape(attrs: Attrs, x: Shape, mask: Shape | None = None) -> Shape:
    require_sequences("An encoder block", x=x)
    require_heads(x[1], attrs["heads"], "x")
    require_mask(mask, x)
    return x


def _encoder_parameters(attrs: Attrs, x: Shape, *rest: Shape) -> tuple[Parameter, ...]:
    width, found = x[-1], []
    for block in range(attrs["repeat"]):
        place = block_name(block)
        found += [*attention_parameters(width, width, True, place), *norm_parameters(width, 2, place),
                  *feed_forward_parameters(width, attrs["inner"], place)]  # fmt: skip
    return tuple(found)


def _build_encoder(b: Builder, attrs: Attrs, x: Value, mask: Value | None = None) -> Value:
    for block in range(attrs["repeat"]):
        place, stream = block_name(block), PARTS_IN_BLOCK * block
        look = partial(_self_attention, b, attrs, mask=mask, place=place, stream=stream + OWN_WEIGHTS)
        x = residual(b, attrs, x, look, 1, place, stream)
        think = partial(feed_forward, b, attrs, place=place, stream=stream + 1)
        x = residual(b, attrs, x, think, 2, place, stream + 2)
        b.name(x, f"y{place}")
    return x


BLOCK = (HEADS, INNER, ACTIVATION, NORM, REPEAT, DROP, ATTENTION_DROP)
register(Layer(
    "EncoderBlock", "attention", "Self-attention and a feed-forward block, each with a path around it and a norm. With "
    "causal it is the block of a decoder-only language model.",
    shape=_encoder_shape, build=_build_encoder, inputs=_encoder_ports, parameters=_encoder_parameters,
    title="Encoder block", attributes=(*BLOCK, CAUSAL, MASKED, EPS),
    formula=r"u = N(x + \mathrm{MultiHead}(x, x)),\quad y = N(u + \mathrm{FeedForward}(u))", source=f"{VASWANI}, 3.1",
))  # fmt: skip


def _decoder_ports(attrs: Attrs) -> tuple[str, ...]:
    return ("x", "memory", "mask", "memory_mask") if attrs["masked"] else ("x", "memory")


def _decoder_shape(attrs: Attrs, x: Shape, memory: Shape, mask: Shape | None = None,
                   memory_mask: Shape | None = None) -> Shape:  # fmt: skip
    require_sequences("A decoder block", x=x, memory=memory)
    require_heads(x[1], attrs["heads"], "x")
    require_mask(mask, x)
    require_mask(memory_mask, memory, "memory_mask")
    return x


def _decoder_parameters(attrs: Attrs, x: Shape, memory: Shape, *rest: Shape) -> tuple[Parameter, ...]:
    width, found = x[-1], []
    for block in range(attrs["repeat"]):
        place = block_name(block)
        found += [*attention_parameters(width, width, True, place),
                  *attention_parameters(width, memory[-1], True, f"_cross{place}"), *norm_parameters(width, 3, place),
                  *feed_forward_parameters(width, attrs["inner"], place)]  # fmt: skip
    return tuple(found)


def _build_decoder(b: Builder, attrs: Attrs, x: Value, memory: Value, mask: Value | None = None,
                   memory_mask: Value | None = None) -> Value:  # fmt: skip
    for block in range(attrs["repeat"]):
        place, stream = block_name(block), PARTS_IN_BLOCK * block
        parts: list[Callable[[Value], Value]] = [
            partial(_self_attention, b, attrs, mask=mask, place=place, stream=stream + OWN_WEIGHTS),
            partial(learned_attention, b, attrs, context=memory, mask=memory_mask, causal=False,
                    place=f"_cross{place}", stream=stream + CROSS_WEIGHTS),
            partial(feed_forward, b, attrs, place=place, stream=stream),
        ]  # fmt: skip
        for number, part in enumerate(parts, 1):
            x = residual(b, attrs, x, part, number, place, stream + number)
        b.name(x, f"y{place}")
    return x


register(Layer(
    "DecoderBlock", "attention", "Self-attention that sees no later place, attention to the encoder's result (memory), "
    "and a feed-forward block, each with a path around it and a norm.",
    shape=_decoder_shape, build=_build_decoder, inputs=_decoder_ports, parameters=_decoder_parameters,
    title="Decoder block",
    attributes=(*BLOCK, Attribute("causal", "bool", True, CAUSAL.help), MASKS, EPS),
    formula=r"u = N(x + \mathrm{MultiHead}(x, x)),\quad w = N(u + \mathrm{MultiHead}(u, m)),\quad "
    r"y = N(w + \mathrm{FeedForward}(w))",
    source=f"{VASWANI}, 3.1",
))  # fmt: skip
