"""Losses in PyTorch: the same figures, gradients and steps, alone and several together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import engine
from tests.engine import nets
from tests.engine.against_torch.peers import Pair, affine, torch

functional = torch.nn.functional
RNG = np.random.default_rng(8)
ROWS, INPUTS, UNITS = 21, 5, 3
X = RNG.standard_normal((ROWS, INPUTS))
NUMBERS = RNG.standard_normal((ROWS, UNITS))
COUNTS = RNG.poisson(2.0, (ROWS, UNITS)).astype(float)
LABELS = RNG.permutation(np.arange(ROWS) % UNITS)
SHARES = np.exp(NUMBERS) / np.exp(NUMBERS).sum(1, keepdims=True)
PAIRS = RNG.integers(0, 2, (ROWS, 1)).astype(float)


COMPARED_HERE = {
    "HuberLoss", "GaussianNLL", "PoissonNLL", "KLDivergence", "GaussianKL", "TripletLoss", "ContrastiveLoss", "InfoNCE",
}  # fmt: skip


def test_every_loss_is_compared():
    plain = {kind for kind, layer in engine.layers.REGISTRY.items() if layer.is_loss} - COMPARED_HERE
    assert plain == set(nets.LOSSES)


def net(loss: str, ports: tuple[tuple[str, str], ...] = (("x", "linear"),), units: int = UNITS,
        **attrs: Any) -> engine.Network:  # fmt: skip
    """Input, a tanh layer of 4, then for each port of the loss a Dense layer (dense2, …) of this activation."""
    network = nets.chain(("Input", {"shape": (INPUTS,)}), ("Dense", {"units": 4, "activation": "tanh"}))
    made = network.add(loss, **attrs)
    for port, activation in ports:
        network.connect("dense1", head := network.add("Dense", units=units, activation=activation))
        network.connect(head, made, port)
    return network


def heads(p: dict[str, Any], x: Any, count: int = 1) -> list[Any]:
    """What dense2, dense3, … sum up."""
    hidden = torch.tanh(affine(p, "dense1", x))
    return [affine(p, f"dense{2 + i}", hidden) for i in range(count)]


@pytest.mark.parametrize("threshold", [0.3, 1.0, 5.0])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_huber(threshold: float, reduction: str):
    def loss(p: dict[str, Any], x: Any, y: Any) -> Any:
        return functional.huber_loss(heads(p, x)[0], y, delta=threshold, reduction=reduction)

    Pair(net("HuberLoss", threshold=threshold, reduction=reduction), (X, NUMBERS), loss).agree()


@pytest.mark.parametrize(("spread", "activation"), [("variance", "softplus"), ("log_variance", "linear")])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_gaussian(spread: str, activation: str, reduction: str):
    def loss(p: dict[str, Any], x: Any, y: Any) -> Any:
        mean, second = heads(p, x, 2)
        variance = functional.softplus(second) if spread == "variance" else torch.exp(second)
        return functional.gaussian_nll_loss(mean, y, variance, reduction=reduction)

    made = net("GaussianNLL", (("mean", "linear"), ("spread", activation)), spread=spread, reduction=reduction)
    pair = Pair(made, (X, NUMBERS), loss)
    np.testing.assert_allclose(pair.session.predict(X), heads(pair.parameters, pair.x)[0].detach(), rtol=1e-10)
    pair.agree()


@pytest.mark.parametrize("rates", ["logarithms", "rates"])
def test_poisson(rates: str):
    def loss(p: dict[str, Any], x: Any, y: Any) -> Any:
        (out,) = heads(p, x)
        out = functional.softplus(out) if rates == "rates" else out
        return functional.poisson_nll_loss(out, y, log_input=rates == "logarithms", eps=0.0)

    activation = "softplus" if rates == "rates" else "linear"
    Pair(net("PoissonNLL", (("x", activation),), rates=rates), (X, COUNTS), loss).agree()


@pytest.mark.parametrize("activation", ["linear", "softmax"])
def test_divergence(activation: str):
    def loss(p: dict[str, Any], x: Any, y: Any) -> Any:
        return functional.kl_div(torch.log_softmax(heads(p, x)[0], 1), y, reduction="batchmean")

    Pair(net("KLDivergence", (("x", activation),)), (X, SHARES), loss).agree()


@pytest.mark.parametrize("smoothing", [0.1, 1.0])
def test_cross_entropy_with_smoothing(smoothing: float):
    def loss(p: dict[str, Any], x: Any, y: Any) -> Any:
        return functional.cross_entropy(heads(p, x)[0], y, label_smoothing=smoothing)

    for activation in ("linear", "softmax"):
        Pair(net("CrossEntropy", (("x", activation),), smoothing=smoothing), (X, LABELS), loss).agree()


@pytest.mark.parametrize("activation", ["linear", "softmax"])
def test_smoothing_over_the_steps_of_a_sequence(activation: str):
    labels = RNG.integers(-1, 4, (ROWS, 3))
    made = nets.chain(("Input", {"shape": (INPUTS,)}), ("Dense", {"units": 12}), ("Reshape", {"shape": (3, 4)}),
                      ("Dense", {"units": 4, "activation": activation}),
                      ("CrossEntropy", {"smoothing": 0.2}))  # fmt: skip

    def loss(p: dict[str, Any], x: Any, y: Any) -> Any:
        z = affine(p, "dense2", affine(p, "dense1", x).reshape(-1, 4))
        return functional.cross_entropy(z, y.reshape(-1), ignore_index=-1, label_smoothing=0.2)

    Pair(made, (X, labels), loss).agree()


def test_triplet():
    ports = (("anchor", "linear"), ("positive", "tanh"), ("negative", "tanh"))

    def loss(p: dict[str, Any], x: Any, y: Any) -> Any:
        a, b, c = heads(p, x, 3)
        return functional.triplet_margin_loss(a, torch.tanh(b), torch.tanh(c), margin=0.7)

    Pair(net("TripletLoss", ports, margin=0.7), (X, NUMBERS), loss).agree()


def compared(kind: str, loss: str, **attrs: Any) -> engine.Network:
    """Two heads, joined by a layer of `kind`, whose number goes into `loss`."""
    made = net(kind, (("x1", "linear"), ("x2", "linear")))
    made.connect(next(id for id in made.nodes if made.nodes[id].kind == kind), made.add(loss, **attrs))
    return made


def test_cosine_similarity():
    def loss(p: dict[str, Any], x: Any, y: Any) -> Any:
        return functional.mse_loss(functional.cosine_similarity(*heads(p, x, 2)), y[:, 0])

    Pair(compared("CosineSimilarity", "SquaredError"), (X, PAIRS), loss).agree()


def test_contrastive_loss_of_distances():
    def loss(p: dict[str, Any], x: Any, y: Any) -> Any:
        d = functional.pairwise_distance(*heads(p, x, 2))
        return 0.5 * (y[:, 0] * d**2 + (1 - y[:, 0]) * torch.clamp(1.5 - d, min=0) ** 2).mean()

    Pair(compared("PairwiseDistance", "ContrastiveLoss", margin=1.5), (X, PAIRS), loss).agree()


@pytest.mark.parametrize("both", [False, True])
def test_info_nce(both: bool):
    def loss(p: dict[str, Any], x: Any, y: Any) -> Any:
        a, b = (functional.normalize(z) for z in heads(p, x, 2))
        s, own = a @ b.T / 0.2, torch.arange(ROWS)
        there = functional.cross_entropy(s, own)
        return (there + functional.cross_entropy(s.T, own)) / 2 if both else there

    ports = (("x1", "linear"), ("x2", "linear"))
    Pair(net("InfoNCE", ports, temperature=0.2, both_ways=both), (X, NUMBERS), loss).agree()


def two_tasks() -> engine.Network:
    """Columns 0 and 1 of the target at one head, column 2 at another, and the input itself at a third."""
    made = nets.chain(("Input", {"shape": (INPUTS,)}), ("Dense", {"units": 4, "activation": "tanh"}))
    for units, loss, attrs in ((2, "SquaredError", {"columns": 2, "weight": 0.5}),
                               (1, "AbsoluteError", {"first_column": 2, "weight": 2.0}),
                               (INPUTS, "HalfSquaredError", {"against": "input"})):  # fmt: skip
        made.connect("dense1", head := made.add("Dense", units=units))
        made.connect(head, made.add(loss, **attrs))
    return made


def test_several_losses():
    def loss(p: dict[str, Any], x: Any, y: Any) -> Any:
        first, second, third = heads(p, x, 3)
        return (0.5 * functional.mse_loss(first, y[:, :2]) + 2.0 * functional.l1_loss(second, y[:, 2:])
                + 0.5 * functional.mse_loss(third, x, reduction="sum") / len(x))  # fmt: skip

    pair = Pair(two_tasks(), (X, NUMBERS), loss)
    pair.agree()
    np.testing.assert_allclose(pair.session.predict(X), heads(pair.parameters, pair.x)[0].detach(), rtol=1e-8)


def test_hessian_of_several_losses():
    pair = Pair(two_tasks(), (X, NUMBERS), lambda p, x, y: (heads(p, x)[0] * 0).sum())
    rng = np.random.default_rng(4)
    way = {name: rng.standard_normal(array.shape) for name, array in pair.session.parameters.items()}
    products, start = pair.session.hessian_vector_product(way), dict(pair.session.parameters.items())
    ends = []
    for by in (1e-5, -1e-5):
        for name, array in start.items():
            pair.session.parameters[name] = array + by * way[name] if by > 0 else array - 2e-5 * way[name]
        ends.append(pair.session.gradients())
    for name, product in products.items():
        np.testing.assert_allclose(product, (ends[0][name] - ends[1][name]) / 2e-5, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("stop", [True, False])
def test_a_loss_against_a_wire(stop: bool):
    made = nets.chain(("Input", {"shape": (INPUTS,)}), ("Dense", {"units": 4, "activation": "tanh"}),
                      ("Dense", {"units": 4}), ("SquaredError", {"against": "wire"}))  # fmt: skip
    source = "dense1"
    if stop:
        made.connect("dense1", source := made.add("StopGradient"))
    made.connect(source, "squared_error1", "target")

    def loss(p: dict[str, Any], x: Any, y: Any) -> Any:
        hidden = torch.tanh(affine(p, "dense1", x))
        return functional.mse_loss(affine(p, "dense2", hidden), hidden.detach() if stop else hidden)

    Pair(made, (X, NUMBERS), loss).agree()


def test_tokens_that_are_predicted_from_themselves():
    tokens = RNG.integers(0, 4, (ROWS, 5))
    made = nets.chain(("Tokens", {"length": 5, "vocabulary": 4}), ("OneHot", {"vocabulary": 4}), ("Flatten", {}),
                      ("Dense", {"units": 20}), ("Reshape", {"shape": (5, 4)}))  # fmt: skip
    made.connect("reshape1", made.add("CrossEntropy", against="input"))
    made.connect("reshape1", second := made.add("CrossEntropy", against="wire", weight=0.5))
    made.connect("tokens1", second, "target")

    def loss(p: dict[str, Any], x: Any, y: Any) -> Any:
        z = affine(p, "dense1", functional.one_hot(x, 4).double().flatten(1)).reshape(-1, 4)
        return 1.5 * functional.cross_entropy(z, x.reshape(-1))

    Pair(made, (tokens, NUMBERS), loss).agree()
