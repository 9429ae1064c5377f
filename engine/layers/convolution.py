"""Convolution over one, two and three dimensions, and tiled convolution."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

from engine.attributes import Attribute
from engine.errors import ShapeError
from engine.layers import spatial
from engine.layers.activations import ACTIVATIONS, ALPHA, RELU_LIKE, SLOPE, activate
from engine.layers.basic import INIT
from engine.layers.layer import Attrs, Layer, Parameter, Shape, register
from engine.layers.spatial import each, image

if TYPE_CHECKING:
    from engine.graph import Value
    from engine.lower import Builder

FILTERS = Attribute("filters", "int", 8, "Number of filters: each gives one channel.", 1, 2**20)
KERNEL = spatial.per_dimension("kernel", 3, "Size of the window that every output sees.")
STRIDE = spatial.per_dimension("stride", 1, "By how many pixels the window moves on.")
DILATION = spatial.per_dimension("dilation", 1, "Distance between the pixels that the window picks.")
GROUPS = Attribute("groups", "int", 1, "Channels and filters are shared out among so many separate convolutions.",
                   1, 2**20)  # fmt: skip
ACTIVATION = Attribute("activation", "choice", "linear", "Applied to every output.",
                       choices=tuple(name for name in ACTIVATIONS if name != "softmax"))  # fmt: skip
BIAS = Attribute("bias", "bool", True, "Whether every filter adds a learned number.")
TAIL = (ACTIVATION, SLOPE, ALPHA, BIAS, INIT)
TILE = spatial.per_dimension("tile", 2, "So many kernels take turns along a dimension.")


def _init(attrs: Attrs) -> str:
    if attrs["init"] != "auto":
        return str(attrs["init"])
    return "he_normal" if attrs["activation"] in RELU_LIKE else "glorot_uniform"


def learned(attrs: Attrs, shape: Shape, fan_in: int, fan_out: int) -> tuple[Parameter, ...]:
    """Weights and biases."""
    weights = Parameter("W", shape, _init(attrs), max(1, fan_in), max(1, fan_out), regularised=True)
    return (weights, Parameter("b", (attrs["filters"],), "zero")) if attrs["bias"] else (weights,)


def check_groups(attrs: Attrs, channels: int) -> int:
    """How many groups. Raises ShapeError where channels or filters cannot be shared out."""
    groups, filters = attrs["groups"], attrs["filters"]
    for count, what in ((channels, "channels"), (filters, "filters")):
        if count % groups:
            cure = f"Set groups to {math.gcd(channels, filters)}, or another number that divides both."
            raise ShapeError(f"{count} {what} cannot be shared out among {groups} groups.", "x", groups, count, cure)
    return int(groups)


def _geometry(dimensions: int, what: str, attrs: Attrs, x: Shape) -> tuple[Shape, Attrs]:
    """The row as an image, and the op's attributes."""
    x = image(x, dimensions, what)
    kernel, stride = each(attrs, "kernel", dimensions), each(attrs, "stride", dimensions)
    dilation = each(attrs, "dilation", dimensions)
    pads = spatial.window_pads(attrs, x[1:], kernel, stride, dilation)
    settings: Attrs = {"stride": stride, "pads": pads, "dilation": dilation, "groups": check_groups(attrs, x[0])}
    return x, settings | ({"tile": each(attrs, "tile", dimensions)} if "tile" in attrs else {})


def finish(b: Builder, attrs: Attrs, z: Value) -> Value:
    """The value behind the activation."""
    return activate(b, attrs["activation"], b.name(z, "z"), attrs)


def _conv(dimensions: int, tiled: bool = False) -> None:
    what = f"{'TiledConv' if tiled else 'Conv'}{dimensions}D"

    def shape(attrs: Attrs, x: Shape) -> Shape:
        x, settings = _geometry(dimensions, what, attrs, x)
        kernel = each(attrs, "kernel", dimensions)
        sizes = spatial.window_sizes(what, x[1:], kernel, settings["stride"], settings["dilation"], settings["pads"])
        spatial.require_size("The weights", weights(attrs, x), "Choose fewer filters or a smaller kernel.")
        result = spatial.require_size("The output", (attrs["filters"], *sizes), "Choose fewer filters or less padding.")
        tile = each(attrs, "tile", dimensions) if tiled else (1,) * dimensions
        spatial.require_taps(what, x[1:], kernel, settings["stride"], tile)
        return result

    def weights(attrs: Attrs, x: Shape) -> Shape:
        kernels = math.prod(each(attrs, "tile", dimensions)) if tiled else 1
        return (kernels * attrs["filters"], x[0] // attrs["groups"], *each(attrs, "kernel", dimensions))

    def parameters(attrs: Attrs, x: Shape) -> tuple[Parameter, ...]:
        needed = weights(attrs, image(x, dimensions, what))
        seen = math.prod(needed[2:])
        return learned(attrs, needed, needed[1] * seen, attrs["filters"] * seen // attrs["groups"])

    def build(b: Builder, attrs: Attrs, x: Value) -> Value:
        _, settings = _geometry(dimensions, what, attrs, x.shape[1:])
        x = spatial.as_image(b, x, dimensions)
        if not attrs["bias"]:
            return finish(b, attrs, b.graph.conv(x, b.parameter("W"), **settings))
        return finish(b, attrs, b.graph.conv_bias(x, b.parameter("W"), b.parameter("b"), **settings))

    def window(attrs: Attrs, x: Shape) -> tuple[tuple[int, Fraction], ...]:
        kernel, stride, dilation = (each(attrs, name, dimensions) for name in ("kernel", "stride", "dilation"))
        return spatial.reach(kernel, stride, dilation)

    sides = {1: "along a sequence", 2: "over an image", 3: "through a volume"}[dimensions]
    summary = (
        f"Several small kernels slide {sides} in turn: neighbours see through different ones, and the pattern repeats."
        if tiled
        else f"Small kernels slide {sides}; each gives a channel that tells where its pattern is."
    )
    register(Layer(
        what, "convolution", summary, shape, build, parameters=parameters, window=window,
        attributes=(FILTERS, KERNEL, *((TILE,) if tiled else ()), STRIDE, spatial.PADDING, spatial.PADS, DILATION,
                    GROUPS, *TAIL),
        formula=r"z_{o,p} = b_o + \sum_c \sum_j W^{(p \bmod t)}_{o,c,j}\, x_{c,\,p s + j d}" if tiled
        else r"z_{o,p} = b_o + \sum_c \sum_j W_{o,c,j}\, x_{c,\,p s + j d}",
        source="Goodfellow et al. 2016, 9.5" if tiled else "Goodfellow et al. 2016, 9.1",
        title=f"{'Tiled conv' if tiled else 'Conv'} {dimensions}D",
        stem=f"{'tiled_conv' if tiled else 'conv'}{dimensions}d",
    ))  # fmt: skip


for _dimensions in (1, 2, 3):
    _conv(_dimensions)
for _dimensions in (1, 2):
    _conv(_dimensions, tiled=True)
