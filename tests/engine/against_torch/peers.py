"""A session beside a loss written in PyTorch over the same parameters: loss, gradients and ten steps agree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import engine
from engine.data import from_arrays

torch = pytest.importorskip("torch", reason="PyTorch is a peer to compare with, not a dependency")

BOUND, RATE = 1e-8, 0.05
Loss = Callable[[dict[str, Any], Any, Any], Any]


class Pair:
    """`loss(parameters, x, y)` is to give what the session trains: y is what the data holds (int64 or float64)."""

    def __init__(self, network: engine.Network, data: tuple[np.ndarray, np.ndarray], loss: Loss, **settings: Any):
        given = from_arrays(*data, task="sequence") if data[1].ndim == 2 and data[1].dtype == np.int64 else data
        self.session = engine.Session(network, given, dtype="float64", seed=2, optimizer="adam",
                                      learning_rate=RATE, **settings)  # fmt: skip
        rng = np.random.default_rng(3)
        for name, array in self.session.parameters.items():
            self.session.parameters[name] = array + 0.1 * rng.standard_normal(array.shape)
        self.parameters = {
            name: torch.tensor(np.array(array), requires_grad=True) for name, array in self.session.parameters.items()
        }
        self.x, self.y = (torch.tensor(array) for array in data)
        self._loss = loss

    def loss(self) -> Any:
        """What PyTorch makes of the loss."""
        return self._loss(self.parameters, self.x, self.y)

    def agree(self, steps: int = 10) -> None:
        """Loss and gradients at the start, then all losses and all parameters after `steps` steps of Adam."""
        total = self.loss()
        total.backward()
        close(self.session.loss(), total.item())
        for name, gradient in self.session.gradients().items():
            wanted = self.parameters[name].grad
            close(gradient, np.zeros(gradient.shape) if wanted is None else wanted, name)
        update, losses = torch.optim.Adam(list(self.parameters.values()), lr=RATE), []
        for _ in range(steps):
            update.zero_grad()
            total = self.loss()
            total.backward()
            losses.append(total.item())
            update.step()
        self.session.train(steps=steps)
        np.testing.assert_allclose(self.session.loss_history()[1], losses, rtol=BOUND)
        for name, parameter in self.parameters.items():
            close(self.session.parameters[name], parameter.detach(), name)


def close(got: Any, want: Any, name: str = "") -> None:
    """Equal to BOUND, relative and absolute."""
    np.testing.assert_allclose(got, want, rtol=BOUND, atol=BOUND, err_msg=name)


def affine(parameters: dict[str, Any], layer: str, x: Any) -> Any:
    """x·W + b of a Dense layer."""
    return x @ parameters[f"{layer}.W"] + parameters[f"{layer}.b"]
