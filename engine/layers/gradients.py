"""Layers that change what flows back, and layers of random codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.attributes import Attribute
from engine.layers.distributions import SPREAD, log_and_variance, require_pair
from engine.layers.layer import Attrs, Layer, register, same_shape

if TYPE_CHECKING:
    from engine.graph import Value
    from engine.lower import Builder

register(Layer("StopGradient", "shape", "Passes its input on, but no gradient back: what lies before it does not learn "
               "from what lies behind.", shape=same_shape, takes="any", gives="same",
               build=lambda b, attrs, x: b.name(b.graph.stop_gradient(x), "y"),
               formula=r"y = x,\quad \bar x = 0", source="Abadi et al. 2016: tf.stop_gradient"))  # fmt: skip


def _build_reversal(b: Builder, attrs: Attrs, x: Value) -> Value:
    """x − (1 + λ)·(x − stop(x)): the difference is 0 and has the derivative 1."""
    g = b.graph
    nothing = g.sub(x, g.stop_gradient(x))
    return b.name(g.sub(x, g.scale(nothing, factor=1.0 + attrs["factor"])), "y")


register(Layer(
    "GradientReversal", "shape", "Passes its input on, and the gradient back turned round: what lies before it learns "
    "to make the loss behind it larger, as against a discriminator.", shape=same_shape, build=_build_reversal,
    attributes=(Attribute("factor", "float", 1.0, "Times the gradient, which is turned round.", 0.0, 1e6),),
    formula=r"y = x,\quad \bar x = -\lambda\, \bar y", source="Ganin and Lempitsky 2015",
))  # fmt: skip


def _build_sampling(b: Builder, attrs: Attrs, mean: Value, spread: Value) -> Value:
    if not b.training:
        return b.name(mean, "y")
    g = b.graph
    if attrs["spread"] == "log_variance":
        deviation = g.exp(g.scale(spread, factor=0.5))
    else:
        deviation = g.sqrt(log_and_variance(b, attrs, spread)[1])
    drawn = g.noise(g.constant(0.0, mean.shape), b.clock, sigma=1.0, seed=b.seed, stream=b.stream)
    return b.name(g.add(mean, g.mul(b.name(deviation, "deviation"), b.name(drawn, "noise"))), "y")


register(Layer(
    "Sampling", "regularisation", "Draws from normal distributions, anew in every step, so that gradients reach their "
    "means and spreads. When the network is only looked at, it gives the means.",
    shape=require_pair, build=_build_sampling, inputs=("mean", "spread"), attributes=(SPREAD,),
    formula=r"y = \mu + \sigma \odot \epsilon,\quad \epsilon_i \sim \mathcal{N}(0, 1)",
    source="Kingma and Welling 2014, 2.4",
))  # fmt: skip


def _build_normal(b: Builder, attrs: Attrs, x: Value) -> Value:
    zeros = b.graph.zeros(shape=(x.shape[0], attrs["units"]))
    if not b.training:
        return b.name(zeros, "y")
    return b.name(b.graph.noise(zeros, b.clock, sigma=1.0, seed=b.seed, stream=b.stream), "y")


register(Layer(
    "NormalSample", "regularisation", "Standard normal numbers for every row, anew in every step, whatever comes in: "
    "as the codes of an adversarial autoencoder should look. When the network is only looked at, it gives zeros.",
    shape=lambda attrs, x: (attrs["units"],), build=_build_normal,
    attributes=(Attribute("units", "int", 2, "Numbers for each row.", 1, 2**24),),
    formula=r"y_i \sim \mathcal{N}(0, 1)", source="Makhzani et al. 2015",
))  # fmt: skip


def _build_adversarial(b: Builder, attrs: Attrs, x: Value) -> Value:
    if b.direction is None:  # a value of its own: the gradient that moves it is that of this layer alone
        return b.name(b.graph.reshape(x, shape=x.shape), "y")
    moved = b.graph.scale(b.name(b.direction, "direction"), factor=attrs["size"])
    return b.name(b.graph.add(x, moved), "y")


register(Layer(
    "AdversarialInput", "regularisation", "In training, moves every number by a small step to the side on which the "
    "loss grows, and trains with the clean rows and the moved ones together: the network runs twice in each step.",
    title="Adversarial (FGSM)", shape=same_shape, build=_build_adversarial,
    attributes=(
        Attribute("size", "float", 0.1, "How far every number is moved.", 0.0, 1e6),
        Attribute("clean_share", "float", 0.5, "Share α of the clean rows' loss in what is trained.", 0.0, 1.0),
    ),
    formula=r"y = x + \epsilon\, \mathrm{sign}\, \frac{\partial L}{\partial x},\quad \alpha L(x) + (1 - \alpha) L(y)",
    source="Goodfellow, Shlens and Szegedy 2014",
))  # fmt: skip
