"""Losses of distributions: Gaussian and Poisson outputs, divergences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.attributes import Attribute
from engine.errors import ShapeError
from engine.layers.layer import Attrs, Layer, Shape, register, show
from engine.layers.losses import READS, REDUCTION, SMALLEST, reduced, scalar

if TYPE_CHECKING:
    from engine.graph import Value
    from engine.lower import Builder

LEAST_VARIANCE = 1e-6
SPREAD = Attribute(
    "spread", "choice", "log_variance",
    "What comes in at spread: the logarithm of the variance (any number), or the variance itself, as of a softplus.",
    choices=("log_variance", "variance"),
)  # fmt: skip


def require_pair(attrs: Attrs, mean: Shape, spread: Shape, *target: Shape) -> Shape:
    """Shape rule of what takes means and their spreads: the shape of both."""
    if mean != spread:
        raise ShapeError(f"mean is {show(mean)} but spread is {show(spread)}; both must be equal.", "spread", mean,
                         spread, "Give both the same number of units.")  # fmt: skip
    return mean


def _pair(attrs: Attrs, mean: Shape, spread: Shape, *target: Shape) -> Shape:
    require_pair(attrs, mean, spread)
    return ()


def log_and_variance(b: Builder, attrs: Attrs, spread: Value) -> tuple[Value, Value]:
    """log σ² and σ², which is at least LEAST_VARIANCE where it is given itself."""
    g = b.graph
    if attrs["spread"] == "log_variance":
        return spread, b.name(g.exp(spread), "variance")
    variance = b.name(g.at_least(spread, low=LEAST_VARIANCE), "variance")
    return g.log(variance), variance


def _build_gaussian(b: Builder, attrs: Attrs, mean: Value, spread: Value, target: Value) -> Value:
    g = b.graph
    log_variance, variance = log_and_variance(b, attrs, spread)
    errors = g.square(b.name(g.sub(mean, target), "error"))
    scaled = g.mul(errors, g.exp(g.neg(spread))) if attrs["spread"] == "log_variance" else g.div(errors, variance)
    return reduced(b, attrs, b.name(g.scale(g.add(log_variance, scaled), factor=0.5), "losses"))


register(Layer(
    "GaussianNLL", "loss", "For outputs that are normal distributions: minus the log of the density given to the "
    "target (without the constant ½ log 2π). The output is the mean.", title="Gaussian NLL",
    shape=_pair, build=_build_gaussian, inputs=("mean", "spread"), attributes=(SPREAD, REDUCTION), target="values",
    formula=r"L = \frac{1}{2n} \sum_i \log \sigma_i^2 + \frac{(\mu_i - y_i)^2}{\sigma_i^2}",
    source="Nix and Weigend 1994; Goodfellow et al. 2016, 6.2.2.4",
))  # fmt: skip


def _build_poisson(b: Builder, attrs: Attrs, x: Value, target: Value) -> Value:
    g = b.graph
    if attrs["rates"] == "logarithms":
        rate, logarithm = b.name(g.exp(x), "rate"), x
    else:
        rate, logarithm = x, g.log(g.at_least(x, low=SMALLEST))
    return reduced(b, attrs, b.name(g.sub(rate, g.mul(target, logarithm)), "losses"))


register(Layer(
    "PoissonNLL", "loss", "For counts: minus the log of the probability that a Poisson distribution of this rate gives "
    "the target (without the constant log y!).", title="Poisson NLL",
    shape=scalar, build=_build_poisson, target="values",
    attributes=(Attribute("rates", "choice", "logarithms", "What comes in: logarithms of rates, or rates above 0.",
                          choices=("logarithms", "rates")), REDUCTION),
    formula=r"L = \frac{1}{n} \sum_i \lambda_i - y_i \log \lambda_i", source="Cameron and Trivedi 1998, 3.2",
))  # fmt: skip


def log_probabilities(b: Builder, attrs: Attrs, x: Value) -> tuple[Value, Value]:
    """log p and p of distributions along the last dimension, out of logits or probabilities."""
    g = b.graph
    if b.reads_probabilities(attrs):
        return g.log(g.at_least(x, low=SMALLEST)), x
    p = b.name(g.softmax(x), "p")
    shifted = g.sub(x, g.max(x))
    total = g.log(g.sum(g.exp(shifted), start=len(x.shape) - 1))
    return g.sub(shifted, g.reshape(total, shape=(*total.shape, 1))), p


def _build_divergence(b: Builder, attrs: Attrs, x: Value, target: Value) -> Value:
    g = b.graph
    log_p, _ = log_probabilities(b, attrs, x)
    log_t = g.log(g.at_least(target, low=SMALLEST))
    losses = b.name(g.mul(target, g.sub(log_t, log_p)), "losses")
    return b.name(g.scale(g.sum(losses), factor=x.shape[-1] / x.size), "loss")


def _distribution(attrs: Attrs, x: Shape, *target: Shape) -> Shape:
    if not x or x[-1] < 2:
        raise ShapeError(f"A distribution needs at least 2 classes, but {show(x)} comes in.", "x", (2,), x,
                         "Give the layer before it 2 units or more.")  # fmt: skip
    return ()


register(Layer(
    "KLDivergence", "loss", "How far the distribution that comes in is from the target's, whose numbers are "
    "probabilities: the mean over the rows. Its gradient also flows into a target that a wire brings.",
    title="KL divergence", shape=_distribution, build=_build_divergence, attributes=(READS,), target="values",
    formula=r"L = \frac{1}{B} \sum_{i,k} t_{ik} \log \frac{t_{ik}}{p_{ik}}", source="Goodfellow et al. 2016, 3.13",
))  # fmt: skip


def _build_gaussian_divergence(b: Builder, attrs: Attrs, mean: Value, spread: Value) -> Value:
    g = b.graph
    log_variance, variance = log_and_variance(b, attrs, spread)
    terms = g.sub(g.add(g.square(mean), variance), g.add(log_variance, g.constant(1.0)))
    losses = b.name(g.scale(terms, factor=0.5), "losses")
    return b.name(g.scale(g.sum(losses), factor=1.0 / mean.shape[0]), "loss")


register(Layer(
    "GaussianKL", "loss", "How far normal distributions are from the standard one: what holds the code of a "
    "variational autoencoder together. Summed over the code, averaged over rows.", title="KL to standard normal",
    shape=_pair, build=_build_gaussian_divergence, inputs=("mean", "spread"), attributes=(SPREAD,),
    formula=r"L = \frac{1}{2B} \sum_i \mu_i^2 + \sigma_i^2 - \log \sigma_i^2 - 1",
    source="Kingma and Welling 2014, appendix B",
))  # fmt: skip
