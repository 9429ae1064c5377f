"""Norms of states and gradients at every step of a sequence."""

from __future__ import annotations

import numpy as np
import pytest

import engine
from engine.through_time import through_time
from tests.engine import nets

STEPS, UNITS = 7, 5


def session(kind: str, **attrs) -> engine.Session:
    net = nets.chain(("Input", {"shape": (STEPS, 2)}), (kind, {"units": UNITS, "returns": "last", **attrs}),
                     ("Dense", {"units": 1}), ("SquaredError", {}))  # fmt: skip
    rng = np.random.default_rng(0)
    s = engine.Session(net, (rng.standard_normal((6, STEPS, 2)), rng.standard_normal((6, 1))), dtype="float64")
    s.loss()
    return s


@pytest.mark.parametrize(("kind", "gates"), [("RNN", 1), ("LSTM", 4), ("GRU", 3)])
def test_a_number_for_every_step_of_a_recurrent_layer(kind, gates):
    s = session(kind)
    (found,) = through_time(s).values()
    gradient = s.values[f"{kind.lower()}1.xp.grad"]
    assert gradient.shape == (6, STEPS, gates * UNITS)
    np.testing.assert_allclose(found.gradients, [np.linalg.norm(gradient[:, t]) for t in range(STEPS)], rtol=1e-12)
    np.testing.assert_allclose(found.states[-1], np.linalg.norm(s.values[f"{kind.lower()}1.h"][:, -1]), rtol=1e-12)


def test_a_linear_recurrence_fades_as_its_weight_says():
    s = session("RNN", activation="relu", bias=False)
    s.parameters["rnn1.W_x"] = np.abs(s.parameters["rnn1.W_x"])
    s.parameters["rnn1.W_h"] = 0.5 * np.eye(UNITS)
    net = s.network
    s = engine.Session(net, (np.ones((3, STEPS, 2)), np.zeros((3, 1))), dtype="float64", resume=False)
    s.parameters["rnn1.W_x"] = np.ones((2, UNITS))
    s.parameters["rnn1.W_h"] = 0.5 * np.eye(UNITS)
    s.loss()
    gradients = through_time(s)["rnn1"].gradients
    np.testing.assert_allclose(gradients[:-1] / gradients[1:], 0.5, rtol=1e-9)


def test_layers_of_a_loop_have_their_steps_and_others_none():
    s = engine.Session.from_network(engine.load(engine.files.LESSONS / "elman_rnn.chainrule"))
    s.loss()
    found = through_time(s)
    assert "state" in found
    steps = s.dataset.train.x.shape[1]
    for id, one in found.items():
        assert id in s.network.loops
        assert len(one.gradients) == len(one.states) == steps
    np.testing.assert_allclose(found["state"].states[3], np.linalg.norm(s.values["state.a[3]"]), rtol=1e-5)


def test_a_network_without_sequences_has_none():
    s = engine.Session.from_network(engine.load(engine.files.LESSONS / "xor.chainrule"))
    s.loss()
    assert through_time(s) == {}
