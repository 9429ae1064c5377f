"""Schedules and clipping in PyTorch, ten steps from the same weights on the same data, in float64."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import engine
from engine.clipping import Clipping
from engine.schedules import Schedule
from tests.engine import nets

torch = pytest.importorskip("torch", reason="PyTorch is a peer to compare with, not a dependency")

BOUND, RATE, STEPS = 1e-8, 0.1, 10
SIZES, ROWS = (5, 8, 6, 3), 21
rules = torch.optim.lr_scheduler if hasattr(torch.optim, "lr_scheduler") else None
UPDATES: dict[str, Callable[[Any], Any]] = {
    "sgd": lambda parameters: torch.optim.SGD(parameters, lr=RATE),
    "nesterov": lambda parameters: torch.optim.SGD(parameters, lr=RATE, momentum=0.9, nesterov=True),
    "adamw": lambda parameters: torch.optim.AdamW(parameters, lr=RATE),
}
SCHEDULES: dict[str, tuple[Schedule, Callable[[Any], Any]]] = {
    "step": (Schedule("step", decay=0.3, period=3), lambda o: rules.StepLR(o, 3, 0.3)),
    "exponential": (Schedule("exponential", decay=0.8, period=1), lambda o: rules.ExponentialLR(o, 0.8)),
    "cosine": (Schedule("cosine", period=10, minimum_rate=0.01), lambda o: rules.CosineAnnealingLR(o, 10, 0.01)),
    "warm-up": (Schedule(warmup=6), lambda o: rules.LinearLR(o, 1 / 7, 1.0, 6)),
    "warm-up and step": (
        Schedule("step", warmup=4, decay=0.3, period=2),
        lambda o: rules.SequentialLR(o, [rules.LinearLR(o, 1 / 5, 1.0, 4), rules.StepLR(o, 2, 0.3)], [4]),
    ),
}
clip_value, clip_norm = torch.nn.utils.clip_grad_value_, torch.nn.utils.clip_grad_norm_


def by_layer(parameters: list[Any], limit: float) -> None:
    """Each layer's W and b apart."""
    for first in range(0, len(parameters), 2):
        clip_norm(parameters[first : first + 2], limit)


CLIPPINGS: dict[str, Callable[[list[Any], float], Any]] = {
    "value": clip_value, "norm": clip_norm, "layer_norm": by_layer,
}  # fmt: skip


class Peer:
    """The session's network in PyTorch, with copies of its weights."""

    def __init__(self, session: engine.Session) -> None:
        self.parameters = {
            name: torch.tensor(np.array(array), dtype=torch.float64, requires_grad=True)
            for name, array in session.parameters.items()
        }
        self.x, self.y = (torch.tensor(array) for array in data())

    def loss(self) -> Any:
        """Cross-entropy of all rows."""
        a = self.x
        for number in range(1, len(SIZES)):
            z = a @ self.parameters[f"dense{number}.W"] + self.parameters[f"dense{number}.b"]
            a = torch.tanh(z) if number + 1 < len(SIZES) else z
        return torch.nn.functional.cross_entropy(a, self.y)


def data() -> tuple[np.ndarray, np.ndarray]:
    """Rows and labels."""
    return nets.data("CrossEntropy", rows=ROWS, inputs=SIZES[0], outputs=SIZES[-1], seed=1)


def pair(**settings: Any) -> tuple[engine.Session, Peer]:
    """A session and its peer."""
    session = engine.Session(nets.mlp(SIZES), data(), dtype="float64", seed=2, learning_rate=RATE, **settings)
    return session, Peer(session)


def compare(session: engine.Session, peer: Peer, update: Any, scheduler: Any = None, clip: Any = None) -> None:
    """Ten steps in both: rates, losses, weights."""
    losses, rates, values = [], [], list(peer.parameters.values())
    for _ in range(STEPS):
        update.zero_grad()
        total = peer.loss()
        total.backward()
        losses.append(total.item())
        if clip is not None:
            clip(values)
        rates.append(update.param_groups[0]["lr"])
        update.step()
        if isinstance(scheduler, rules.ReduceLROnPlateau):
            scheduler.step(total.item())
        elif scheduler is not None:
            scheduler.step()
    found = []
    for _ in range(STEPS):
        session.train(steps=1)
        found.append(session.step_rate)
    np.testing.assert_allclose(found, rates, rtol=1e-12)
    np.testing.assert_allclose(session.loss_history()[1], losses, rtol=BOUND)
    for name, parameter in peer.parameters.items():
        np.testing.assert_allclose(
            session.parameters[name], parameter.detach().numpy(), rtol=BOUND, atol=BOUND, err_msg=name
        )


@pytest.mark.filterwarnings("ignore:The epoch parameter")
@pytest.mark.parametrize("optimizer", UPDATES)
@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules(name: str, optimizer: str):
    schedule, make = SCHEDULES[name]
    session, peer = pair(optimizer=optimizer, schedule=schedule)
    update = UPDATES[optimizer](list(peer.parameters.values()))
    compare(session, peer, update, make(update))


def test_a_plateau():
    session, peer = pair(schedule=Schedule("plateau", decay=0.4, patience=1, smoothing=0.0, minimum_rate=0.5))
    session.learning_rate = 20.0
    update = torch.optim.SGD(list(peer.parameters.values()), lr=20.0)
    compare(session, peer, update, rules.ReduceLROnPlateau(update, factor=0.4, patience=1, min_lr=0.5))
    assert session.step_rate < 20


@pytest.mark.parametrize("limit", [0.03, 1e3])
@pytest.mark.parametrize("optimizer", UPDATES)
@pytest.mark.parametrize("kind", CLIPPINGS)
def test_clipping(kind: str, optimizer: str, limit: float):
    session, peer = pair(optimizer=optimizer, clipping=Clipping(kind, limit))
    update = UPDATES[optimizer](list(peer.parameters.values()))
    compare(session, peer, update, clip=lambda values: CLIPPINGS[kind](values, limit))
