"""Training steps a second of recurrent networks on sequences of tokens, against eager PyTorch."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import engine
from engine.data import from_arrays
from tests.benchmarks.figures import NO_TORCH, Row, Table, alternate, torch_or_none

RATE = 1e-3


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

    def __str__(self) -> str:
        return f"{self.kind} {self.size}-{self.units}, {self.steps} steps, batch {self.batch}, Adam"

    def rows(self) -> tuple[np.ndarray, np.ndarray]:
        """Tokens and labels, int64 (batch, steps)."""
        random = np.random.default_rng(0)
        shape = (self.batch, self.steps)
        return random.integers(0, self.vocabulary, shape), random.integers(0, self.vocabulary, shape)


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


def session(work: Work) -> engine.Session:
    """A session on one batch, one thread."""
    data = from_arrays(*work.rows(), task="sequence", vocabulary=work.vocabulary)
    return engine.Session(network(work), data, threads=1, optimizer="adam", learning_rate=RATE)


def torch_modules(torch: Any, work: Work) -> Any:
    """Embedding, recurrent layer and output layer in PyTorch."""
    kind = getattr(torch.nn, work.kind)
    return torch.nn.ModuleList([
        torch.nn.Embedding(work.vocabulary, work.size),
        kind(work.size, work.units, batch_first=True),
        torch.nn.Linear(work.units, work.vocabulary),
    ])  # fmt: skip


def torch_run(torch: Any, work: Work) -> Callable[[int], None]:
    """Forward, backward and update in eager PyTorch, so many times."""
    torch.manual_seed(0)
    modules = torch_modules(torch, work)
    optimizer, loss = torch.optim.Adam(modules.parameters(), lr=RATE), torch.nn.CrossEntropyLoss()
    x, t = (torch.from_numpy(array) for array in work.rows())
    embedding, recurrent, output = modules

    def run(steps: int) -> None:
        for _ in range(steps):
            optimizer.zero_grad()
            loss(output(recurrent(embedding(x))[0]).transpose(1, 2), t).backward()
            optimizer.step()

    return run


def tables() -> list[Table]:
    """One thread, CPU time."""
    remark = "" if torch_or_none() else NO_TORCH
    return [Table("Recurrent networks, one thread, CPU time", tuple(_row(work) for work in WORKS), remark)]


def _row(work: Work) -> Row:
    ours, torch = session(work), torch_or_none()
    runs: dict[str, Callable[[int], object]] = {"ours": lambda steps: ours.train(steps=steps)}
    if torch is not None:
        torch.set_num_threads(1)
        runs["peer"] = torch_run(torch, work)
    seconds = alternate(runs, time.process_time)
    peer = 1 / seconds["peer"] if torch is not None else None
    return Row(str(work), "steps/s", 1 / seconds["ours"], peer, work.goal if torch is not None else None)
