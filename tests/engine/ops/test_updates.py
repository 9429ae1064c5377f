"""The optimisers' instructions against NumPy, and the flag they raise when a gradient is not finite."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine import optimizers
from engine.graph import Graph
from engine.machine.run import NOT_FINITE, Runner
from engine.ops import REGISTRY
from engine.program import Program

SIZES = (1, 16, 64, 65, 1000)
RATE, MU, ALPHA, B1, B2, EPS, DECAY = 0.05, 0.9, 0.7, 0.8, 0.95, 1e-6, 0.3
KINDS = {
    "sgd": optimizers.SGD(), "momentum": optimizers.Momentum(momentum=MU), "nesterov": optimizers.Nesterov(momentum=MU),
    "adagrad": optimizers.AdaGrad(epsilon=EPS), "rmsprop": optimizers.RMSProp(alpha=ALPHA, epsilon=EPS),
    "adam": optimizers.Adam(beta1=B1, beta2=B2, epsilon=EPS),
    "adamw": optimizers.AdamW(beta1=B1, beta2=B2, epsilon=EPS, weight_decay=DECAY),
    "newton": optimizers.Newton(),
}  # fmt: skip


class Update:
    """One update instruction on its own: p, g, the optimiser's slots, the learning rate and the clock."""

    def __init__(self, name: str, size: int, dtype: str = "float64", workers: int = 1) -> None:
        graph = Graph()
        self.p, self.g, *self.slots = (graph.source((size,), "state") for _ in range(2 + KINDS[name].slots))
        self.rate = graph.source((1,), "state")
        inputs = [self.p, self.g, *self.slots, self.rate]
        self.program = Program(dtype, workers)
        if "clock" in REGISTRY[name].inputs:
            inputs.append(graph.source((1,), "clock", dtype="int"))
            self.program.put(inputs[-1], 0)
        graph.apply(REGISTRY[name], *inputs, **KINDS[name].scalars())
        self.program.finish(graph)
        self.runner = Runner(self.program.arena, self.program.ints, self.program.table, workers)
        self.program.view(self.rate)[...] = RATE

    def __call__(self, step: int, gradient: np.ndarray) -> np.ndarray:
        self.program.ints[0] = step
        self.program.view(self.g)[...] = gradient
        self.runner.rows(0, 1)
        return self.parameters()

    def parameters(self) -> np.ndarray:
        return self.program.view(self.p).copy()


def sgd(p: np.ndarray, gradients: list[np.ndarray]) -> np.ndarray:
    for g in gradients:
        p = p - RATE * g
    return p


def momentum(p: np.ndarray, gradients: list[np.ndarray]) -> np.ndarray:
    v = np.zeros_like(p)
    for g in gradients:
        v = MU * v + g
        p = p - RATE * v
    return p


def nesterov(p: np.ndarray, gradients: list[np.ndarray]) -> np.ndarray:
    v = np.zeros_like(p)
    for g in gradients:
        v = MU * v + g
        p = p - RATE * (g + MU * v)
    return p


def adagrad(p: np.ndarray, gradients: list[np.ndarray]) -> np.ndarray:
    for t, g in enumerate(gradients, 1):
        p = p - RATE * g / (np.sqrt(np.sum(np.square(gradients[:t]), 0)) + EPS)
    return p


def rmsprop(p: np.ndarray, gradients: list[np.ndarray]) -> np.ndarray:
    v = np.zeros_like(p)
    for g in gradients:
        v = ALPHA * v + (1 - ALPHA) * g**2
        p = p - RATE * g / (np.sqrt(v) + EPS)
    return p


def adamw(p: np.ndarray, gradients: list[np.ndarray]) -> np.ndarray:
    return _adam(p, gradients, DECAY)


def adam(p: np.ndarray, gradients: list[np.ndarray]) -> np.ndarray:
    return _adam(p, gradients, 0.0)


def _adam(p: np.ndarray, gradients: list[np.ndarray], decay: float) -> np.ndarray:
    m, v = np.zeros_like(p), np.zeros_like(p)
    for t, g in enumerate(gradients, 1):
        m, v = B1 * m + (1 - B1) * g, B2 * v + (1 - B2) * g**2
        p = p - RATE * decay * p - RATE * (m / (1 - B1**t)) / (np.sqrt(v / (1 - B2**t)) + EPS)
    return p


REFERENCES: dict[str, Any] = {
    "sgd": sgd, "momentum": momentum, "nesterov": nesterov, "adagrad": adagrad, "rmsprop": rmsprop, "adam": adam,
    "adamw": adamw, "newton": sgd,
}  # fmt: skip


def test_every_optimizer_has_a_reference():
    assert set(REFERENCES) == set(KINDS) == set(optimizers.OPTIMIZERS)
    assert all(kind.op == name for name, kind in KINDS.items())


def drawn(size: int, dtype: str) -> tuple[np.ndarray, list[np.ndarray]]:
    rng = np.random.default_rng(size)
    return rng.standard_normal(size).astype(dtype), [rng.standard_normal(size).astype(dtype) for _ in range(7)]


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-12), ("float32", 2e-5)])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", REFERENCES)
def test_seven_updates_equal_the_formula(name: str, size: int, dtype: str, tolerance: float):
    start, gradients = drawn(size, dtype)
    update = Update(name, size, dtype)
    update.program.view(update.p)[...] = start
    for step, gradient in enumerate(gradients):
        got = update(step, gradient)
    want = REFERENCES[name](start.astype(float), [g.astype(float) for g in gradients])
    np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance)
    assert update.program.ints[NOT_FINITE] == 0


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", REFERENCES)
def test_bits_do_not_depend_on_the_number_of_workers(name: str, dtype: str):
    start, gradients = drawn(1000, dtype)
    results = []
    for workers in (1, 2, 3):
        update = Update(name, 1000, dtype, workers)
        update.program.view(update.p)[...] = start
        results.append([update(step, gradient).tobytes() for step, gradient in enumerate(gradients)])
    assert results[0] == results[1] == results[2]


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", REFERENCES)
def test_a_gradient_that_is_not_finite_raises_the_flag(name: str, dtype: str, bad: float, workers: int):
    update = Update(name, 300, dtype, workers)
    for place in (0, 17, 150, 299):
        update.program.ints[NOT_FINITE] = 0
        gradient = np.full(300, 1e30)
        update(0, gradient)
        assert update.program.ints[NOT_FINITE] == 0
        gradient[place] = bad
        update(1, gradient)
        assert update.program.ints[NOT_FINITE] == 1
