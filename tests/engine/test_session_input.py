"""What a session is given: settings, data, parameters; what does not fit is refused by name."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import numpy as np
import pytest

import engine
from engine import optimizers
from engine.errors import AttributeValueError, ChainruleError, DataError, DivergedError, NetworkError, SessionError
from engine.training import OPTIMIZER_NAMES, TRAINING_ATTRIBUTES
from tests.engine import nets


def session(loss: str = "CrossEntropy", **settings: Any) -> engine.Session:
    """3-4-3 on data that suits the loss."""
    return engine.Session(nets.mlp((3, 4, 3), "tanh", loss), nets.data(loss), **{"dtype": "float64", **settings})


@pytest.mark.parametrize("bad", [np.zeros((4, 3)), 0.0, "zeros", [[1, 2], [3]], None, {}])
def test_parameters_refuse_what_does_not_fit(bad: Any):
    s = session()
    before = s.parameters["dense1.W"].copy()
    with pytest.raises(SessionError, match=r"dense1\.W"):
        s.parameters["dense1.W"] = bad
    with pytest.raises(SessionError, match=r"no parameter 'dense9\.W'"):
        s.parameters["dense9.W"] = before
    with pytest.raises(SessionError, match="cannot be removed"):
        del s.parameters["dense1.W"]
    np.testing.assert_array_equal(s.parameters["dense1.W"], before)


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({"dtype": "float16"}, "dtype"), ({"threads": 0}, "threads"), ({"threads": 1.5}, "threads"),
        ({"batch_size": 0}, "batch_size"), ({"batch_size": -1}, "batch_size"), ({"batch_size": "all"}, "batch_size"),
        ({"seed": -1}, "seed"), ({"seed": "0"}, "seed"), ({"l1": -1}, "l1"), ({"l2": float("nan")}, "l2"),
        ({"optimizer": "bfgs"}, "bfgs"), ({"optimizer": 3}, "optimizer"),
        ({"learning_rate": -1}, "learning_rate"), ({"learning_rate": float("inf")}, "learning_rate"),
        ({"learning_rate": "fast"}, "learning_rate"), ({"l1": "a"}, "l1"), ({"threads": None}, "threads"),
        ({"dtype": None}, "dtype"),
    ],
)  # fmt: skip
def test_bad_settings_are_named(settings: dict[str, Any], names: str):
    with pytest.raises(ChainruleError, match=names):
        session(**settings)


@pytest.mark.parametrize(
    "optimizer",
    [optimizers.SGD(0.5), optimizers.Momentum(0.1, momentum=0.5), optimizers.Adam(0.01, beta1=0.5, beta2=0.9),
     optimizers.Nesterov(0.1, momentum=0.5), optimizers.AdaGrad(0.1), optimizers.RMSProp(0.01, alpha=0.9),
     optimizers.AdamW(0.01, weight_decay=0.1), optimizers.Newton(0.5, damping=1.0, cg_iterations=3)],
)  # fmt: skip
def test_optimizers_may_be_objects(optimizer: optimizers.Optimizer):
    s = session(optimizer=optimizer)
    assert s.learning_rate == pytest.approx(optimizer.learning_rate)
    before = s.loss()
    s.train(steps=20)
    assert s.loss() < before
    assert session(optimizer=optimizer, learning_rate=0.25).learning_rate == 0.25


def test_the_document_has_every_setting_of_every_optimizer():
    assert set(OPTIMIZER_NAMES) == set(optimizers.OPTIMIZERS)
    known = {attribute.name: attribute for attribute in TRAINING_ATTRIBUTES}
    for name, kind in optimizers.OPTIMIZERS.items():
        for entry in dataclasses.fields(kind):
            if entry.name not in ("learning_rate", "epsilon"):
                assert known[entry.name].default == entry.default
                assert name in known[entry.name].when[1]
                value = 2 if isinstance(entry.default, int) else 0.5
                other = engine.network.Training.checked({"optimizer": name, entry.name: value})
                assert getattr(optimizers.optimizer_of(other), entry.name) == value


def test_the_settings_of_the_document():
    network = nets.mlp((2, 4, 2))
    network.training = engine.network.Training(optimizer="adam", learning_rate=0.02, batch_size=8, seed=3, l2=0.1)
    network.data = engine.data.DataSpec.of("xor")
    s = engine.Session.from_network(network)
    assert (s.optimizer.op, s.learning_rate, s.batch_size, s.seed) == ("adam", pytest.approx(0.02), 8, 3)
    assert s.penalties == (0.0, 0.1)
    network.data = None
    with pytest.raises(SessionError, match="no data"):
        engine.Session.from_network(network)


@pytest.mark.parametrize(
    "bad", [None, 3, "iris", (np.zeros((3, 3)),), (np.zeros((3, 3)), [0, 1]), (np.zeros((0, 3)), np.zeros(0, int)),
            (np.full((3, 3), np.nan), [0, 1, 2]), (np.zeros((3, 5)), [0, 1, 2]), (np.zeros((3, 3)), [0, 1, 9])]
)  # fmt: skip
def test_data_that_cannot_be_used(bad: Any):
    with pytest.raises(ChainruleError):
        engine.Session(nets.mlp((3, 4, 3)), bad)


@pytest.mark.parametrize("rate", [1e300, 1e39, -0.1, float("nan"), None, "fast", True])
def test_learning_rates_that_cannot_be_used(rate: Any):
    s = session(dtype="float32", learning_rate=0.125)
    with pytest.raises(SessionError, match="learning_rate"):
        s.learning_rate = rate
    assert s.learning_rate == 0.125
    assert s.optimizer.learning_rate == 0.125


def test_numbers_too_large_for_float32():
    with pytest.raises(SessionError, match=r"1e\+300.*float32"):
        session(dtype="float32", learning_rate=1e300)
    s = session(dtype="float32")
    with pytest.raises(DataError, match="finite"):
        s.predict([[1e300, 0, 0]])
    s.parameters["dense1.W"] = np.full((3, 4), 1e300)
    with pytest.raises(DivergedError, match="dense1"):
        s.train(steps=1)


def test_a_network_that_fits_no_memory():
    network = nets.chain(("Input", {"shape": (2**16,)}), ("Dense", {"units": 2**22}), ("SquaredError", {}))
    with pytest.raises(SessionError, match="GiB"):
        engine.Session(network, (np.zeros((1, 2**16)), np.zeros((1, 2**22))))


@pytest.mark.parametrize("bad", [None, "net", nets.mlp])
def test_what_is_no_network(bad: Any):
    with pytest.raises(SessionError, match=r"give an engine\.Network"):
        engine.Session(bad, nets.data("CrossEntropy"))


@pytest.mark.parametrize("bad", [-1, 1.5, True, "ten"])
def test_bad_numbers_of_steps(bad: Any):
    with pytest.raises((SessionError, AttributeValueError), match="steps"):
        session().train(steps=bad)
    with pytest.raises(SessionError, match="either"):
        session().train()
    with pytest.raises(SessionError, match="either"):
        session().train(steps=1, epochs=1)


@pytest.mark.parametrize("bad", [-1, float("nan"), float("inf"), "ten"])
def test_bad_numbers_of_epochs(bad: Any):
    with pytest.raises(SessionError, match="epochs"):
        session().train(epochs=bad)


def test_a_network_with_problems_does_not_run():
    network = nets.mlp((3, 4, 3))
    network.disconnect("dense2", "x")
    with pytest.raises(NetworkError, match=r"dense2\.x") as caught:
        engine.Session(network, nets.data("CrossEntropy"))
    assert caught.value.problems[0].code == "unconnected"


def test_the_session_keeps_its_own_copy_of_the_network():
    network = nets.mlp((3, 4, 3))
    s = engine.Session(network, nets.data("CrossEntropy"))
    network.remove("dense1")
    s.train(steps=2)
    assert list(itertools.islice(s.network.nodes, 2)) == ["input1", "dense1"]
