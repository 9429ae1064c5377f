"""Layers that bring numbers to mean 0 and variance 1, or to size 1, and then scale and shift them as learned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.attributes import Attribute
from engine.errors import ShapeError
from engine.layers.layer import Attrs, Layer, Parameter, Shape, divisors, register, show

if TYPE_CHECKING:
    from engine.graph import Value
    from engine.lower import Builder

EPS = Attribute("eps", "float", 1e-5, "Added to the variance, so that nothing is divided by 0.", 1e-12, 1.0)
SCALE_SHIFT = r"y = \gamma\, \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta"


def scale_and_shift(shape: Shape) -> tuple[Parameter, ...]:
    """γ, which starts at 1, and β, which starts at 0."""
    return Parameter("gamma", shape, "constant 1.0"), Parameter("beta", shape, "zero")


def _numbers(attrs: Attrs, x: Shape) -> Shape:
    if not x:
        raise ShapeError("There must be rows of numbers to normalise, but a scalar comes in.", "x", 1, x,
                         "Put a Reshape layer in front.")  # fmt: skip
    return x


def _channels(attrs: Attrs, x: Shape) -> Shape:
    """The shape of a scale for each channel."""
    return x[-1:] if attrs["channels"] == "last" else x[:1]


def _batch_parameters(attrs: Attrs, x: Shape) -> tuple[Parameter, ...]:
    channels = _channels(attrs, x)
    states = Parameter("mean", channels, "zero", trained=False), Parameter("variance", channels, "constant 1.0",
                                                                           trained=False)  # fmt: skip
    return *scale_and_shift(channels), *states


def _build_batch(b: Builder, attrs: Attrs, x: Value) -> Value:
    axis = len(x.shape) - 1 if attrs["channels"] == "last" else 1
    how = {"eps": attrs["eps"], "axis": axis}
    own = [b.parameter(name) for name in ("gamma", "beta", "mean", "variance")]
    if not b.training:
        return b.name(b.graph.batch_norm_fixed(x, *own, **how), "y")
    count = x.size // x.shape[axis]
    if count < 2:
        b.refuse("one number a channel has no variance: the batch has 1 row.", "Give the batch 2 rows or more.")
    y, mean, variance = b.graph.batch_norm(x, *own[:2], **how)
    b.name(mean, "batch_mean")
    b.name(variance, "batch_variance")
    b.update("running_average", own[2], mean, momentum=attrs["momentum"], factor=1.0)
    b.update("running_average", own[3], variance, momentum=attrs["momentum"], factor=count / (count - 1))
    return b.name(y, "y")


register(Layer(
    "BatchNorm", "normalisation", "Gives each channel (of plain rows: each unit) mean 0 and variance 1 over the batch, "
    "then scales and shifts it. Remembers running averages, by which it normalises when the network is used.",
    shape=_numbers, build=_build_batch, parameters=_batch_parameters, title="Batch normalisation",
    attributes=(
        Attribute("momentum", "float", 0.1, "How far the running averages move in each step.", 0.0, 1.0),
        Attribute("channels", "choice", "first", "Where a row's channels are: images (C, H, W) first, sequences (T, n) "
                  "last.", choices=("first", "last")),
        EPS,
    ),
    formula=SCALE_SHIFT, source="Ioffe and Szegedy 2015",
))  # fmt: skip


def _build_layer(b: Builder, attrs: Attrs, x: Value) -> Value:
    return b.name(layer_normalised(b, x, attrs["eps"]), "y")


def layer_normalised(b: Builder, x: Value, eps: float, place: str = "") -> Value:
    """Layer normalisation by the parameters gamma and beta (with `place` behind their names)."""
    gamma, beta = b.parameter(f"gamma{place}"), b.parameter(f"beta{place}")
    y, mean, inv = b.graph.layer_norm(x, gamma, beta, eps=eps)
    b.name(mean, f"mean{place}")
    b.name(inv, f"inv{place}")
    return y


def _normalised_part(attrs: Attrs, x: Shape) -> Shape:
    return x if attrs["over"] == "row" else x[-1:]


OVER = Attribute("over", "choice", "last", "What shares a mean and a variance: the last dimension (of every place of a "
                 "sequence on its own), or the whole row.", choices=("last", "row"))  # fmt: skip
register(Layer(
    "LayerNorm", "normalisation", "Gives the numbers of every row mean 0 and variance 1, whatever the batch, then "
    "scales and shifts each place.",
    shape=_numbers, build=_build_layer, title="Layer normalisation",
    parameters=lambda attrs, x: scale_and_shift(_normalised_part(attrs, x)),
    attributes=(OVER, EPS),
    formula=SCALE_SHIFT, source="Ba, Kiros and Hinton 2016",
))  # fmt: skip


def _build_rms(b: Builder, attrs: Attrs, x: Value) -> Value:
    y, inv = b.graph.rms_norm(x, b.parameter("gamma"), eps=attrs["eps"])
    b.name(inv, "inv")
    return b.name(y, "y")


register(Layer(
    "RMSNorm", "normalisation", "Divides the numbers of every row by the root of their mean square, then scales each "
    "place: LayerNorm without mean and shift.",
    shape=_numbers, build=_build_rms, title="RMS normalisation", stem="rms_norm",
    parameters=lambda attrs, x: scale_and_shift(_normalised_part(attrs, x))[:1],
    attributes=(OVER, EPS),
    formula=r"y = \gamma\, \frac{x}{\sqrt{\frac{1}{n} \sum_j x_j^2 + \epsilon}}", source="Zhang and Sennrich 2019",
))  # fmt: skip


def _group_shape(attrs: Attrs, x: Shape) -> Shape:
    groups = attrs["groups"] or (x[0] if x else 0)
    _numbers(attrs, x)
    if x[0] % groups:
        raise ShapeError(f"{x[0]} channels of {show(x)} do not fall into {groups} equal groups.", "x", groups, x,
                         f"Set groups to one of {divisors(x[0], 8)}.")  # fmt: skip
    return x


def _build_group(b: Builder, attrs: Attrs, x: Value) -> Value:
    groups = attrs["groups"] or x.shape[1]
    y, mean, inv = b.graph.group_norm(x, b.parameter("gamma"), b.parameter("beta"), groups=groups, eps=attrs["eps"])
    b.name(mean, "mean")
    b.name(inv, "inv")
    return b.name(y, "y")


register(Layer(
    "GroupNorm", "normalisation", "Gives each group of channels of every row mean 0 and variance 1, whatever the "
    "batch, then scales and shifts each channel. With a group for each channel: instance normalisation.",
    shape=_group_shape, build=_build_group, title="Group normalisation",
    parameters=lambda attrs, x: scale_and_shift(x[:1]),
    attributes=(
        Attribute("groups", "int", 1, "Number of groups; 0: one for each channel (instance normalisation).", 0, 2**24),
        EPS,
    ),
    formula=r"y = \gamma_c\, \frac{x - \mu_g}{\sqrt{\sigma_g^2 + \epsilon}} + \beta_c", source="Wu and He 2018",
))  # fmt: skip
