"""The same networks in PyTorch, from the same weights on the same data, in float64."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import engine
from tests.engine import nets

torch = pytest.importorskip("torch", reason="PyTorch is a peer to compare with, not a dependency")

BOUND = 1e-8
SIZES = (5, 8, 6, 3)
ROWS = 21  # odd: signs that cancel would leave 0 or 1e-17 by the order of summing, which AdaGrad's ε of 1e-10 magnifies
functional = torch.nn.functional
ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "linear": lambda z: z,
    "relu": torch.relu,
    "leaky_relu": lambda z: functional.leaky_relu(z, 0.01),
    "elu": functional.elu,
    "gelu": functional.gelu,
    "silu": functional.silu,
    "softplus": functional.softplus,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "absolute": torch.abs,
    "softmax": lambda z: torch.softmax(z, 1),
}
LOSSES: dict[str, Callable[[Any, Any], Any]] = {
    "SquaredError": functional.mse_loss,
    "HalfSquaredError": lambda z, y: 0.5 * functional.mse_loss(z, y, reduction="sum") / len(z),
    "AbsoluteError": functional.l1_loss,
    "BinaryCrossEntropy": functional.binary_cross_entropy_with_logits,
    "CrossEntropy": functional.cross_entropy,
}
OPTIMIZERS: dict[str, Callable[[Any], Any]] = {
    "sgd": lambda parameters: torch.optim.SGD(parameters, lr=0.1),
    "momentum": lambda parameters: torch.optim.SGD(parameters, lr=0.1, momentum=0.9),
    "nesterov": lambda parameters: torch.optim.SGD(parameters, lr=0.1, momentum=0.9, nesterov=True),
    "adagrad": lambda parameters: torch.optim.Adagrad(parameters, lr=0.1),
    "rmsprop": lambda parameters: torch.optim.RMSprop(parameters, lr=0.1),
    "adam": lambda parameters: torch.optim.Adam(parameters, lr=0.1),
    "adamw": lambda parameters: torch.optim.AdamW(parameters, lr=0.1),
}
PAIRS = [
    *itertools.product(["tanh"], LOSSES),
    ("relu", "CrossEntropy"),
    ("leaky_relu", "SquaredError"),
    ("sigmoid", "CrossEntropy"),
    ("gelu", "CrossEntropy"),
    ("elu", "SquaredError"),
]


class Peer:
    """The session's network in PyTorch, with copies of its weights."""

    def __init__(
        self, session: engine.Session, activation: str, loss: str, data: tuple[np.ndarray, np.ndarray]
    ) -> None:
        self.parameters = {
            name: torch.tensor(np.array(array), dtype=torch.float64, requires_grad=True)
            for name, array in session.parameters.items()
        }
        self.activation, self.criterion = ACTIVATIONS[activation], LOSSES[loss]
        self.x = torch.tensor(data[0])
        self.y = torch.tensor(data[1])

    def output(self) -> Any:
        """Logits or predictions for all rows."""
        a = self.x
        for number in range(1, len(SIZES)):
            z = a @ self.parameters[f"dense{number}.W"] + self.parameters[f"dense{number}.b"]
            a = self.activation(z) if number + 1 < len(SIZES) else z
        return a

    def loss(self) -> Any:
        """Loss of all rows."""
        return self.criterion(self.output(), self.y)


def pair(activation: str, loss: str, **settings: Any) -> tuple[engine.Session, Peer]:
    """A session and its peer."""
    data = nets.data(loss, rows=ROWS, inputs=SIZES[0], outputs=SIZES[-1], seed=1)
    session = engine.Session(nets.mlp(SIZES, activation, loss), data, dtype="float64", seed=2, **settings)
    rng = np.random.default_rng(3)
    for name, array in session.parameters.items():
        session.parameters[name] = array + 0.05 * rng.standard_normal(array.shape)
    return session, Peer(session, activation, loss, data)


def close(got: Any, want: Any, name: str = "") -> None:
    """Equal to BOUND, relative and absolute."""
    np.testing.assert_allclose(got, want.detach().numpy(), rtol=BOUND, atol=BOUND, err_msg=name)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_output_loss_and_gradients(activation: str, loss: str):
    session, peer = pair(activation, loss)
    total = peer.loss()
    total.backward()
    close(session.predict(peer.x.numpy()), peer.output())
    close(session.loss(), total)
    gradients = session.gradients()
    assert set(gradients) == set(peer.parameters)
    for name, parameter in peer.parameters.items():
        close(gradients[name], parameter.grad, name)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize(("activation", "loss"), PAIRS)
def test_ten_steps(activation: str, loss: str, optimizer: str):
    session, peer = pair(activation, loss, optimizer=optimizer, learning_rate=0.1)
    update = OPTIMIZERS[optimizer](list(peer.parameters.values()))
    losses = []
    for _ in range(10):
        update.zero_grad()
        total = peer.loss()
        total.backward()
        losses.append(total.item())
        update.step()
    session.train(steps=10)
    np.testing.assert_allclose(session.loss_history()[1], losses, rtol=BOUND)
    for name, parameter in peer.parameters.items():
        close(session.parameters[name], parameter, name)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_hessian_times_a_vector(activation: str):
    session, peer = pair(activation, "CrossEntropy")
    rng = np.random.default_rng(4)
    vector = {name: rng.standard_normal(array.shape) for name, array in session.parameters.items()}
    values = list(peer.parameters.values())
    gradients = torch.autograd.grad(peer.loss(), values, create_graph=True)
    slope = sum((g * torch.tensor(v)).sum() for g, v in zip(gradients, vector.values(), strict=True))
    products = torch.autograd.grad(slope, values)
    found = session.hessian_vector_product(vector)
    for name, want in zip(peer.parameters, products, strict=True):
        close(found[name], want, name)


def test_every_activation_and_optimizer_is_compared():
    assert set(OPTIMIZERS) == set(engine.optimizers.OPTIMIZERS) - {"newton"}  # which PyTorch has not
    assert set(ACTIVATIONS) == set(nets.ACTIVATIONS)
