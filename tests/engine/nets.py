"""Small networks and data for the tests of the engine."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

import engine

ACTIVATIONS = (
    "linear", "relu", "leaky_relu", "elu", "gelu", "silu", "softplus", "sigmoid", "tanh", "absolute", "softmax",
)  # fmt: skip
LOSSES = ("SquaredError", "HalfSquaredError", "AbsoluteError", "BinaryCrossEntropy", "CrossEntropy")
Layers = list[tuple[str, dict[str, Any]]]


def chain(*layers: tuple[str, dict[str, Any]]) -> engine.Network:
    """Layers (kind, attributes), one behind the other."""
    network = engine.Network()
    ids = [network.add(kind, **attrs) for kind, attrs in layers]
    for source, target in itertools.pairwise(ids):
        network.connect(source, target)
    return network


def mlp(
    sizes: tuple[int, ...], hidden_activation: str = "tanh", loss: str = "CrossEntropy", **last: Any
) -> engine.Network:
    """Dense layers of these sizes, the last one linear unless `last` says otherwise."""
    hidden: Layers = [("Dense", {"units": units, "activation": hidden_activation}) for units in sizes[1:-1]]
    return chain(("Input", {"shape": sizes[:1]}), *hidden, ("Dense", {"units": sizes[-1], **last}), (loss, {}))


def data(loss: str, rows: int = 12, inputs: int = 3, outputs: int = 3, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Arrays that suit a loss: classes, numbers, or targets of 0 and 1."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((rows, inputs))
    if loss == "CrossEntropy":
        return x, rng.permutation(np.arange(rows) % outputs)
    if loss == "BinaryCrossEntropy":
        return x, rng.integers(0, 2, (rows, outputs)).astype(float)
    return x, rng.standard_normal((rows, outputs))


def residual() -> engine.Network:
    """Two paths that share their start, joined by Add, Multiply and Concat, with a dead end beside them."""
    network = engine.Network()
    x = network.add("Input", shape=(3,))
    a = network.add("Dense", units=4, activation="tanh")
    b = network.add("Dense", units=4, activation="sigmoid")
    added, product, joined = network.add("Add", inputs=3), network.add("Multiply"), network.add("Concat")
    out, loss = network.add("Dense", units=3), network.add("CrossEntropy")
    for source, target in [(x, a), (a, b), (a, added), (b, added), (b, added), (added, product), (a, product),
                           (product, joined), (b, joined), (joined, out), (out, loss)]:  # fmt: skip
        network.connect(source, target)
    return network
