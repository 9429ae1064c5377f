"""The networks that are compared: the same layers, loss, optimiser and batch here and in PyTorch."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import engine

RATE = 1e-3


@dataclass(frozen=True)
class Work:
    """Dense layers of `sizes` with one activation, softmax cross entropy, and a batch that stays the same."""

    sizes: tuple[int, ...]
    batch: int
    activation: str
    optimizer: str
    goal: float | None = None

    def __str__(self) -> str:
        optimizer = {"sgd": "SGD", "adam": "Adam"}[self.optimizer]
        return f"{'-'.join(map(str, self.sizes))} {self.activation}, batch {self.batch}, {optimizer}"

    def rows(self, count: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """x float32 (count, inputs) and labels int64 (count,)."""
        random = np.random.default_rng(0)
        count = count or self.batch
        x = random.standard_normal((count, self.sizes[0]), dtype=np.float32)
        return x, random.integers(0, self.sizes[-1], count)


def network(work: Work) -> engine.Network:
    """The network as a document."""
    made = engine.Network()
    last = made.add("Input", shape=(work.sizes[0],))
    for depth, units in enumerate(work.sizes[1:], 2):
        hidden = depth < len(work.sizes)
        layer = made.add("Dense", units=units, activation=work.activation if hidden else "linear")
        made.connect(last, layer)
        last = layer
    made.connect(last, made.add("CrossEntropy"))
    return made


def session(work: Work, threads: int = 1) -> engine.Session:
    """A session on one batch."""
    return engine.Session(network(work), work.rows(), threads=threads, optimizer=work.optimizer, learning_rate=RATE)


def torch_modules(torch: Any, work: Work) -> Any:
    """The layers in PyTorch."""
    activation = {"tanh": torch.nn.Tanh, "relu": torch.nn.ReLU}[work.activation]
    layers: list[Any] = []
    for fan_in, units in itertools.pairwise(work.sizes):
        layers += [torch.nn.Linear(fan_in, units), activation()]
    return torch.nn.Sequential(*layers[:-1])


def torch_optimizer(torch: Any, work: Work, modules: Any, **options: Any) -> Any:
    """The optimiser in PyTorch."""
    kind = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[work.optimizer]
    return kind(modules.parameters(), lr=RATE, **options)


def torch_run(torch: Any, work: Work, **options: Any) -> Callable[[int], None]:
    """Forward, backward and update in eager PyTorch, so many times; `options` go to its optimiser."""
    torch.manual_seed(0)
    modules = torch_modules(torch, work)
    optimizer, loss = torch_optimizer(torch, work, modules, **options), torch.nn.CrossEntropyLoss()
    x, t = (torch.from_numpy(array) for array in work.rows())

    def run(steps: int) -> None:
        for _ in range(steps):
            optimizer.zero_grad()
            loss(modules(x), t).backward()
            optimizer.step()

    return run
