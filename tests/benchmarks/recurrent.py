"""Training steps a second of recurrent networks on sequences of tokens, against PyTorch and JAX."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import engine
from engine.data import from_arrays
from tests.benchmarks import peers
from tests.benchmarks.figures import RATE, Table


@dataclass(frozen=True)
class Work:
    """Embedding → recurrent layer → Dense at every step, cross entropy, Adam, on a batch that stays the same."""

    kind: str
    goal: float | None = None
    vocabulary: int = 64
    size: int = 64
    units: int = 128
    steps: int = 64
    batch: int = 32
    optimizer: str = "adam"

    def __str__(self) -> str:
        return f"{self.kind} {self.size}-{self.units}, {self.steps} steps, batch {self.batch}, Adam"

    def rows(self) -> tuple[np.ndarray, np.ndarray]:
        """Tokens and labels, int64 (batch, steps)."""
        random = np.random.default_rng(0)
        shape = (self.batch, self.steps)
        return random.integers(0, self.vocabulary, shape), random.integers(0, self.vocabulary, shape)

    def session(self, threads: int = 1) -> engine.Session:
        """A session on one batch."""
        data = from_arrays(*self.rows(), task="sequence", vocabulary=self.vocabulary)
        return engine.Session(network(self), data, threads=threads, optimizer=self.optimizer, learning_rate=RATE)

    def torch_model(self, torch: Any) -> tuple[Any, Callable[[Any, Any], Any]]:
        """Embedding, recurrent layer and output layer in PyTorch, and the loss."""
        nn = torch.nn
        embedding, output = nn.Embedding(self.vocabulary, self.size), nn.Linear(self.units, self.vocabulary)
        recurrent = getattr(nn, self.kind)(self.size, self.units, batch_first=True)

        def error(x: Any, t: Any) -> Any:
            return nn.functional.cross_entropy(output(recurrent(embedding(x))[0]).transpose(1, 2), t)

        return nn.ModuleList([embedding, recurrent, output]), error

    @property
    def jax_model(self) -> tuple[str, dict[str, Any]]:
        """The same in JAX."""
        return "recurrent", {"kind": self.kind, "units": self.units}


WORKS = (Work("LSTM", 1.1), Work("GRU", 2.2), Work("RNN", 2.2))


def network(work: Work) -> engine.Network:
    """The network as a document."""
    made = engine.Network()
    last = made.add("Tokens", length=work.steps, vocabulary=work.vocabulary)
    for kind, attrs in (
        ("Embedding", {"vocabulary": work.vocabulary, "size": work.size}),
        (work.kind, {"units": work.units}),
        ("Dense", {"units": work.vocabulary}),
        ("CrossEntropy", {}),
    ):
        layer = made.add(kind, **attrs)
        made.connect(last, layer)
        last = layer
    return made


def tables() -> list[Table]:
    """One thread, CPU time."""
    return [peers.training_table("Recurrent networks", WORKS)]
