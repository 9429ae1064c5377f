"""Layers that take a part of each row, or put its dimensions in another order."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from engine.attributes import Attribute
from engine.errors import ShapeError
from engine.layers.layer import Attrs, Layer, Shape, register, show

if TYPE_CHECKING:
    from engine.graph import Value
    from engine.lower import Builder

FAR = 2**24


def _place(attrs: Attrs, x: Shape) -> tuple[int, int, int]:
    """Dimension (from 0), first element and one past the last. Raises ShapeError."""
    dimension = attrs["dimension"] - 1
    if dimension >= len(x):
        raise ShapeError(f"{show(x)} has no dimension {attrs['dimension']}.", "x", attrs["dimension"], x,
                         f"Choose a dimension from 1 to {len(x)}.")  # fmt: skip
    size = x[dimension]
    start, stop = (value + size if value < 0 else value for value in (attrs["start"], attrs["stop"] or size))
    if not 0 <= start < stop <= size:
        raise ShapeError(f"Elements {attrs['start']} to {attrs['stop']} do not lie in a dimension of {size}.", "x",
                         (start, stop), x, f"Choose a start below a stop of at most {size}.")  # fmt: skip
    return dimension, start, stop


def _slice_shape(attrs: Attrs, x: Shape) -> Shape:
    dimension, start, stop = _place(attrs, x)
    return (*x[:dimension], stop - start, *x[dimension + 1 :])


def _build_slice(b: Builder, attrs: Attrs, x: Value) -> Value:
    shape = x.shape[1:]
    dimension, start, stop = _place(attrs, shape)
    before, inner = math.prod(x.shape[: 1 + dimension]), math.prod(shape[dimension + 1 :])
    flat = b.graph.reshape(x, shape=(before, shape[dimension] * inner))
    part = b.graph.slice(flat, start=start * inner, stop=stop * inner)
    return b.name(b.graph.reshape(part, shape=(x.shape[0], *_slice_shape(attrs, shape))), "y")


register(Layer(
    "Slice", "shape", "A stretch of one dimension: two of them split what comes in.",
    shape=_slice_shape, build=_build_slice,
    attributes=(
        Attribute("dimension", "int", 1, "Which dimension of a row is cut, counted from 1.", 1, 6),
        Attribute("start", "int", 0, "The first element that stays; negative: counted from the end.", -FAR, FAR),
        Attribute("stop", "int", 0, "The first element that goes again; 0: all to the end.", -FAR, FAR),
    ),
    formula=r"y_i = x_{s+i}",
    source="ONNX operator Slice",
))  # fmt: skip


def _order(attrs: Attrs, x: Shape) -> tuple[int, ...]:
    """The dimensions in their new order, from 0. Raises ShapeError."""
    order: tuple[int, ...] = attrs["order"]
    if sorted(order) != list(range(1, len(x) + 1)):
        fitting = "×".join(map(str, range(len(x), 0, -1)))
        raise ShapeError(f"{show(order)} does not name each of the {len(x)} dimensions of {show(x)} once.", "x",
                         len(x), x, f"Choose an order such as {fitting}.")  # fmt: skip
    return tuple(dimension - 1 for dimension in order)


def _build_transpose(b: Builder, attrs: Attrs, x: Value) -> Value:
    order = _order(attrs, x.shape[1:])
    return b.name(b.graph.transpose(x, axes=(0, *(dimension + 1 for dimension in order))), "y")


register(Layer(
    "Transpose", "shape", "The dimensions of a row in another order.",
    shape=lambda attrs, x: tuple(x[dimension] for dimension in _order(attrs, x)), build=_build_transpose,
    attributes=(Attribute("order", "shape", (2, 1), "Which dimension comes first, which second…, from 1 on.", 1, 6),),
    formula=r"y = x^\top",
    source="ONNX operator Transpose",
))  # fmt: skip
