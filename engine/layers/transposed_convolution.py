"""Transposed convolution over one, two and three dimensions."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

from engine.errors import ShapeError
from engine.layers import spatial
from engine.layers.convolution import DILATION, FILTERS, GROUPS, KERNEL, TAIL, check_groups, finish, learned
from engine.layers.layer import Attrs, Layer, Parameter, Shape, register, show
from engine.layers.spatial import each, image

if TYPE_CHECKING:
    from engine.graph import Value
    from engine.lower import Builder

EXTRA = spatial.per_dimension("extra", 0, "Pixels more at the end, fewer than the stride.", 0)
STRIDE = spatial.per_dimension("stride", 2, "By how many pixels the kernel moves on in the result.")


def _geometry(dimensions: int, what: str, attrs: Attrs, x: Shape) -> tuple[Shape, Attrs]:
    """The row as an image, and the op's attributes. Raises ShapeError."""
    x = image(x, dimensions, what)
    kernel, stride, dilation = (each(attrs, name, dimensions) for name in ("kernel", "stride", "dilation"))
    spans = tuple((k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True))
    pads, extra = _borders(dimensions, attrs, spans, stride)
    size = tuple((n - 1) * s - sum(p) + span + e
                 for n, s, p, span, e in zip(x[1:], stride, pads, spans, extra, strict=True))  # fmt: skip
    if min(size) < 1:
        raise ShapeError(f"{what} with pads {pads} leaves nothing of {show(x)}.", "x", None, x,
                         "Choose less padding or a larger kernel.")  # fmt: skip
    groups = check_groups(attrs, x[0])
    return x, {"size": size, "stride": stride, "pads": pads, "dilation": dilation, "groups": groups}


def _borders(dimensions: int, attrs: Attrs, spans: Shape, stride: Shape) -> tuple[spatial.Pads, Shape]:
    """What is cut off at every side, and what is added at the end. Raises ShapeError."""
    if attrs["padding"] == "same":
        over = [max(0, span - s) for span, s in zip(spans, stride, strict=True)]
        missing = tuple(max(0, s - span) for span, s in zip(spans, stride, strict=True))
        return tuple((o // 2, o - o // 2) for o in over), missing
    extra = each(attrs, "extra", dimensions)
    if any(e >= s for e, s in zip(extra, stride, strict=True)):
        raise ShapeError(f"extra {show(extra)} must be smaller than the stride {show(stride)}.", "x", stride, extra,
                         "Set extra to 0, or choose a larger stride.")  # fmt: skip
    given = attrs["padding"] == "given"
    return spatial.given_pads(attrs, dimensions) if given else ((0, 0),) * dimensions, extra


def _transposed(dimensions: int) -> None:
    what = f"ConvTranspose{dimensions}D"

    def shape(attrs: Attrs, x: Shape) -> Shape:
        x, settings = _geometry(dimensions, what, attrs, x)
        spatial.require_size("The weights", weights(attrs, x), "Choose fewer filters or a smaller kernel.")
        result = spatial.require_size("The output", (attrs["filters"], *settings["size"]),
                                      "Choose fewer filters or a smaller stride.")  # fmt: skip
        kernel, ones = each(attrs, "kernel", dimensions), (1,) * dimensions
        spatial.require_taps(what, settings["size"], kernel, settings["stride"], ones)
        return result

    def weights(attrs: Attrs, x: Shape) -> Shape:
        return (x[0], attrs["filters"] // attrs["groups"], *each(attrs, "kernel", dimensions))

    def parameters(attrs: Attrs, x: Shape) -> tuple[Parameter, ...]:
        needed = weights(attrs, image(x, dimensions, what))
        seen = math.prod(needed[2:])
        arriving = x[0] if len(x) > dimensions else 1
        strides = math.prod(each(attrs, "stride", dimensions))
        return learned(attrs, needed, arriving * seen // (attrs["groups"] * strides), needed[1] * seen)

    def build(b: Builder, attrs: Attrs, x: Value) -> Value:
        _, settings = _geometry(dimensions, what, attrs, x.shape[1:])
        z = b.graph.conv_input_grad(spatial.as_image(b, x, dimensions), b.parameter("W"), **settings)
        if attrs["bias"]:
            z = b.graph.add(z, b.graph.reshape(b.parameter("b"), shape=(attrs["filters"], *(1,) * dimensions)))
        return finish(b, attrs, z)

    def window(attrs: Attrs, x: Shape) -> tuple[tuple[int, Fraction], ...]:
        names = ("kernel", "stride", "dilation")
        found = zip(*(each(attrs, name, dimensions) for name in names), strict=True)
        return tuple((-(-((k - 1) * d + 1) // s), Fraction(1, s)) for k, s, d in found)

    register(Layer(
        what, "convolution", "The way back of a convolution: every input paints its kernel into a larger image; where "
        "several overlap they add up.",
        shape, build, parameters=parameters, window=window,
        attributes=(FILTERS, KERNEL, STRIDE, spatial.PADDING, spatial.PADS, EXTRA, DILATION, GROUPS, *TAIL),
        formula=r"z_{o,i} = b_o + \sum_c \sum_{p s + j d = i} W_{c,o,j}\, x_{c,p}",
        source="Goodfellow et al. 2016, 9.5",
        title=f"Transposed conv {dimensions}D", stem=f"conv_transpose{dimensions}d",
    ))  # fmt: skip


for _dimensions in (1, 2, 3):
    _transposed(_dimensions)
