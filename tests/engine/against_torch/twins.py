"""A session and a PyTorch module with the same weights, compared: output, loss, gradients, and ten optimiser steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import engine

torch = pytest.importorskip("torch", reason="PyTorch is a peer to compare with, not a dependency")

BOUND = 1e-8
functional = torch.nn.functional


@dataclass(frozen=True)
class Place:
    """Where a tensor of ours lies in PyTorch: these rows of a parameter (None: all), transposed if `turned`."""

    parameter: Any
    turned: bool = False
    rows: slice | None = None

    def of(self, tensor: Any) -> np.ndarray:
        """Our part of `tensor` (the parameter, or its gradient), laid out as ours."""
        part = tensor.detach().numpy()
        part = part if self.rows is None else part[self.rows]
        return part.T if self.turned else part

    def fill(self, array: np.ndarray) -> None:
        """Take over our values."""
        with torch.no_grad():
            part = self.parameter if self.rows is None else self.parameter[self.rows]
            part.copy_(torch.tensor(np.array(array.T if self.turned else array)))


def norm(prefix: str, module: Any, suffix: str = "") -> dict[str, Place]:
    """Scale and shift of a norm."""
    found = {f"{prefix}.gamma{suffix}": Place(module.weight)}
    if getattr(module, "bias", None) is not None:
        found[f"{prefix}.beta{suffix}"] = Place(module.bias)
    return found


def linear(weights: str, shift: str, module: Any) -> dict[str, Place]:
    """Weights and shift of a torch.nn.Linear."""
    return {weights: Place(module.weight, turned=True), shift: Place(module.bias)}


def attention(prefix: str, module: Any, suffix: str = "") -> dict[str, Place]:
    """The tensors of a torch.nn.MultiheadAttention, whose projections lie in one parameter or in three."""
    width, found = module.embed_dim, {}
    for i, name in enumerate("qkv"):
        rows = slice(i * width, (i + 1) * width)
        if module.in_proj_weight is not None:
            found[f"{prefix}.W_{name}{suffix}"] = Place(module.in_proj_weight, True, rows)
        else:
            found[f"{prefix}.W_{name}{suffix}"] = Place(getattr(module, f"{name}_proj_weight"), True)
        found[f"{prefix}.b_{name}{suffix}"] = Place(module.in_proj_bias, rows=rows)
    return found | linear(f"{prefix}.W_o{suffix}", f"{prefix}.b_o{suffix}", module.out_proj)


class Twin:
    """`session` beside `forward(x)`, which is to give the same (laid out as rows of numbers).

    `places`: where each of our tensors lies there.
    """

    def __init__(self, session: engine.Session, forward: Callable[[Any], Any], places: dict[str, Place],
                 modules: Iterable[Any], loss: Callable[[Any, Any], Any] = functional.mse_loss) -> None:  # fmt: skip
        self.session, self.forward, self.places, self.criterion = session, forward, places, loss
        self.x, self.y = (torch.tensor(array) for array in (session.dataset.train.x, session.dataset.train.y))
        rng = np.random.default_rng(5)
        for name in places:
            array = session.parameters[name]
            session.parameters[name] = array + 0.1 * rng.standard_normal(array.shape)
            places[name].fill(session.parameters[name])
        learned = {name for name, (parameter, _) in session._training.parameters().items() if parameter.trained}
        assert learned == set(places)
        self.learned = [parameter for module in modules for parameter in module.parameters()]
        assert {id(place.parameter) for place in places.values()} == {id(parameter) for parameter in self.learned}

    def loss(self) -> Any:
        """Loss of all rows in PyTorch."""
        return self.criterion(self.output(), self.y)

    def output(self) -> Any:
        """What PyTorch gives for all rows, laid out as rows of numbers."""
        return self.forward(self.x).flatten(1)

    def check_gradients(self) -> None:
        """Loss and all gradients agree."""
        total = self.loss()
        total.backward()
        close(self.session.loss(), total.detach().numpy(), "loss")
        for name, gradient in self.session.gradients().items():
            close(gradient, self.places[name].of(self.places[name].parameter.grad), name)

    def check_output(self) -> None:
        """What the network gives in use agrees."""
        with torch.no_grad():
            close(self.session.predict(self.x.numpy()), self.output().numpy(), "output")

    def check_steps(self, kind: str = "adam", rate: float = 0.01, steps: int = 10) -> None:
        """Losses on the way and all tensors after so many steps agree; `kind` is the session's optimiser."""
        makers = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD}
        optimizer, losses = makers[kind](self.learned, lr=rate), []
        for _ in range(steps):
            optimizer.zero_grad()
            total = self.loss()
            total.backward()
            losses.append(total.item())
            optimizer.step()
        self.session.train(steps=steps)
        np.testing.assert_allclose(self.session.loss_history()[1][-steps:], losses, rtol=BOUND)
        for name, place in self.places.items():
            close(self.session.parameters[name], place.of(place.parameter), name)


def close(got: Any, want: Any, name: str = "") -> None:
    """Equal to BOUND, relative and absolute."""
    np.testing.assert_allclose(got, want, rtol=BOUND, atol=BOUND, err_msg=name)
