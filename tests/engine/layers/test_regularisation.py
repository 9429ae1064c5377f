"""Dropout and noise: in training only, new in every step, the same when a step is repeated."""

from __future__ import annotations

import numpy as np
import pytest

import engine
from tests.engine import nets

WIDTH, ROWS = 200, 50


def session(kind: str, seed: int = 0, **attrs) -> engine.Session:
    net = nets.chain(("Input", {"shape": (WIDTH,)}), (kind, attrs), ("Dense", {"units": 2}), ("SquaredError", {}))
    rng = np.random.default_rng(0)
    data = 1 + rng.random((ROWS, WIDTH)), rng.standard_normal((ROWS, 2))
    return engine.Session(net, data, dtype="float64", seed=seed, learning_rate=0.001)


def result(s: engine.Session) -> np.ndarray:
    """What the layer makes of the batch of this step."""
    s.loss()
    return np.array(next(s.values[name] for name in s.values if name.endswith("1.y")))


def test_a_share_is_dropped_and_the_rest_grows():
    s = session("Dropout", p=0.3)
    y, x = result(s), s.dataset.train.x
    kept = y != 0
    assert abs(kept.mean() - 0.7) < 5 * np.sqrt(0.21 / y.size)
    np.testing.assert_allclose(y[kept], x[kept] / 0.7, rtol=1e-12)


def test_in_use_nothing_is_dropped():
    s = session("Dropout", p=0.3)
    weights, shift = s.parameters["dense1.W"], s.parameters["dense1.b"]
    np.testing.assert_allclose(s.predict(s.dataset.train.x), s.dataset.train.x @ weights + shift, rtol=1e-9)


def test_the_classic_scaling_is_that_of_use():
    s = session("Dropout", p=0.3, scaling="use")
    y, x = result(s), s.dataset.train.x
    np.testing.assert_allclose(y[y != 0], x[y != 0], rtol=1e-12)
    weights, shift = s.parameters["dense1.W"], s.parameters["dense1.b"]
    np.testing.assert_allclose(s.predict(x), 0.7 * x @ weights + shift, rtol=1e-9)


def test_p_zero_passes_everything_on():
    s = session("Dropout", p=0.0)
    np.testing.assert_array_equal(result(s), s.dataset.train.x)


def test_noise_is_added_in_training_only():
    s = session("GaussianNoise", sigma=0.5)
    noise = result(s) - s.dataset.train.x
    assert abs(noise.mean()) < 5 * 0.5 / np.sqrt(noise.size)
    assert abs(noise.std() - 0.5) < 5 * 0.5 / np.sqrt(2 * noise.size)
    weights, shift = s.parameters["dense1.W"], s.parameters["dense1.b"]
    np.testing.assert_allclose(s.predict(s.dataset.train.x), s.dataset.train.x @ weights + shift, rtol=1e-9)


@pytest.mark.parametrize(("kind", "attrs"), [("Dropout", {"p": 0.5}), ("GaussianNoise", {"sigma": 1.0})])
def test_each_step_draws_anew_and_a_repeated_step_draws_the_same(kind: str, attrs: dict):
    s = session(kind, **attrs)
    drawn = []
    for _ in range(3):
        drawn.append(result(s))
        s.train(steps=1)
    assert not np.array_equal(drawn[0], drawn[1])
    while (s.steps, s.cursor) != (1, 0):
        s.step_back()
    np.testing.assert_array_equal(result(s), drawn[1])
    s.reset()
    np.testing.assert_array_equal(result(s), drawn[0])


@pytest.mark.parametrize(("kind", "attrs"), [("Dropout", {"p": 0.5}), ("GaussianNoise", {"sigma": 1.0})])
def test_another_seed_draws_others(kind: str, attrs: dict):
    assert not np.array_equal(result(session(kind, seed=1, **attrs)), result(session(kind, seed=2, **attrs)))


def test_two_layers_of_one_network_draw_differently():
    net = nets.chain(("Input", {"shape": (WIDTH,)}), ("Dropout", {"p": 0.5}), ("Dropout", {"p": 0.5}),
                     ("Dense", {"units": 2}), ("SquaredError", {}))  # fmt: skip
    s = engine.Session(net, (np.ones((ROWS, WIDTH)), np.zeros((ROWS, 2))), dtype="float64")
    s.loss()
    first, second = s.values["dropout1.y"] != 0, s.values["dropout2.y"] != 0
    assert abs(second[first].mean() - 0.5) < 5 * np.sqrt(0.25 / first.sum())


def test_gradients_flow_through_those_that_stay():
    s = session("Dropout", p=0.5)
    gradients = s.gradients()
    y, error = s.values["dropout1.y"], s.values["dense1.z"] - s.dataset.train.y
    np.testing.assert_allclose(gradients["dense1.W"], y.T @ (2 * error / error.size), rtol=1e-9)


def test_training_goes_on_bit_for_bit_from_a_file(tmp_path):
    whole, first = session("Dropout", p=0.5), session("Dropout", p=0.5)
    whole.train(steps=7)
    first.train(steps=3)
    first.save(tmp_path / "net.chainrule")
    net = engine.load(tmp_path / "net.chainrule")
    second = engine.Session(net, (first.dataset.train.x, first.dataset.train.y), dtype="float64", learning_rate=0.001)
    second.train(steps=4)
    for name, array in whole.parameters.items():
        assert array.tobytes() == second.parameters[name].tobytes(), name


def dense(**attrs) -> engine.Session:
    net = nets.chain(("Input", {"shape": (WIDTH,)}), ("Dense", {"units": 300, "bias": False, **attrs}),
                     ("Dense", {"units": 2}), ("SquaredError", {}))  # fmt: skip
    rng = np.random.default_rng(0)
    return engine.Session(net, (rng.random((ROWS, WIDTH)), rng.standard_normal((ROWS, 2))), dtype="float64")


def test_noise_on_weights_is_added_in_training_only_and_the_weights_learn_beneath_it():
    plain, s = dense(), dense(noise=0.2)
    before = s.parameters["dense1.W"].copy()
    s.loss()
    x = s.dataset.train.x
    spread = s.values["dense1.z"] - x @ before
    expected = 0.2 * np.sqrt(np.square(x).sum(1))
    np.testing.assert_allclose(spread.std(1), expected, rtol=0.25)
    np.testing.assert_array_equal(s.parameters["dense1.W"], before)
    np.testing.assert_array_equal(s.predict(x), plain.predict(x))
    s.train(steps=1)
    assert np.abs(s.parameters["dense1.W"] - before).max() > 0
    first = s.values["dense1.z"].copy()
    s.loss()
    assert not np.allclose(s.values["dense1.z"], first, atol=1e-3)


def test_the_gradient_of_noisy_weights_is_that_at_the_noisy_place():
    s = dense(noise=0.2)
    gradient = s.gradients()["dense1.W"]
    error = s.values["dense2.z"] - s.dataset.train.y
    flow = (2 * error / error.size) @ s.parameters["dense2.W"].T
    np.testing.assert_allclose(gradient, s.dataset.train.x.T @ flow, rtol=1e-9)
