"""Layers that disturb the network while it is trained, so that it does not rest on any one number."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from engine.attributes import Attribute
from engine.errors import ShapeError
from engine.layers.layer import Attrs, Layer, Shape, register, same_shape, show

if TYPE_CHECKING:
    from engine.graph import Value
    from engine.lower import Builder

DROP = Attribute("dropout", "float", 0.0, "Share of the numbers that become 0 in each training step.", 0.0, 0.999)


def dropped(b: Builder, x: Value, rate: float, place: int = 0, scale: float | None = None) -> Value:
    """x with a share `rate` dropped in training, the rest times `scale` (None: as much more as there are fewer).

    `place` tells the uses within one layer apart.
    """
    if rate == 0 or not b.training:
        return x
    scale = 1 / (1 - rate) if scale is None else scale
    y: Value = b.graph.dropout(x, b.clock, rate=rate, scale=scale, seed=b.seed, stream=b.stream + place)
    return y


def _build_dropout(b: Builder, attrs: Attrs, x: Value) -> Value:
    rate = attrs["p"]
    if attrs["scaling"] == "training":
        return b.name(dropped(b, x, rate), "y")
    return b.name(dropped(b, x, rate, scale=1.0) if b.training else b.graph.scale(x, factor=1 - rate), "y")


register(Layer(
    "Dropout", "regularisation", "In training, sets a random share of its inputs to 0, others in every step, so that "
    "no unit can rely on another. In use, passes everything on.",
    shape=same_shape, build=_build_dropout,
    attributes=(
        Attribute("p", "float", 0.5, "Share of the inputs that become 0.", 0.0, 0.999),
        Attribute("scaling", "choice", "training", "What keeps the mean: dividing those that stay by 1 − p in "
                  "training, or multiplying all by 1 − p in use.", choices=("training", "use")),
    ),
    formula=r"y = \frac{r \odot x}{1 - p},\quad r_i \sim \mathrm{Bernoulli}(1 - p)", source="Srivastava et al. 2014",
))  # fmt: skip


def _build_noise(b: Builder, attrs: Attrs, x: Value) -> Value:
    if not b.training or attrs["sigma"] == 0:
        return x
    y = b.graph.noise(x, b.clock, sigma=attrs["sigma"], seed=b.seed, stream=b.stream)
    return b.name(y, "y")


register(Layer(
    "GaussianNoise", "regularisation", "In training, adds normal random numbers, new ones in every step; in use, "
    "passes everything on.",
    shape=same_shape, build=_build_noise, title="Gaussian noise",
    attributes=(Attribute("sigma", "float", 0.1, "Standard deviation of the noise.", 0.0, 1e6),),
    formula=r"y = x + \sigma\, n,\quad n_i \sim \mathcal{N}(0, 1)", source="Goodfellow et al. 2016, 7.5",
))  # fmt: skip


def _image_shape(attrs: Attrs, x: Shape) -> Shape:
    if len(x) not in (2, 3):
        raise ShapeError(f"Augment takes images (height × width, or channels in front), but gets {show(x)}.", "x", 3, x,
                         "Set layout to image under Data, or put a Reshape layer in front.")  # fmt: skip
    return x


def _build_augment(b: Builder, attrs: Attrs, x: Value) -> Value:
    if not b.training:
        return x
    graph, images, shape = b.graph, x, x.shape
    strengths = {name: attrs[name] for name in ("shift", "zoom", "brightness")}
    if attrs["rotate"] or attrs["flip"] or any(strengths.values()):
        if len(shape) == 3:
            images = graph.reshape(x, shape=(shape[0], 1, *shape[1:]))
        images = graph.warp(images, b.clock, turn=math.radians(attrs["rotate"]), flip=attrs["flip"], seed=b.seed,
                            stream=b.stream, **strengths)  # fmt: skip
        images = images if len(shape) == 4 else graph.reshape(images, shape=shape)
    if attrs["noise"]:
        images = graph.noise(images, b.clock, sigma=attrs["noise"], seed=b.seed, stream=b.stream + 1)
    return images if images is x else b.name(images, "y")


register(Layer(
    "Augment", "regularisation", "In training, turns, moves, zooms, mirrors or brightens every image by chance, "
    "otherwise in every step: the network learns from more images than there are. In use, passes everything on.",
    shape=_image_shape, build=_build_augment,
    attributes=(
        Attribute("rotate", "float", 10.0, "Largest turn to either side.", 0.0, 180.0, unit="°"),
        Attribute("shift", "float", 0.1, "Largest way in each direction, as a share of the image; what leaves it is "
                  "cut off, what comes in is 0.", 0.0, 1.0),
        Attribute("zoom", "float", 0.1, "Largest share by which an image grows (and is cropped) or shrinks.", 0.0, 0.9),
        Attribute("flip", "bool", False, "Whether every other image is mirrored, left for right."),
        Attribute("brightness", "float", 0.0, "Largest share by which all pixels become brighter or darker.", 0.0, 1.0),
        Attribute("noise", "float", 0.0, "Standard deviation of noise added to every pixel.", 0.0, 1e6),
    ),
    formula=r"y_p = \beta\, x_{A^{-1}(p)} + \sigma\, n_p,\quad A: \text{turn, zoom, way drawn for each image}",
    source="Simard et al. 2003; Goodfellow et al. 2016, 7.4",
))  # fmt: skip
