"""Penalties and layers that change the gradient, in PyTorch: autoencoders of all kinds, adversarial training."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import engine
from tests.engine import nets
from tests.engine.against_torch.peers import Pair, affine, close, torch

functional = torch.nn.functional
RNG = np.random.default_rng(9)
ROWS, INPUTS, CODE = 21, 5, 3
X = RNG.standard_normal((ROWS, INPUTS))
LABELS = RNG.permutation(np.arange(ROWS) % 3)


def autoencoder(*between: tuple[str, dict[str, Any]], activation: str = "sigmoid") -> engine.Network:
    """Input, a code of 3 with what stands behind it, and back: compared with the input itself."""
    return nets.chain(("Input", {"shape": (INPUTS,)}), ("Dense", {"units": CODE, "activation": activation}), *between,
                      ("Dense", {"units": INPUTS}), ("SquaredError", {"against": "input"}))  # fmt: skip


def code(p: dict[str, Any], x: Any) -> Any:
    """The code behind the sigmoid."""
    return torch.sigmoid(affine(p, "dense1", x))


def restored(p: dict[str, Any], x: Any) -> Any:
    """The loss of the plain autoencoder."""
    return functional.mse_loss(affine(p, "dense2", code(p, x)), x)


def test_plain_autoencoder():
    pair = Pair(autoencoder(), (X, LABELS), lambda p, x, y: restored(p, x))
    pair.agree()
    close(pair.session.predict(X), affine(pair.parameters, "dense2", code(pair.parameters, pair.x)).detach())
    figures = pair.session.evaluate("train")
    assert set(figures) == {"loss", "r2", "rows"}
    assert figures["loss"] == pytest.approx(restored(pair.parameters, pair.x).item(), rel=1e-9)


@pytest.mark.parametrize("power", [1, 2])
def test_sizes_of_activities(power: int):
    def loss(p: dict[str, Any], x: Any, y: Any) -> Any:
        return restored(p, x) + 0.3 * (code(p, x).abs() ** power).sum() / len(x)

    Pair(autoencoder((f"ActivityL{power}", {"strength": 0.3})), (X, LABELS), loss).agree()


def test_sparse_autoencoder():
    def loss(p: dict[str, Any], x: Any, y: Any) -> Any:
        rho, mean = 0.1, code(p, x).mean(0)
        away = rho * torch.log(rho / mean) + (1 - rho) * torch.log((1 - rho) / (1 - mean))
        return restored(p, x) + 0.7 * away.sum()

    pair = Pair(autoencoder(("KLSparsity", {"strength": 0.7, "activity": 0.1})), (X, LABELS), loss)
    total, parts = pair.session.loss(), pair.session.losses()
    assert set(parts) == {"klsparsity1", "squared_error1"}
    assert sum(parts.values()) == pytest.approx(total, rel=1e-12)
    pair.agree()


def jacobians(p: dict[str, Any], x: Any) -> Any:
    """Σ ‖∂h/∂x‖² over the rows."""
    rows = [torch.autograd.functional.jacobian(lambda row: code(p, row), row, create_graph=True) for row in x]
    return sum((jacobian**2).sum() for jacobian in rows)


def contractive(**attrs: Any) -> engine.Network:
    """The autoencoder with a penalty on the derivatives of its code."""
    network = autoencoder(("ContractivePenalty", attrs))
    network.connect("input1", "contractive_penalty1", "x")
    return network


def test_contractive_autoencoder():
    Pair(
        contractive(strength=0.4), (X, LABELS), lambda p, x, y: restored(p, x) + 0.4 * jacobians(p, x) / len(x)
    ).agree()


def test_random_directions_estimate_the_same_without_bias():
    exact, guess = (
        engine.Session(
            contractive(strength=1.0, method=method, directions=4), (X, LABELS), dtype="float64", learning_rate=0.0
        )
        for method in ("exact", "random")
    )
    exact.loss()
    want = exact.losses()["contractive_penalty1"]
    found = []
    for _ in range(400):
        guess.train(steps=1)
        found.append(guess.losses()["contractive_penalty1"])
    spread = np.std(found) / len(found) ** 0.5
    assert spread < 0.02 * want
    assert abs(np.mean(found) - want) < 4 * spread
    assert len(set(found)) > 1


def test_entropy_penalty():
    network = nets.chain(("Input", {"shape": (INPUTS,)}), ("Dense", {"units": 3}),
                         ("EntropyPenalty", {"strength": -0.2}), ("CrossEntropy", {}))  # fmt: skip

    def loss(p: dict[str, Any], x: Any, y: Any) -> Any:
        z = affine(p, "dense1", x)
        entropy = torch.distributions.Categorical(logits=z).entropy().mean()
        return functional.cross_entropy(z, y) - 0.2 * entropy

    Pair(network, (X, LABELS), loss).agree()


@pytest.mark.parametrize("spread", ["log_variance", "variance"])
def test_variational_autoencoder(spread: str):
    network = nets.chain(("Input", {"shape": (INPUTS,)}), ("Dense", {"units": 4, "activation": "tanh"}),
                         ("Dense", {"units": CODE}), ("Sampling", {"spread": spread}), ("Dense", {"units": INPUTS}),
                         ("SquaredError", {"against": "input"}))  # fmt: skip
    network.connect("dense1", second := network.add(
        "Dense", units=CODE, activation="linear" if spread == "log_variance" else "softplus"))  # fmt: skip
    network.connect(second, "sampling1", "spread")
    divergence = network.add("GaussianKL", spread=spread, weight=0.5)
    network.connect("dense2", divergence, "mean")
    network.connect(second, divergence, "spread")
    drawn: list[Any] = []

    def loss(p: dict[str, Any], x: Any, y: Any) -> Any:
        hidden = torch.tanh(affine(p, "dense1", x))
        mean, second = affine(p, "dense2", hidden), affine(p, "dense4", hidden)
        variance = torch.exp(second) if spread == "log_variance" else functional.softplus(second)
        z = mean + variance.sqrt() * drawn[-1]
        away = 0.5 * (mean**2 + variance - 1 - variance.log()).sum() / len(x)
        return functional.mse_loss(affine(p, "dense3", z), x) + 0.5 * away

    pair = Pair(network, (X, LABELS), loss)
    for _ in range(3):  # in each step other noise, which is handed to PyTorch
        given = pair.session.loss()
        drawn.append(torch.tensor(np.array(pair.session.values["sampling1.noise"])))
        total = pair.loss()
        close(given, total.item())
        for parameter in pair.parameters.values():
            parameter.grad = None
        total.backward()
        for name, gradient in pair.session.gradients().items():
            close(gradient, pair.parameters[name].grad, name)
        pair.session.train(steps=1)
        for name, array in pair.session.parameters.items():
            pair.parameters[name].data = torch.tensor(np.array(array))
    assert not torch.equal(drawn[0], drawn[1])
    mean = affine(pair.parameters, "dense2", torch.tanh(affine(pair.parameters, "dense1", pair.x)))
    close(pair.session.predict(X), affine(pair.parameters, "dense3", mean).detach())


def test_gradient_reversal():
    network = nets.chain(("Input", {"shape": (INPUTS,)}), ("Dense", {"units": 4, "activation": "tanh"}),
                         ("GradientReversal", {"factor": 0.7}), ("Dense", {"units": 3}),
                         ("CrossEntropy", {}))  # fmt: skip

    class Turned(torch.autograd.Function):
        @staticmethod
        def forward(context: Any, x: Any) -> Any:
            return x.view_as(x)

        @staticmethod
        def backward(context: Any, slope: Any) -> Any:
            return -0.7 * slope

    def loss(p: dict[str, Any], x: Any, y: Any) -> Any:
        hidden = torch.tanh(affine(p, "dense1", x))
        return functional.cross_entropy(affine(p, "dense2", Turned.apply(hidden)), y)

    Pair(network, (X, LABELS), loss).agree()


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_fast_gradient_sign(share: float):
    network = nets.chain(("Input", {"shape": (INPUTS,)}), ("AdversarialInput", {"size": 0.2, "clean_share": share}),
                         ("Dense", {"units": 4, "activation": "tanh"}), ("Dense", {"units": 3}),
                         ("CrossEntropy", {}))  # fmt: skip

    def plain(p: dict[str, Any], x: Any, y: Any) -> Any:
        return functional.cross_entropy(affine(p, "dense2", torch.tanh(affine(p, "dense1", x))), y)

    def loss(p: dict[str, Any], x: Any, y: Any) -> Any:
        rows = x.clone().requires_grad_()
        (slope,) = torch.autograd.grad(plain(p, rows, y), rows)
        return share * plain(p, x, y) + (1 - share) * plain(p, x + 0.2 * slope.sign(), y)

    pair = Pair(network, (X, LABELS), loss)
    close(pair.session.evaluate("train")["loss"], plain(pair.parameters, pair.x, pair.y).item())
    pair.agree()


def test_adversarial_autoencoder():
    """One discriminator tells codes (0) from drawn ones (1); through the reversal, the encoder learns the opposite."""
    network = autoencoder()
    network.connect("dense1", turn := network.add("GradientReversal", factor=0.5))
    network.connect(turn, false := network.add("Dense", units=1, bias=False))
    network.connect(false, network.add("BinaryCrossEntropy", against="number", number=0.0, weight=0.3))
    network.connect("input1", drawn := network.add("NormalSample", units=CODE))
    network.connect(drawn, true := network.add("Dense", units=1, bias=False, tied=false))
    network.connect(true, network.add("BinaryCrossEntropy", against="number", number=1.0, weight=0.3))
    noise: list[Any] = []

    def loss(p: dict[str, Any], x: Any, y: Any) -> Any:
        h = code(p, x)
        said, other = (h.detach() * 1.5 - 0.5 * h) @ p["dense3.W"], noise[-1] @ p["dense3.W"]
        judge = functional.binary_cross_entropy_with_logits
        return restored(p, x) + 0.3 * judge(said, torch.zeros_like(said)) + 0.3 * judge(other, torch.ones_like(other))

    pair = Pair(network, (X, LABELS), loss)
    assert "dense4.W" not in pair.parameters
    for _ in range(2):
        given = pair.session.loss()
        noise.append(torch.tensor(np.array(pair.session.values[f"{drawn}.y"])))
        total = pair.loss()
        close(given, total.item())
        slopes = torch.autograd.grad(total, list(pair.parameters.values()))
        for (name, gradient), slope in zip(pair.session.gradients().items(), slopes, strict=True):
            close(gradient, slope, name)
        pair.session.train(steps=1)
        for name, array in pair.session.parameters.items():
            pair.parameters[name].data = torch.tensor(np.array(array))
    assert not torch.equal(noise[0], noise[1])
    assert not np.any(pair.session.evaluator.values(pair.session.parameter_block(), X, [f"{drawn}.y"])[f"{drawn}.y"])
