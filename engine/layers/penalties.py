"""Layers that pass their input through unchanged and add a penalty to what is trained."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from engine.attributes import Attribute
from engine.errors import ShapeError
from engine.layers.distributions import log_probabilities
from engine.layers.layer import Attrs, Layer, Shape, register, same_shape
from engine.layers.losses import READS, SMALLEST

if TYPE_CHECKING:
    from engine.graph import Value
    from engine.lower import Builder

MOST_EXACT = 1024  # units beyond which a pass back for each is refused
FEW = 32  # units up to which "auto" takes the exact norm
STRENGTH = Attribute("strength", "float", 0.001, "Times the penalty in the sum that is trained.", 0.0, 1e6)


def _per_row(b: Builder, attrs: Attrs, sizes: Value, rows: int) -> None:
    b.penalty(b.graph.scale(b.graph.sum(sizes), factor=attrs["strength"] / rows))


def _build_l1(b: Builder, attrs: Attrs, x: Value) -> Value:
    if b.training:
        _per_row(b, attrs, b.graph.abs(x), x.shape[0])
    return b.name(x, "y")


register(Layer(
    "ActivityL1", "regularisation", "Adds the sum of the sizes of all numbers that pass, averaged over rows: makes a "
    "sparse code.", title="L₁ of activities", shape=same_shape, build=_build_l1, attributes=(STRENGTH,),
    formula=r"\Omega = \frac{\lambda}{B} \sum_i |x_i|", source="Goodfellow et al. 2016, 14.2.1",
))  # fmt: skip


def _build_l2(b: Builder, attrs: Attrs, x: Value) -> Value:
    if b.training:
        _per_row(b, attrs, b.graph.square(x), x.shape[0])
    return b.name(x, "y")


register(Layer(
    "ActivityL2", "regularisation", "Adds the sum of the squares of all numbers that pass, averaged over rows.",
    title="L₂ of activities", shape=same_shape, build=_build_l2, attributes=(STRENGTH,),
    formula=r"\Omega = \frac{\lambda}{B} \sum_i x_i^2", source="Goodfellow et al. 2016, 7.10",
))  # fmt: skip


def _build_sparsity(b: Builder, attrs: Attrs, x: Value) -> Value:
    if not b.training:
        return b.name(x, "y")
    g, rho, rows = b.graph, attrs["activity"], x.shape[0]
    sums = g.sum(g.reshape(x, shape=(rows, x.size // rows)), start=0, stop=1)
    mean = b.name(g.scale(sums, factor=1.0 / rows), "mean")
    rest = g.sub(g.constant(1.0), mean)
    on = g.scale(g.log(g.at_least(mean, low=SMALLEST)), factor=-rho)
    off = g.scale(g.log(g.at_least(rest, low=SMALLEST)), factor=rho - 1.0)
    constant = rho * math.log(rho) + (1.0 - rho) * math.log(1.0 - rho)
    divergences = b.name(g.add(g.add(on, off), g.constant(constant)), "divergences")
    b.penalty(g.scale(g.sum(divergences), factor=attrs["strength"]))
    return b.name(x, "y")


register(Layer(
    "KLSparsity", "regularisation", "For units between 0 and 1, as behind a sigmoid: pulls the mean of each unit over "
    "the rows of the batch towards a small activity.", title="KL sparsity", shape=same_shape, build=_build_sparsity,
    attributes=(Attribute("activity", "float", 0.05, "Mean that every unit is to have.", 1e-6, 1 - 1e-6), STRENGTH),
    formula=r"\Omega = \lambda \sum_j \rho \log \frac{\rho}{\hat\rho_j}"
            r" + (1 - \rho) \log \frac{1 - \rho}{1 - \hat\rho_j}",
    source="Ng, Sparse autoencoder, CS294A lecture notes, 2011",
))  # fmt: skip


def _build_entropy(b: Builder, attrs: Attrs, x: Value) -> Value:
    if b.training:
        g = b.graph
        log_p, p = log_probabilities(b, attrs, x)
        terms = b.name(g.mul(p, log_p), "terms")
        b.penalty(g.scale(g.sum(terms), factor=-attrs["strength"] * x.shape[-1] / x.size))
    return b.name(x, "y")


register(Layer(
    "EntropyPenalty", "regularisation", "Adds the entropy of the distributions that pass, averaged over rows: makes "
    "them sure; with a strength below 0, unsure.", shape=same_shape, build=_build_entropy,
    attributes=(READS, Attribute("strength", "float", 0.1, "Times the entropy in the sum that is trained.", -1e6, 1e6)),
    formula=r"\Omega = -\frac{\lambda}{B} \sum_{i,k} p_{ik} \log p_{ik}",
    source="Grandvalet and Bengio 2005; with a strength below 0, Pereyra et al. 2017",
))  # fmt: skip


def _passes_h(attrs: Attrs, h: Shape, x: Shape) -> Shape:
    if attrs["method"] == "exact" and math.prod(h) > MOST_EXACT:
        raise ShapeError(f"The exact norm takes a pass back for each of the {math.prod(h):,} units of h.", "h",
                         MOST_EXACT, h, f"Set method to random, or choose at most {MOST_EXACT:,} units.")  # fmt: skip
    return h


def _build_contractive(b: Builder, attrs: Attrs, h: Value, x: Value) -> Value:
    if b.training:
        units, rows = h.size // h.shape[0], h.shape[0]
        exact = attrs["method"] == "exact" or (attrs["method"] == "auto" and units <= FEW)
        seeds = _unit_seeds(b, h, units) if exact else _random_seeds(b, h, attrs["directions"])
        share = 1.0 if exact else 1.0 / attrs["directions"]
        total = _squares(b, h, x, seeds)
        b.penalty(b.graph.scale(total, factor=attrs["strength"] * share / rows))
    return b.name(h, "y")


def _squares(b: Builder, h: Value, x: Value, seeds: list[Value]) -> Value:
    """Σ ‖vᵀ ∂h/∂x‖² over all seeds v and rows."""
    from engine.inner import inner_gradients

    g, total = b.graph, None
    for seed in seeds:
        slope = inner_gradients(g, h, [x], seed)[0]
        if slope is None:
            b.refuse("no gradient flows from h to x.", "Take away the layer between them that stops it.")
        size = g.sum(g.square(slope))
        total = size if total is None else g.add(total, size)
    assert total is not None, "there is at least one direction"
    return total


def _unit_seeds(b: Builder, h: Value, units: int) -> list[Value]:
    """One seed for each unit: rows do not depend on one another, so one pass back serves all of them."""
    import numpy as np

    ones = np.eye(units).reshape(units, 1, *h.shape[1:])
    return [b.graph.source(h.shape, "constant", data=one) for one in ones]


def _random_seeds(b: Builder, h: Value, count: int) -> list[Value]:
    """Random signs, anew in every step."""
    g, zeros = b.graph, b.graph.constant(0.0, h.shape)
    drawn = (g.noise(zeros, b.clock, sigma=1.0, seed=b.seed, stream=(b.stream + i) % 2**32) for i in range(count))
    return [g.sign(noise) for noise in drawn]


register(Layer(
    "ContractivePenalty", "regularisation", "Passes h through and adds the squared size of its derivatives with "
    "respect to x: small changes of x then hardly move h. Each row of h must depend on its own row of x alone.",
    shape=_passes_h, build=_build_contractive, inputs=("h", "x"), depends=("h", "x"),
    attributes=(
        STRENGTH,
        Attribute("method", "choice", "auto", "exact: one pass back for each unit of h; random: an estimate without "
                  f"bias from random directions (Hutchinson 1990); auto: exact up to {FEW} units.",
                  choices=("auto", "exact", "random")),
        Attribute("directions", "int", 1, "So many random directions are taken in each step.", 1, 64,
                  when=("method", ("auto", "random"))),
    ),
    formula=r"\Omega = \frac{\lambda}{B} \sum_i \left\lVert \frac{\partial h_i}{\partial x_i} \right\rVert_F^2",
    source="Rifai et al. 2011",
))  # fmt: skip
