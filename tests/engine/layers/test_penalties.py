"""Layers that add penalties or change gradients: what they pass on, when, and what is said when they do not fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import engine
from engine.errors import NetworkError
from engine.gradient_check import gradcheck
from tests.engine import nets

RNG = np.random.default_rng(4)
X = RNG.standard_normal((10, 4))
PASSING = [
    ("ActivityL1", {}), ("ActivityL2", {}), ("KLSparsity", {}), ("EntropyPenalty", {}), ("StopGradient", {}),
    ("GradientReversal", {}),
]  # fmt: skip


def net(*between: tuple[str, dict[str, Any]], loss: str = "SquaredError", **attrs: Any) -> engine.Network:
    """Input of 4, a code of 3, what stands `between`, and back."""
    return nets.chain(("Input", {"shape": (4,)}), ("Dense", {"units": 3, "activation": "sigmoid"}), *between,
                      ("Dense", {"units": 4}), (loss, {"against": "input", **attrs}))  # fmt: skip


def session(network: engine.Network, **settings: Any) -> engine.Session:
    return engine.Session(network, (X, X), **{"dtype": "float64", **settings})


@pytest.mark.parametrize(("kind", "attrs"), PASSING)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_input_passes_unchanged(kind: str, attrs: dict[str, Any], dtype: str):
    plain, with_it = session(net(), dtype=dtype), session(net((kind, attrs)), dtype=dtype)
    assert with_it.predict(X).tobytes() == plain.predict(X).tobytes()
    with_it.loss()
    (layer,) = (id for id, node in with_it.network.nodes.items() if node.kind == kind)
    assert with_it.values[f"{layer}.y"].tobytes() == with_it.values["dense1.a"].tobytes()


def test_evaluation_leaves_penalties_out():
    s = session(net(("ActivityL1", {"strength": 2.0})))
    total, parts = s.loss(), s.losses()
    assert total == pytest.approx(parts["squared_error1"] + parts["activity_l11"], rel=1e-12)
    assert parts["activity_l11"] == pytest.approx(2 * np.abs(s.values["dense1.a"]).sum() / 10, rel=1e-12)
    assert s.evaluate("train")["loss"] == pytest.approx(parts["squared_error1"], rel=1e-12)
    assert s.values["penalty.loss"] == pytest.approx(total, rel=1e-12)


def contractive(**attrs: Any) -> engine.Network:
    network = net(("ContractivePenalty", attrs))
    network.connect("input1", "contractive_penalty1", "x")
    return network


@pytest.mark.parametrize("method", ["exact", "random"])
def test_the_gradient_of_a_penalty_on_derivatives(method: str):
    s = session(contractive(strength=1.0, method=method, directions=3))
    assert s.losses().keys() == {"squared_error1", "contractive_penalty1"}
    assert max(gradcheck(s).values()) < 1e-6


def test_the_exact_penalty_of_a_sigmoid_layer_is_the_known_formula():
    s = session(contractive(strength=1.0))
    s.loss()
    h, weights = s.values["dense1.a"], s.parameters["dense1.W"]
    wanted = np.sum((h * (1 - h)) ** 2 * np.sum(weights**2, 0)) / 10  # Rifai et al. 2011, section 3
    assert s.losses()["contractive_penalty1"] == pytest.approx(wanted, rel=1e-12)


def test_its_operations_belong_to_the_penalty_and_run_before_the_loss():
    s = session(contractive())
    phases = [row.phase for row in s.instructions]
    assert phases == sorted(phases, key=["forward", "backward", "update"].index)
    own = [row for row in s.instructions if row.layer == "contractive_penalty1" and row.phase == "forward"]
    assert len(own) > 6
    assert "dense1.z.grad" in s.values
    assert s.values["dense1.z.grad"].shape == (10, 3)


def test_what_it_differentiates_must_depend_on_x():
    network = net(("ContractivePenalty", {}))
    network.connect("input1", other := network.add("Dense", units=2))
    network.connect(other, "contractive_penalty1", "x")
    (problem,) = network.check()
    assert (problem.layer, problem.port) == ("contractive_penalty1", "x")
    assert "dense1 does not depend on dense3" in problem.message


def test_what_stops_gradients_between_them_is_refused():
    network = nets.chain(("Input", {"shape": (4,)}), ("StopGradient", {}), ("Dense", {"units": 3}),
                         ("ContractivePenalty", {}), ("Dense", {"units": 4}), ("SquaredError", {}))  # fmt: skip
    network.connect("input1", "contractive_penalty1", "x")
    with pytest.raises(NetworkError, match=r"contractive_penalty1: no gradient flows"):
        session(network)


def test_stop_gradient_stops():
    s = session(net(("StopGradient", {})))
    gradients = s.gradients()
    assert not np.any(gradients["dense1.W"])
    assert np.any(gradients["dense2.W"])


def test_reversal_turns_the_gradient_round():
    plain, turned = session(net()), session(net(("GradientReversal", {"factor": 0.25})))
    first, second = plain.gradients(), turned.gradients()
    np.testing.assert_allclose(second["dense1.W"], -0.25 * first["dense1.W"], rtol=1e-12)
    np.testing.assert_array_equal(second["dense2.W"], first["dense2.W"])


def variational() -> engine.Network:
    network = net(("Sampling", {}))
    network.connect("input1", spread := network.add("Dense", units=3))
    network.connect(spread, "sampling1", "spread")
    return network


def test_sampling_gives_the_mean_when_looked_at_and_noise_of_its_own_in_every_step():
    s = session(variational())
    np.testing.assert_array_equal(s.evaluator.values(s.parameter_block(), X, ["sampling1.y"])["sampling1.y"],
                                  s.evaluator.values(s.parameter_block(), X, ["dense1.a"])["dense1.a"])  # fmt: skip
    drawn = []
    for _ in range(200):
        s.train(steps=1)
        drawn.append(np.array(s.values["sampling1.noise"]))
    numbers = np.array(drawn)
    assert abs(numbers.mean()) < 0.05
    assert abs(numbers.std() - 1) < 0.05
    assert len(np.unique(numbers)) > 0.99 * numbers.size


def test_a_step_of_a_variational_autoencoder_can_be_taken_back():
    s = session(variational())
    s.train(steps=3)
    after = {name: array.copy() for name, array in s.parameters.items()}
    s.step_back()
    s.run_to(0)
    for name, array in after.items():
        assert array.tobytes() == s.parameters[name].tobytes()


def adversarial(**attrs: Any) -> engine.Network:
    return nets.chain(("Input", {"shape": (4,)}), ("AdversarialInput", attrs), ("Dense", {"units": 5}),
                      ("Tanh", {}), ("Dropout", {"p": 0.3}), ("Dense", {"units": 4}), ("SquaredError", {}))  # fmt: skip


def test_adversarial_rows_lie_a_step_away_and_make_the_loss_larger():
    s = session(adversarial(size=0.05))
    total = s.loss()
    moved = s.values["adversarial_input1.y"] - X
    np.testing.assert_allclose(np.abs(moved), 0.05, rtol=1e-9)
    clean, worse = float(s.values["adversarial_input1.clean_loss"]), s.losses()["squared_error1"]
    assert clean < worse
    assert total == pytest.approx((clean + worse) / 2, rel=1e-12)
    assert len([name for name in s.values if name == "dense1.z"]) == 1


def test_two_adversaries_move_their_own_inputs():
    network = adversarial(size=0.05)
    network.connect("dense1", second := network.add("AdversarialInput", size=0.2))
    network.disconnect("tanh1", "x")
    network.connect(second, "tanh1")
    network.set("dropout1", p=0.0)  # else no gradient reaches what is dropped
    s = session(network)
    s.loss()
    np.testing.assert_allclose(np.abs(s.values[f"{second}.y"] - s.values["dense1.z"]), 0.2, rtol=1e-9)
    s.train(steps=3)
    assert np.all(np.isfinite(s.loss_history()[1]))
