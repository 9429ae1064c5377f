"""Training steps a second: forward pass, backward pass and update, against PyTorch and JAX."""

from __future__ import annotations

from tests.benchmarks import peers
from tests.benchmarks.figures import Table
from tests.benchmarks.perceptrons import Work

WORKS = (
    Work((2, 4, 2, 2), 10, "tanh", "sgd", 60),
    Work((2, 8, 8, 8, 8, 8, 8, 2), 10, "tanh", "sgd", 35),
    Work((64, 64, 64, 10), 64, "relu", "adam", 5),
    Work((784, 256, 128, 10), 128, "relu", "adam", 1.5),
    Work((784, 1024, 1024, 10), 256, "relu", "adam", 1.4),
)


def tables() -> list[Table]:
    """One thread, CPU time."""
    return [peers.training_table("Training", WORKS)]
