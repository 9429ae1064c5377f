"""What the layers over images share: channels first, one number or one per dimension, paddings, how far a window sees.

A row is (C, sizes…) with as many sizes as the layer has dimensions; a row without a channel counts as one channel.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from engine.attributes import MAX_ELEMENTS, Attribute
from engine.errors import ShapeError
from engine.layers.layer import Attrs, Shape, show
from engine.windows import output_size

if TYPE_CHECKING:
    from engine.graph import Value
    from engine.lower import Builder

Pads = tuple[tuple[int, int], ...]
SIDES = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}
MOST = 2**20  # along one dimension
MOST_TAPS = 2**14  # products of an output, see `require_taps`
PADDING = Attribute(
    "padding", "choice", "same",
    "Zeros around the image. same: as many as keep its size (divided by the stride); valid: none; given: see pads.",
    choices=("same", "valid", "given"),
)  # fmt: skip
PADS = Attribute(
    "pads", "shape", (1,), "Zeros: one number for all sides, one for each dimension, or before and behind for each.",
    0, MOST, when=("padding", ("given",)),
)  # fmt: skip


def per_dimension(name: str, default: int, help: str, low: int = 1, **more: Any) -> Attribute:
    """An attribute of one number, or of one for each dimension."""
    return Attribute(name, "shape", (default,), f"{help} One number, or one for each dimension.", low, MOST, **more)


def each(attrs: Attrs, name: str, dimensions: int) -> Shape:
    """The attribute for every dimension. Raises ShapeError."""
    given: Shape = attrs[name]
    if len(given) not in (1, dimensions):
        raise ShapeError(f"{name} has {len(given)} numbers, but there are {dimensions} dimensions.", "x", dimensions,
                         given, f"Give one number, or {dimensions}.")  # fmt: skip
    return given * dimensions if len(given) == 1 else given


def image(x: Shape, dimensions: int, what: str) -> Shape:
    """The row with its channels in front. Raises ShapeError where it has other dimensions."""
    if len(x) == dimensions:
        x = (1, *x)
    if len(x) != dimensions + 1:
        wanted = "channels × " + " × ".join(SIDES[dimensions])
        other = max(1, min(3, len(x) - 1))
        raise ShapeError(f"{what} takes rows of {wanted}, but gets {show(x)}.", "x", dimensions + 1, x,
                         f"Put a Reshape layer in front, or take the layer for {other} dimensions.")  # fmt: skip
    if 0 in x:
        raise ShapeError(f"{what} gets nothing: {show(x)}.", "x", None, x, "Give every dimension a size above 0.")
    return x


def as_image(b: Builder, x: Value, dimensions: int) -> Value:
    """The batch with a dimension for channels."""
    if len(x.shape) == dimensions + 1:
        return b.graph.reshape(x, shape=(x.shape[0], 1, *x.shape[1:]))
    return x


def given_pads(attrs: Attrs, dimensions: int) -> Pads:
    """`pads` for every side. Raises ShapeError."""
    given: Shape = attrs["pads"]
    if len(given) == 2 * dimensions:
        return tuple(zip(given[::2], given[1::2], strict=True))
    if len(given) not in (1, dimensions):
        raise ShapeError(f"pads has {len(given)} numbers for {dimensions} dimensions.", "x", dimensions, given,
                         f"Give 1, {dimensions} or {2 * dimensions} numbers.")  # fmt: skip
    return tuple((n, n) for n in (given * dimensions if len(given) == 1 else given))


def window_pads(attrs: Attrs, sizes: Shape, kernel: Shape, stride: Shape, dilation: Shape) -> Pads:
    """Zeros before and behind each dimension of a convolution or a pool."""
    if attrs["padding"] == "given":
        return given_pads(attrs, len(sizes))
    if attrs["padding"] == "valid":
        return ((0, 0),) * len(sizes)
    found = []
    for n, k, s, d in zip(sizes, kernel, stride, dilation, strict=True):
        total = max(0, (-(-n // s) - 1) * s + (k - 1) * d + 1 - n)
        found.append((total // 2, total - total // 2))
    return tuple(found)


def window_sizes(what: str, sizes: Shape, kernel: Shape, stride: Shape, dilation: Shape, pads: Pads) -> Shape:
    """Sizes of the result. Raises ShapeError where the kernel fits nowhere."""
    found = tuple(output_size(*one) for one in zip(sizes, kernel, stride, pads, dilation, strict=True))
    if min(found) < 1:
        reach = tuple((k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True))
        padded = tuple(n + sum(p) for n, p in zip(sizes, pads, strict=True))
        raise ShapeError(f"{what} reaches over {show(reach)}, but the image is {show(padded)} with its padding.", "x",
                         reach, padded, "Choose a smaller kernel or dilation, or more padding.")  # fmt: skip
    return found


def require_size(what: str, shape: Shape, cure: str) -> Shape:
    """Raises ShapeError where there are more elements than can be counted."""
    if math.prod(shape) > MAX_ELEMENTS:
        raise ShapeError(f"{what} would be {show(shape)}: too many numbers.", "x", None, shape, cure)
    return shape


def require_taps(what: str, sizes: Shape, kernel: Shape, stride: Shape, tile: Shape) -> None:
    """Raises ShapeError where outputs (or, on the way back, pixels of an image of `sizes`) have more products, or more
    ways of being made, than can be listed: they are, before anything runs.
    """
    products = math.prod(kernel) * math.prod(tile)
    ways = [min(n, s * t) for n, s, t in zip(sizes, stride, tile, strict=True)]
    tries = max(w * k * t for w, k, t in zip(ways, kernel, tile, strict=True))
    if max(products, math.prod(ways)) > MOST_TAPS or tries > 16 * MOST_TAPS:
        raise ShapeError(f"{what} with a kernel of {show(kernel)} and a stride of {show(stride)} would have to list "
                         f"{max(products, math.prod(ways), tries):,} products.", "x", MOST_TAPS, products,
                         "Choose a smaller kernel, stride or tile.")  # fmt: skip


def reach(kernel: Shape, stride: Shape, dilation: Shape) -> tuple[tuple[int, Fraction], ...]:
    """What a window sees along each dimension, and by how much it moves on."""
    return tuple(((k - 1) * d + 1, Fraction(s)) for k, s, d in zip(kernel, stride, dilation, strict=True))
