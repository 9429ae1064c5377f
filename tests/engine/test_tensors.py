"""Layers that share weights, learn at a rate of their own, or keep states."""

from __future__ import annotations

import numpy as np
import pytest

import engine
from engine.errors import NetworkError, ShapeError
from engine.layers import REGISTRY, Layer, Parameter
from engine.optimizers import OPTIMIZERS
from tests.engine import nets


def session(network: engine.Network, **settings) -> engine.Session:
    x, y = nets.data("SquaredError", rows=8, inputs=3, outputs=3)
    return engine.Session(network, (x, y), dtype="float64", **settings)


def three(**second) -> engine.Network:
    """3 → 3 → 3 → 3 with settings for the layer in the middle."""
    dense = {"units": 3, "activation": "tanh"}
    return nets.chain(("Input", {"shape": (3,)}), ("Dense", dense), ("Dense", {**dense, **second}), ("Dense", dense),
                      ("SquaredError", {}))  # fmt: skip


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_frozen_layer_stays_and_the_others_learn(optimizer: str):
    s = session(three(rate=0.0), optimizer=optimizer)
    before = {name: array.copy() for name, array in s.parameters.items()}
    s.train(steps=5)
    still = {name for name in before if np.array_equal(before[name], s.parameters[name])}
    assert still == {"dense2.W", "dense2.b"}
    assert np.abs(s.gradients()["dense2.W"]).max() > 0


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_rate_of_a_layer_multiplies_its_step(optimizer: str):
    plain, slow = session(three(), optimizer=optimizer), session(three(rate=0.25), optimizer=optimizer)
    start = {name: array.copy() for name, array in plain.parameters.items()}
    for s in (plain, slow):
        s.train(steps=1)
    for name, before in start.items():
        factor = 0.25 if name.startswith("dense2") else 1.0
        np.testing.assert_allclose(
            slow.parameters[name] - before, factor * (plain.parameters[name] - before), rtol=1e-9, atol=1e-12
        )


@pytest.mark.parametrize("rate", [0.0, 0.25])
def test_training_goes_on_bit_for_bit_from_a_checkpoint(tmp_path, rate: float):
    whole, first = (session(three(rate=rate), optimizer="adam") for _ in range(2))
    whole.train(steps=7)
    first.train(steps=3)
    first.save(tmp_path / "net.chainrule")
    second = session(engine.load(tmp_path / "net.chainrule"), optimizer="adam")
    second.train(steps=4)
    for name, array in whole.parameters.items():
        assert array.tobytes() == second.parameters[name].tobytes()


def test_tied_layers_have_one_tensor_and_its_gradients_add_up():
    tied = three(tied="dense1")
    s = session(tied)
    assert [name for name in s.parameters if name.endswith(".W")] == ["dense1.W", "dense3.W"]
    apart = session(three())
    for name, array in s.parameters.items():
        apart.parameters[name] = array
    apart.parameters["dense2.W"] = s.parameters["dense1.W"]
    together, single = s.gradients(), apart.gradients()
    np.testing.assert_allclose(together["dense1.W"], single["dense1.W"] + single["dense2.W"], rtol=1e-12)
    s.train(steps=3)
    x = np.eye(3)
    assert np.isfinite(s.predict(x)).all()


def test_a_tie_may_turn_the_weights():
    network = nets.chain(("Input", {"shape": (3,)}), ("Dense", {"units": 2}), ("Dense", {"units": 3, "tied": "dense1"}),
                         ("SquaredError", {}))  # fmt: skip
    s = session(network)
    x, w, biases = np.eye(3), s.parameters["dense1.W"].copy(), [s.parameters[f"dense{i}.b"] for i in (1, 2)]
    np.testing.assert_allclose(s.predict(x), (x @ w + biases[0]) @ w.T + biases[1], rtol=1e-12)


@pytest.mark.parametrize(
    ("second", "words"),
    [
        ({"tied": "nobody"}, "does not exist"),
        ({"tied": "dense2"}, "in a circle"),
        ({"tied": "squared_error1"}, "has nothing"),
        ({"tied": "dense1", "units": 5}, "needs weights W of 3×5"),
    ],
)
def test_ties_that_do_not_fit_are_named(second: dict, words: str):
    network = nets.chain(("Input", {"shape": (3,)}), ("Dense", {"units": 3}), ("Dense", {"units": 3, **second}),
                         ("SquaredError", {}))  # fmt: skip
    problems = [problem for problem in network.check() if problem.layer == "dense2"]
    assert any(words in str(problem) for problem in problems), problems
    with pytest.raises(NetworkError, match=words):
        session(network)


def test_ties_follow_a_new_name_and_come_back():
    network = three(tied="dense1")
    back = network.apply(engine.edits.RenameLayer("dense1", "first"))
    assert network.node("dense2").attrs["tied"] == "first"
    assert not network.check()
    network.apply(back)
    assert network.node("dense2").attrs["tied"] == "dense1"


@pytest.fixture
def counting():
    """A layer with a state that counts steps and a call to the clock."""

    def build(b, attrs, x):
        one = b.graph.constant(1.0, (1,))
        b.update("sgd", b.parameter("count"), one, b.graph.constant(-1.0, (1,)))
        return b.name(b.graph.mul(x, b.graph.constant(2.0 if b.training else 1.0)), "y")

    layer = Layer("Counting", "shape", "Counts.", shape=lambda attrs, x: x, build=build,
                  parameters=lambda attrs, x: (Parameter("count", (1,), "zero", trained=False),))  # fmt: skip
    REGISTRY["Counting"] = layer
    yield
    del REGISTRY["Counting"]


@pytest.mark.usefixtures("counting")
def test_states_move_with_the_step_and_are_kept(tmp_path):
    network = nets.chain(("Input", {"shape": (3,)}), ("Dense", {"units": 3}), ("Counting", {}), ("SquaredError", {}))
    s = session(network, optimizer="adamw", batch_size=4)
    assert list(s.parameters) == ["dense1.W", "dense1.b", "counting1.count"]
    s.train(steps=5)
    assert s.parameters["counting1.count"] == 5
    s.step_back()
    while s.cursor:
        s.step_back()
    assert s.parameters["counting1.count"] == 4
    assert "counting1.count" not in s.gradients()
    s.train(steps=1)
    s.save(tmp_path / "net.chainrule")
    again = session(engine.load(tmp_path / "net.chainrule"), optimizer="adamw", batch_size=4)
    assert again.parameters["counting1.count"] == 5
    x = np.eye(3)
    np.testing.assert_allclose(again.predict(x), x @ again.parameters["dense1.W"] + again.parameters["dense1.b"])


def test_a_shape_error_needs_no_port():
    assert str(ShapeError("is too large.", cure="Make it smaller.")) == "is too large. Make it smaller."
