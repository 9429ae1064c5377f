"""Pooling and its reverse: what a window holds becomes one number, or one pixel becomes several."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING

from engine.attributes import Attribute
from engine.errors import ShapeError
from engine.layers import spatial
from engine.layers.layer import Attrs, Layer, Shape, register, show
from engine.layers.spatial import each, image
from engine.windows import pooled_size

if TYPE_CHECKING:
    from engine.graph import Value
    from engine.lower import Builder

WINDOW = spatial.per_dimension("window", 2, "Size of the window.")
STRIDE = spatial.per_dimension("stride", 0, "By how many pixels the window moves on; 0: by its own size.", 0)
PADDING = Attribute("padding", "choice", "valid", spatial.PADDING.help, choices=spatial.PADDING.choices)
PARTIAL = Attribute("partial", "bool", False, "Whether a last window that the image only partly fills counts too.")
INCLUDE_PAD = Attribute("include_pad", "bool", True, "Whether the zeros of the padding count in the mean.")


def _settings(dimensions: int, what: str, attrs: Attrs, x: Shape) -> tuple[Shape, Attrs]:
    """The row as an image, and the op's attributes. Raises ShapeError."""
    x = image(x, dimensions, what)
    kernel, stride = each(attrs, "window", dimensions), each(attrs, "stride", dimensions)
    stride = tuple(s or k for s, k in zip(stride, kernel, strict=True))
    pads = spatial.window_pads(attrs, x[1:], kernel, stride, (1,) * dimensions)
    if any(max(pad) >= k for pad, k in zip(pads, kernel, strict=True)):
        raise ShapeError(f"The padding {pads} reaches over the window {show(kernel)}: one would hold nothing.", "x",
                         kernel, pads, "Choose less padding.")  # fmt: skip
    spatial.window_sizes(what, x[1:], kernel, stride, (1,) * dimensions, pads)
    return x, {"kernel": kernel, "stride": stride, "pads": pads, "ceil": attrs["partial"]}


def _pool(dimensions: int, op: str, summary: str, formula: str, extra: tuple[Attribute, ...] = ()) -> None:
    name = "Max" if op == "max_pool" else "Average"
    what = f"{name}Pool{dimensions}D"

    def shape(attrs: Attrs, x: Shape) -> Shape:
        whole, s = _settings(dimensions, what, attrs, x)
        along = zip(whole[1:], s["kernel"], s["stride"], s["pads"], strict=True)
        return (*x[: len(x) - dimensions], *(pooled_size(*one, s["ceil"]) for one in along))

    def build(b: Builder, attrs: Attrs, x: Value) -> Value:
        _, settings = _settings(dimensions, what, attrs, x.shape[1:])
        if extra:
            settings["include_pad"] = attrs["include_pad"]
        found = getattr(b.graph, op)(spatial.as_image(b, x, dimensions), **settings)
        y = found[0] if isinstance(found, tuple) else found
        if len(x.shape) == dimensions + 1:
            y = b.graph.reshape(y, shape=(x.shape[0], *y.shape[2:]))
        return b.name(y, "y")

    def window(attrs: Attrs, x: Shape) -> tuple[tuple[int, Fraction], ...]:
        _, s = _settings(dimensions, what, attrs, x)
        return spatial.reach(s["kernel"], s["stride"], (1,) * dimensions)

    register(Layer(
        what, "convolution", summary, shape, build, window=window,
        attributes=(WINDOW, STRIDE, PADDING, spatial.PADS, PARTIAL, *extra),
        formula=formula, source="Goodfellow et al. 2016, 9.3", title=f"{name} pool {dimensions}D",
        stem=f"{name.lower()}_pool{dimensions}d",
    ))  # fmt: skip


def _global_shape(what: str) -> Callable[..., Shape]:
    def shape(attrs: Attrs, x: Shape) -> Shape:
        if len(x) < 2 or 0 in x:
            raise ShapeError(f"{what} takes channels × sizes, but gets {show(x)}.", "x", 2, x,
                             "Put it behind a convolution, or a Reshape layer in front.")  # fmt: skip
        return x[:1]

    return shape


def _build_global_average(b: Builder, attrs: Attrs, x: Value) -> Value:
    return b.name(b.graph.scale(b.graph.sum(x, start=2), factor=1.0 / math.prod(x.shape[2:])), "y")


def _build_global_max(b: Builder, attrs: Attrs, x: Value) -> Value:
    rows, channels = x.shape[:2]
    flat = b.graph.reshape(x, shape=(rows, channels, x.size // (rows * channels)))
    return b.name(b.graph.reshape(b.graph.max(flat), shape=(rows, channels)), "y")


def _upsample(dimensions: int) -> None:
    what = f"Upsample{dimensions}D"

    def shape(attrs: Attrs, x: Shape) -> Shape:
        whole, factors = image(x, dimensions, what), each(attrs, "factor", dimensions)
        sizes = (n * f for n, f in zip(whole[1:], factors, strict=True))
        return spatial.require_size("The output", (*x[: len(x) - dimensions], *sizes), "Choose a smaller factor.")

    def build(b: Builder, attrs: Attrs, x: Value) -> Value:
        factors = each(attrs, "factor", dimensions)
        y = spatial.as_image(b, x, dimensions)
        if attrs["mode"] == "nearest":
            y = b.graph.upsample(y, factors=factors)
        else:
            for axis, factor in enumerate(factors, 2):
                y = b.graph.interpolate(y, axis=axis, factor=factor)
        if len(x.shape) == dimensions + 1:
            y = b.graph.reshape(y, shape=(x.shape[0], *y.shape[2:]))
        return b.name(y, "y")

    def window(attrs: Attrs, x: Shape) -> tuple[tuple[int, Fraction], ...]:
        seen = 1 if attrs["mode"] == "nearest" else 2
        return tuple((seen, Fraction(1, factor)) for factor in each(attrs, "factor", dimensions))

    register(Layer(
        what, "convolution", "Makes the image larger: every pixel is repeated, or lines are drawn between neighbours.",
        shape, build, window=window,
        attributes=(
            spatial.per_dimension("factor", 2, "How many pixels each becomes."),
            Attribute("mode", "choice", "nearest", "nearest repeats pixels; linear draws straight lines between them.",
                      choices=("nearest", "linear")),
        ),
        formula=r"y_p = x_{\lfloor p / f \rfloor}", source="ONNX operator Resize",
        title=f"Upsample {dimensions}D", stem=f"upsample{dimensions}d",
    ))  # fmt: skip


for _dimensions in (1, 2, 3):
    _pool(_dimensions, "max_pool", "Of every window passes the largest number: small shifts change little.",
          r"y_p = \max_j x_{p s + j}")  # fmt: skip
for _dimensions in (1, 2, 3):
    _pool(_dimensions, "average_pool", "Of every window passes the mean.", r"y_p = \frac{1}{k} \sum_j x_{p s + j}",
          (INCLUDE_PAD,))  # fmt: skip
register(Layer(
    "GlobalAveragePool", "convolution", "The mean of every channel: one number each, however large the image is.",
    _global_shape("GlobalAveragePool"), _build_global_average, formula=r"y_c = \frac{1}{n} \sum_p x_{c,p}",
    source="Lin et al. 2014",
))  # fmt: skip
register(Layer(
    "GlobalMaxPool", "convolution", "The largest number of every channel: whether its pattern is anywhere.",
    _global_shape("GlobalMaxPool"), _build_global_max, formula=r"y_c = \max_p x_{c,p}",
    source="Goodfellow et al. 2016, 9.3",
))  # fmt: skip
for _dimensions in (1, 2, 3):
    _upsample(_dimensions)
