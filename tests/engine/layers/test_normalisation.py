"""Norms as layers: in training and in use, their states in files and in time, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest

import engine
from engine.errors import NetworkError
from tests.engine import nets


def network(kind: str = "BatchNorm", shape: tuple[int, ...] = (3,), **attrs) -> engine.Network:
    return nets.chain(("Input", {"shape": shape}), (kind, attrs), ("Flatten", {}), ("Dense", {"units": 2}),
                      ("SquaredError", {}))  # fmt: skip


def session(net: engine.Network, shape: tuple[int, ...] = (3,), rows: int = 12, **settings) -> engine.Session:
    rng = np.random.default_rng(0)
    data = 2 + 3 * rng.standard_normal((rows, *shape)), rng.standard_normal((rows, 2))
    return engine.Session(net, data, dtype="float64", **settings)


@pytest.mark.parametrize(("kind", "shape", "attrs", "axes"), [
    ("BatchNorm", (4, 5), {}, (0, 2)), ("BatchNorm", (4, 5), {"channels": "last"}, (0, 1)),
    ("LayerNorm", (4, 5), {}, 2), ("LayerNorm", (4, 5), {"over": "row"}, (1, 2)),
    ("GroupNorm", (4, 5), {"groups": 0}, 2), ("GroupNorm", (4, 5), {"groups": 1}, (1, 2)),
])  # fmt: skip
def test_means_and_variances_in_training(kind, shape, attrs, axes):
    s = session(network(kind, shape, eps=1e-9, **attrs), shape)
    s.loss()
    y = next(s.values[name] for name in s.values if name.endswith("norm1.y"))
    np.testing.assert_allclose(y.mean(axes), 0, atol=1e-12)
    np.testing.assert_allclose(y.var(axes), 1, atol=1e-4)


def test_rms_norm_keeps_the_mean_and_makes_the_mean_square_one():
    s = session(network("RMSNorm"))
    s.loss()
    np.testing.assert_allclose(np.square(s.values["rms_norm1.y"]).mean(1), 1, atol=1e-4)


def test_prediction_goes_by_running_statistics_not_by_the_batch():
    s = session(network())
    s.train(steps=30)
    x = s.dataset.train.x
    whole = s.predict(x)
    np.testing.assert_allclose(s.predict(x[:1]), whole[:1], rtol=1e-12)
    mean, variance = s.parameters["batch_norm1.mean"], s.parameters["batch_norm1.variance"]
    np.testing.assert_allclose(mean, x.mean(0), rtol=0.1)
    np.testing.assert_allclose(variance, x.var(0, ddof=1), rtol=0.1)


def test_running_statistics_are_saved_and_restored(tmp_path):
    whole, first = (session(network(), optimizer="adam") for _ in range(2))
    whole.train(steps=9)
    first.train(steps=4)
    first.save(tmp_path / "net.chainrule")
    second = session(engine.load(tmp_path / "net.chainrule"), optimizer="adam")
    assert np.abs(second.parameters["batch_norm1.mean"]).min() > 0
    np.testing.assert_array_equal(second.predict(first.dataset.train.x), first.predict(first.dataset.train.x))
    second.train(steps=5)
    for name, array in whole.parameters.items():
        assert array.tobytes() == second.parameters[name].tobytes(), name


def test_stepping_back_takes_the_running_statistics_back():
    s = session(network(), batch_size=4)
    s.train(steps=3)
    before = {name: array.copy() for name, array in s.parameters.items()}
    while s.steps < 5:
        s.step()
    while (s.steps, s.cursor) != (3, 0):
        s.step_back()
    for name, array in before.items():
        assert array.tobytes() == s.parameters[name].tobytes(), name


def test_momentum_one_remembers_the_last_batch_alone():
    s = session(network(momentum=1.0))
    s.train(steps=1)
    np.testing.assert_allclose(s.parameters["batch_norm1.mean"], s.dataset.train.x.mean(0), rtol=1e-12)
    np.testing.assert_allclose(s.parameters["batch_norm1.variance"], s.dataset.train.x.var(0, ddof=1), rtol=1e-12)


def test_a_batch_of_one_is_refused_where_it_has_no_variance():
    with pytest.raises(NetworkError, match=r"batch_norm1: .*1 row.*batch size to 2 or more") as caught:
        session(network(), batch_size=1)
    assert caught.value.problems[0].layer == "batch_norm1"


def test_a_batch_of_one_image_has_places_enough():
    s = session(network(shape=(2, 3)), (2, 3), batch_size=1)
    s.train(steps=3)
    assert all(np.isfinite(array).all() for array in s.parameters.values())


@pytest.mark.parametrize(("kind", "shape", "attrs", "says"), [
    ("GroupNorm", (6, 2), {"groups": 4}, "6 channels of 6×2 do not fall into 4 equal groups.*1, 2, 3, 6"),
])  # fmt: skip
def test_what_does_not_fit_is_refused(kind, shape, attrs, says):
    with pytest.raises(NetworkError, match=says):
        session(network(kind, shape, **attrs), shape)


@pytest.mark.parametrize("kind", ["BatchNorm", "LayerNorm", "RMSNorm", "GroupNorm"])
@pytest.mark.parametrize("threads", [2, 3])
def test_training_is_the_same_on_more_threads(kind: str, threads: int):
    one, more = (session(network(kind, (4, 5)), (4, 5), threads=n) for n in (1, threads))
    for s in (one, more):
        s.train(steps=5)
    for name, array in one.parameters.items():
        assert array.tobytes() == more.parameters[name].tobytes(), name
