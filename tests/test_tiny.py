"""The heart beats: a tiny network from nothing to a saved, reloaded, still learning one. Runs first, within seconds."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

import engine

XOR = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
LABELS = np.array([0, 1, 1, 0])


@pytest.fixture
def network() -> engine.Network:
    """2-8-2 with tanh, for XOR."""
    network = engine.Network()
    ids = [
        network.add("Input", shape=(2,)),
        network.add("Dense", units=8, activation="tanh"),
        network.add("Dense", units=2),
        network.add("CrossEntropy"),
    ]
    for source, target in itertools.pairwise(ids):
        network.connect(source, target)
    return network


def test_it_learns_xor(network: engine.Network):
    assert network.check((XOR, LABELS)) == []
    session = engine.Session(network, (XOR, LABELS), seed=0, optimizer="adam", learning_rate=0.05)
    before = session.loss()
    session.train(steps=300)
    assert session.loss() < 0.05 < before
    assert session.predict(XOR).argmax(axis=1).tolist() == LABELS.tolist()


def test_gradient_agrees_with_a_difference(network: engine.Network):
    session = engine.Session(network, (XOR, LABELS), seed=1, dtype="float64")
    name, h = next(iter(session.parameters)), 1e-6
    gradient = session.gradients()[name][0, 0]
    losses = []
    for shift in (h, -2 * h):
        session.parameters[name][0, 0] += shift
        losses.append(session.loss())
    assert gradient != 0
    assert (losses[0] - losses[1]) / (2 * h) == pytest.approx(gradient, rel=1e-6)


def test_a_step_back_undoes_a_step(network: engine.Network):
    session = engine.Session(network, (XOR, LABELS), seed=2, learning_rate=0.5)
    before = {name: values.copy() for name, values in session.parameters.items()}
    rows = len(session.instructions)
    for _ in range(rows):
        session.step()
    assert session.steps == 1
    assert any(not np.array_equal(before[name], session.parameters[name]) for name in before)
    for _ in range(rows):
        session.step_back()
    assert (session.steps, session.cursor) == (0, 0)
    assert all(np.array_equal(before[name], session.parameters[name]) for name in before)


def test_saved_and_reloaded_it_goes_on_bit_for_bit(network: engine.Network, tmp_path: Path):
    settings = {"seed": 3, "optimizer": "adam", "learning_rate": 0.05, "batch_size": 2}
    session = engine.Session(network, (XOR, LABELS), **settings)
    session.train(steps=5)
    session.save(tmp_path / "xor.chainrule")
    again = engine.Session(engine.load(tmp_path / "xor.chainrule"), (XOR, LABELS), **settings)
    for each in (session, again):
        each.train(steps=5)
    assert (session.steps, again.steps) == (10, 10)
    assert all(np.array_equal(session.parameters[name], again.parameters[name]) for name in session.parameters)
