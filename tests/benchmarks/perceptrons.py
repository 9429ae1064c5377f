"""The networks that are compared: the same layers, loss, optimiser and batch here and in PyTorch."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import engine
from tests.benchmarks.figures import RATE


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

    def session(self, threads: int = 1) -> engine.Session:
        """A session on one batch."""
        return engine.Session(network(self), self.rows(), threads=threads, optimizer=self.optimizer, learning_rate=RATE)

    def torch_model(self, torch: Any) -> tuple[Any, Callable[[Any, Any], Any]]:
        """The layers in PyTorch, and the loss."""
        activation, layers = {"tanh": torch.nn.Tanh, "relu": torch.nn.ReLU}[self.activation], []
        for fan_in, units in itertools.pairwise(self.sizes):
            layers += [torch.nn.Linear(fan_in, units), activation()]
        modules = torch.nn.Sequential(*layers[:-1])
        return modules, lambda x, t: torch.nn.functional.cross_entropy(modules(x), t)

    @property
    def jax_model(self) -> tuple[str, dict[str, Any]]:
        """The layers in JAX."""
        return "perceptron", {"layers": len(self.sizes) - 1, "activation": self.activation}


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
