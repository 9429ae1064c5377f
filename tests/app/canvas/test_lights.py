"""Which wires light up, on the operations of a real program."""

from __future__ import annotations

import numpy as np
import pytest

from app.canvas.lights import lit_wires
from engine import Network, Session


@pytest.fixture(scope="module")
def session() -> Session:
    network = Network()
    network.add("Input", shape=(2,), id="x")
    network.add("Dense", units=3, activation="tanh", id="hidden")
    network.add("Dense", units=2, id="out")
    network.add("CrossEntropy", id="loss")
    for source, target in (("x", "hidden"), ("hidden", "out"), ("out", "loss")):
        network.connect(source, target)
    return Session(network, (np.eye(2), np.array([0, 1])))


def lit(session, op: str, layer: str, phase: str) -> dict:
    row = next(row for row in session.instructions if (row.op, row.layer, row.phase) == (op, layer, phase))
    return lit_wires(session.network, row)


def test_forward_value_arrives(session):
    assert lit(session, "linear", "hidden", "forward") == {("x", "hidden", "x"): ("forward", "")}
    assert lit(session, "linear", "out", "forward") == {("hidden", "out", "x"): ("forward", "")}
    assert lit(session, "tanh", "hidden", "forward") == {}


def test_gradient_goes_back(session):
    into_out = lit(session, "matmul", "out", "backward")
    assert into_out[("hidden", "out", "x")] == ("backward", "∂L/∂a")
    assert lit(session, "tanh_grad", "hidden", "backward") == {("hidden", "out", "x"): ("backward", "∂L/∂a")}


def test_nothing_between_steps_or_in_the_update(session):
    assert lit_wires(session.network, None) == {}
    assert lit_wires(session.network, session.instructions[-1]) == {}
