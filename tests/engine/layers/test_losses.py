"""Losses: several in one network, what they are compared with, and what is said when that does not fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import engine
from engine.errors import ConnectError, NetworkError
from tests.engine import nets

RNG = np.random.default_rng(3)
X = RNG.standard_normal((12, 4))
Y = RNG.standard_normal((12, 3))
LABELS = RNG.permutation(np.arange(12) % 3)


def heads(*losses: tuple[int, str, dict[str, Any]]) -> engine.Network:
    """Input of 4, a hidden layer, and a head of so many units for each loss."""
    network = nets.chain(("Input", {"shape": (4,)}), ("Dense", {"units": 5, "activation": "tanh"}))
    for units, kind, attrs in losses:
        network.connect("dense1", head := network.add("Dense", units=units))
        network.connect(head, network.add(kind, **attrs))
    return network


def session(network: engine.Network, y: np.ndarray = Y, **settings: Any) -> engine.Session:
    return engine.Session(network, (X, y), dtype="float64", **settings)


def said(network: engine.Network, y: np.ndarray = Y) -> str:
    """The one problem of the network on the data."""
    (problem,) = network.check((X, y))
    assert problem.suggestion
    return str(problem)


def test_the_total_is_the_weighted_sum_and_each_loss_has_its_own_figure():
    s = session(heads((1, "SquaredError", {"columns": 1, "weight": 3.0}),
                      (2, "AbsoluteError", {"first_column": 1, "weight": -0.5})))  # fmt: skip
    total, parts = s.loss(), s.losses()
    first, second = s.values["dense2.z"], s.values["dense3.z"]
    assert parts["squared_error1"] == pytest.approx(np.mean((first - Y[:, :1]) ** 2), rel=1e-12)
    assert parts["absolute_error1"] == pytest.approx(np.mean(np.abs(second - Y[:, 1:])), rel=1e-12)
    assert total == pytest.approx(3 * parts["squared_error1"] - 0.5 * parts["absolute_error1"], rel=1e-12)
    assert s.values["total.loss"] == pytest.approx(total, rel=1e-12)
    np.testing.assert_array_equal(s.values["squared_error1.target"], Y[:, :1])
    found = s.evaluate("train")
    assert found["loss"] == pytest.approx(total, rel=1e-12)
    assert found["squared_error1.loss"] == pytest.approx(parts["squared_error1"], rel=1e-12)
    rest = np.sum((first - Y[:, :1]) ** 2) / np.sum((Y[:, :1] - Y[:, :1].mean(0)) ** 2)
    assert found["r2"] == pytest.approx(1 - rest, rel=1e-12)
    np.testing.assert_array_equal(s.predict(X), first)


def test_one_loss_makes_no_sum_and_one_of_weight_0_is_only_shown():
    alone = session(heads((3, "SquaredError", {})))
    beside = session(heads((3, "SquaredError", {}), (3, "AbsoluteError", {"weight": 0.0})))
    assert not [name for name in alone.values if name.startswith("total")]
    assert beside.loss() == alone.loss()
    assert set(beside.losses()) == {"squared_error1", "absolute_error1"}
    assert not np.any(beside.gradients()["dense3.W"])
    for s in (alone, beside):
        s.train(steps=3)
    assert alone.parameters["dense1.W"].tobytes() == beside.parameters["dense1.W"].tobytes()
    assert "absolute_error1.loss" in beside.evaluate("train")


def test_batches_and_parts_of_the_data_give_the_same_total():
    network = heads((3, "SquaredError", {"reduction": "sum"}), (4, "HuberLoss", {"against": "input"}))
    s = session(network, batch_size=5)
    whole, rows = s.evaluate("train"), s.dataset.train
    s.train(steps=4)
    assert np.all(np.isfinite(s.loss_history()[1]))
    assert rows.x.shape == (12, 4)
    single = {f"{id}.{figure}" for id in ("squared_error1", "huber_loss1") for figure in ("loss", "r2")}
    assert set(whole) == {"loss", "r2", "rows", *single}


def test_two_losses_of_labels_share_them():
    s = session(heads((3, "CrossEntropy", {}), (3, "CrossEntropy", {"weight": 0.3})), LABELS)
    total, parts = s.loss(), s.losses()
    assert total == pytest.approx(parts["cross_entropy1"] + 0.3 * parts["cross_entropy2"], rel=1e-12)
    for name in ("cross_entropy1.target", "cross_entropy2.target"):
        np.testing.assert_array_equal(s.values[name], LABELS)
    assert 0 <= s.evaluate("train")["accuracy"] <= 1


def test_a_network_whose_losses_read_no_target_runs_on_any_data(tmp_path):
    network = heads((4, "SquaredError", {"against": "input"}))
    for y in (LABELS, Y):
        s = session(network, y, batch_size=5)
        before = s.evaluate("train")["loss"]
        s.train(steps=50)
        assert s.evaluate("train")["loss"] < before
        assert s.batch[1] is None
    s.save(tmp_path / "net.chainrule")
    again = session(engine.load(tmp_path / "net.chainrule"))
    np.testing.assert_array_equal(again.predict(X), s.predict(X))
    assert not np.any(again.hessian_vector_product({})["dense1.W"])


def test_an_image_is_compared_with_its_flat_reconstruction():
    network = nets.chain(("Input", {"shape": (1, 2, 2)}), ("Flatten", {}), ("Dense", {"units": 4}),
                         ("BinaryCrossEntropy", {"against": "input"}))  # fmt: skip
    images = RNG.uniform(0, 1, (12, 1, 2, 2))
    s = engine.Session(network, (images, LABELS), dtype="float64")
    p, t = 1 / (1 + np.exp(-s.predict(images))), images.reshape(12, 4)
    assert s.loss() == pytest.approx(-np.mean(t * np.log(p) + (1 - t) * np.log(1 - p)), rel=1e-10)
    rest = np.sum((p - t) ** 2) / np.sum((t - t.mean(0)) ** 2)
    assert s.evaluate("train")["r2"] == pytest.approx(1 - rest, rel=1e-10)
    np.testing.assert_allclose(s.probabilities(images), p, rtol=1e-10)


def test_a_number_is_a_target_too():
    s = session(heads((3, "SquaredError", {"against": "number", "number": 2.5})))
    assert s.loss() == pytest.approx(np.mean((s.predict(X) - 2.5) ** 2), rel=1e-12)
    assert "r2" not in s.evaluate("train")


def test_a_gradient_flows_into_a_target_that_a_wire_brings():
    network = heads((3, "KLDivergence", {"against": "wire"}))
    network.connect("dense1", other := network.add("Dense", units=3, activation="softmax"))
    network.connect(other, "kldivergence1", "target")
    s = session(network, LABELS)
    assert np.abs(s.gradients()[f"{other}.W"]).max() > 1e-4
    t, z = s.values[f"{other}.a"], s.values["dense2.z"]
    log_p = z - np.log(np.exp(z).sum(1, keepdims=True))
    assert s.loss() == pytest.approx(np.sum(t * (np.log(t) - log_p)) / 12, rel=1e-10)


@pytest.mark.parametrize("kind", ["SquaredError", "KLDivergence", "HuberLoss", "GaussianNLL", "PoissonNLL"])
def test_other_losses_open_their_port_only_for_a_wire(kind: str):
    network = engine.Network()
    node = network.node(network.add(kind))
    network.set(node.id, against="wire")
    assert network.node(node.id).ports == (*node.ports, "target")
    assert "unconnected" in {problem.code for problem in network.check()}


def test_attributes_that_close_a_port_take_its_wire_away():
    network = heads((3, "SquaredError", {"against": "wire"}))
    network.connect("dense2", "squared_error1", "target")
    network.set("squared_error1", against="target")
    assert network.inputs_of("squared_error1") == {"x": "dense2"}
    assert session(network).loss() > 0


def test_losses_cannot_be_wired_on():
    network = heads((3, "SquaredError", {}), (3, "SquaredError", {"against": "wire"}))
    with pytest.raises(ConnectError, match="ends the network"):
        network.connect("squared_error1", "squared_error2", "target")


@pytest.mark.parametrize(
    ("losses", "y", "words"),
    [
        ([(2, "SquaredError", {"first_column": 2, "columns": 2})], Y, "columns 2 to 3 of the target, which has 3"),
        ([(1, "SquaredError", {"first_column": 7})], Y, "Choose columns that are there"),
        ([(2, "SquaredError", {"columns": 1})], Y, "gives 2 a row, the data's target is 1"),
        ([(3, "CrossEntropy", {}), (2, "SquaredError", {})], LABELS, "gives 2 a row, the data's target is 1"),
        ([(3, "SquaredError", {"against": "input"})], Y, "3 with input1, which is 4. Give the layer before it"),
        ([(3, "CrossEntropy", {"against": "input"})], LABELS, "compares classes, but input1 gives numbers"),
        ([(3, "SquaredError", {"weight": 0.0})], Y, "every loss has a weight of 0"),
        ([(3, "SquaredError", {"against": "wire"})], Y, "nothing is connected here"),
    ],
)
def test_what_does_not_fit_is_named(losses: list[Any], y: np.ndarray, words: str):
    network = heads(*losses)
    assert words in said(network, y)
    with pytest.raises(NetworkError):
        session(network, y)


@pytest.mark.parametrize(
    ("units", "words"), [(3, "4 different tokens, but only 3 outputs"), (4, ""), (5, "")]
)  # a label beyond the outputs would be read outside of them
def test_tokens_need_an_output_each(units: int, words: str):
    network = nets.chain(("Tokens", {"length": 5, "vocabulary": 4}), ("Embedding", {"vocabulary": 4, "size": 2}),
                         ("Dense", {"units": units}), ("CrossEntropy", {"against": "input"}))  # fmt: skip
    problems = [str(problem) for problem in network.check()]
    assert words in problems[0] if words else not problems


def test_numbers_are_no_labels():
    network = heads((3, "CrossEntropy", {"against": "wire"}))
    network.connect("dense1", "cross_entropy1", "target")
    problem = network.check()[0]
    assert (problem.code, problem.layer, problem.port) == ("dtype", "cross_entropy1", "target")
    assert "numbers come in" in problem.message


def test_other_shapes_by_wire_are_refused():
    network = heads((3, "SquaredError", {"against": "wire"}))
    network.connect("dense1", "squared_error1", "target")
    assert "squared_error1.target: compares 3 with dense1, which is 5" in said(network)


@pytest.mark.parametrize(
    ("kind", "ports"),
    [
        ("GaussianNLL", ("mean", "spread")),
        ("GaussianKL", ("mean", "spread")),
        ("TripletLoss", ("anchor", "positive", "negative")),
        ("InfoNCE", ("x1", "x2")),
        ("CosineSimilarity", ("x1", "x2")),
    ],
)
def test_ports_that_belong_together_are_equally_wide(kind: str, ports: tuple[str, ...]):
    network = nets.chain(("Input", {"shape": (4,)}), ("Dense", {"units": 3}))
    made = network.add(kind)
    for port in ports[:-1]:
        network.connect("dense1", made, port)
    network.connect("input1", made, ports[-1])
    problem = next(problem for problem in network.check() if problem.code == "shape")
    assert (problem.layer, problem.port) == (made, ports[-1])
    assert "must be equal" in problem.message


def test_a_label_of_minus_1_counts_in_no_smoothed_loss():
    from engine.data import from_arrays

    labels = RNG.integers(-1, 3, (12, 2))
    network = nets.chain(("Input", {"shape": (4,)}), ("Dense", {"units": 6}), ("Reshape", {"shape": (2, 3)}),
                         ("CrossEntropy", {"smoothing": 0.3}))  # fmt: skip
    s = engine.Session(network, from_arrays(X, labels, task="sequence"), dtype="float64")
    s.loss()
    z = s.values["reshape1.y"]
    log_p = z - np.log(np.exp(z).sum(-1, keepdims=True))
    picked = np.take_along_axis(log_p, np.maximum(labels, 0)[..., None], -1)[..., 0]
    losses = -(0.7 * picked + 0.3 * log_p.mean(-1))
    assert s.loss() == pytest.approx(losses[labels >= 0].mean(), rel=1e-10)
    assert np.all(s.values["reshape1.y.grad"][labels < 0] == 0)


def test_values_far_out_stay_finite():
    network = heads((3, "HuberLoss", {"threshold": 1.0}))
    s = engine.Session(network, (X, 1e6 * Y), dtype="float32")
    error = np.abs(s.predict(X) - 1e6 * Y)
    assert s.loss() == pytest.approx(float(np.mean(np.where(error > 1, error - 0.5, error**2 / 2))), rel=1e-5)
    distribution = heads((3, "KLDivergence", {}))
    shares = np.eye(3)[LABELS].astype(float)  # 0 · log 0 counts as 0
    s = engine.Session(distribution, (X, shares), dtype="float32")
    p = np.exp(s.predict(X))
    p /= p.sum(1, keepdims=True)
    assert s.loss() == pytest.approx(-np.mean(np.log(p[np.arange(12), LABELS])), rel=1e-5)
