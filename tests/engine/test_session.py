"""The session as a library: its names, its data, its losses, penalties, predictions, and bad settings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import engine
from engine.errors import DataError, NetworkError, SessionError
from tests.engine import nets


def session(loss: str = "CrossEntropy", **settings: Any) -> engine.Session:
    """3-4-3 on data that suits the loss."""
    return engine.Session(nets.mlp((3, 4, 3), "tanh", loss), nets.data(loss), **{"dtype": "float64", **settings})


def test_the_interface_of_the_library(tmp_path):
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((20, 4)), rng.integers(0, 3, 20)
    net = engine.Network()
    a = net.add("Input", shape=(4,))
    b = net.add("Dense", units=3, activation="leaky_relu", slope=0.1)
    c = net.add("CrossEntropy")
    net.connect(a, b)
    net.connect(b, c)
    assert net.check() == []
    s = engine.Session(net, (x, y), seed=0, dtype="float64", threads=1, batch_size=None, optimizer="sgd",
                       learning_rate=0.1)  # fmt: skip
    first = s.loss()
    s.train(steps=100)
    assert s.loss() < first
    assert s.predict(x).shape == (20, 3)
    assert {name: array.shape for name, array in s.parameters.items()} == {f"{b}.W": (4, 3), f"{b}.b": (3,)}
    assert {name: array.shape for name, array in s.gradients().items()} == {f"{b}.W": (4, 3), f"{b}.b": (3,)}
    assert {f"{a}.x", f"{b}.z", f"{b}.a", f"{c}.loss", f"{b}.z.grad", f"{b}.W.grad"} <= set(s.values)
    z = x @ s.parameters[f"{b}.W"] + s.parameters[f"{b}.b"]
    np.testing.assert_allclose(s.values[f"{b}.z"], z, atol=1e-12)
    np.testing.assert_allclose(s.values[f"{b}.a"], np.where(z > 0, z, 0.1 * z), atol=1e-12)
    assert s.cursor == 0
    s.step()
    assert s.cursor == 1
    s.step_back()
    assert s.cursor == 0
    net.save(tmp_path / "net.chainrule")
    assert engine.load(tmp_path / "net.chainrule").same_document(net)
    assert engine.layers.REGISTRY["Dense"].kind == "Dense"
    assert engine.ops.REGISTRY["matmul"].name == "matmul"


def test_whole_session_in_numpy():
    """Three steps of gradient descent on x·W + b with cross entropy, by hand."""
    x, y = nets.data("CrossEntropy", inputs=4)
    s = engine.Session(nets.mlp((4, 3)), (x, y), dtype="float64", learning_rate=0.3)
    W, b = s.parameters["dense1.W"].copy(), s.parameters["dense1.b"].copy()
    for _ in range(3):
        z = x @ W + b
        p = np.exp(z) / np.exp(z).sum(1, keepdims=True)
        dz = (p - np.eye(3)[y]) / len(x)
        W, b = W - 0.3 * x.T @ dz, b - 0.3 * dz.sum(0)
    s.train(steps=3)
    np.testing.assert_allclose(s.parameters["dense1.W"], W, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(s.parameters["dense1.b"], b, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("loss", nets.LOSSES)
@pytest.mark.parametrize("activation", nets.ACTIVATIONS)
def test_every_activation_with_every_loss_passes_the_gradient_check(activation: str, loss: str):
    s = engine.Session(nets.mlp((3, 4, 3), activation, loss), nets.data(loss), dtype="float64", seed=1)
    rng = np.random.default_rng(2)
    for name in s.parameters:  # away from the kinks that biases of 0 may sit on
        s.parameters[name] = s.parameters[name] + 0.1 * rng.standard_normal(s.parameters[name].shape)
    assert max(engine.gradcheck(s).values()) <= 1e-6


MIDDLES: list[nets.Layers] = [
    [(kind, attrs)]
    for kind, attrs in [("ReLU", {}), ("LeakyReLU", {"slope": 0.2}), ("Tanh", {}), ("Sigmoid", {}), ("Softmax", {}),
                        ("Softmax", {"fix_first": True}), ("AbsoluteValue", {}), ("PReLU", {}), ("Linear", {}),
                        ("ELU", {"alpha": 0.5}), ("GELU", {}), ("SiLU", {}), ("Softplus", {}), ("Maxout", {}),
                        ("Maxout", {"pieces": 4}),
                        ("Flatten", {}), ("Reshape", {"shape": (4,)}), ("Dense", {"units": 5, "bias": False})]
] + [[("Reshape", {"shape": (2, 2)}), ("Tanh", {}), ("Flatten", {})]]  # fmt: skip


@pytest.mark.parametrize("middle", MIDDLES, ids=lambda middle: "-".join(kind for kind, _ in middle))
def test_every_layer_passes_the_gradient_check(middle: nets.Layers):
    network = nets.chain(("Input", {"shape": (3,)}), ("Dense", {"units": 4}), *middle, ("Dense", {"units": 3}),
                         ("CrossEntropy", {}))  # fmt: skip
    s = engine.Session(network, nets.data("CrossEntropy"), dtype="float64", seed=3)
    assert max(engine.gradcheck(s).values()) <= 1e-6


@pytest.mark.parametrize("kind", ["Add", "Multiply", "Concat"])
def test_layers_with_many_inputs_pass_the_gradient_check(kind: str):
    network = engine.Network()
    x, join = network.add("Input", shape=(3,)), network.add(kind, inputs=4)
    for activation in ("tanh", "sigmoid", "linear"):
        dense = network.add("Dense", units=3, activation=activation)
        network.connect(x, dense)
        network.connect(dense, join)
    last, loss = network.add("Dense", units=3), network.add("CrossEntropy")
    for source, target in [(x, join), (join, last), (last, loss)]:
        network.connect(source, target)
    assert network.check() == []
    s = engine.Session(network, nets.data("CrossEntropy"), dtype="float64", seed=3)
    assert max(engine.gradcheck(s).values()) <= 1e-6


def test_a_step_lets_nothing_flow():
    network = nets.chain(("Input", {"shape": (3,)}), ("Dense", {"units": 4}), ("Step", {}), ("Dense", {"units": 3}),
                         ("CrossEntropy", {}))  # fmt: skip
    gradients = engine.Session(network, nets.data("CrossEntropy"), dtype="float64").gradients()
    assert not gradients["dense1.W"].any()
    assert gradients["dense2.W"].any()


def test_every_kind_of_layer_is_checked_above():
    tested = {kind for middle in MIDDLES for kind, _ in middle} | {"Step", *nets.LOSSES}
    joins = {node.kind for node in nets.residual().nodes.values()}
    tested |= {"CosineSimilarity", "PairwiseDistance"}  # tests/engine/layers/test_losses.py
    plain = {"linear", "activation", "combine"}
    assert {kind for kind, layer in engine.layers.REGISTRY.items() if layer.category in plain} <= tested | joins


@pytest.mark.parametrize(("l1", "l2"), [(0.1, 0.0), (0.0, 0.2), (0.05, 0.3)])
def test_penalties(l1: float, l2: float):
    plain, penal = session(seed=2), session(seed=2, l1=l1, l2=l2)
    weights = {name: array for name, array in plain.parameters.items() if name.endswith(".W")}
    extra = sum(l1 * np.abs(w).sum() + l2 * np.square(w).sum() for w in weights.values())
    assert penal.loss() == pytest.approx(plain.loss() + extra, rel=1e-12)
    gradients, penalised = plain.gradients(), penal.gradients()
    for name, gradient in gradients.items():
        w = plain.parameters[name]
        pull = l1 * np.sign(w) + 2 * l2 * w if name in weights else 0
        np.testing.assert_allclose(penalised[name], gradient + pull, rtol=1e-12, atol=1e-14)
    assert max(engine.gradcheck(penal).values()) <= 1e-6


@pytest.mark.parametrize("batch_size", [None, 1, 5, 12, 13, 1000])
def test_batches(batch_size: int | None):
    s = session(batch_size=batch_size)
    size = min(batch_size or 12, 12)
    assert (s.batch_size, s.steps_per_epoch) == (size, -(-12 // size))
    s.train(steps=3)
    assert s.epoch == pytest.approx(3 * size / 12)
    assert s.values["input1.x"].shape == (size, 3)
    x, y = nets.data("CrossEntropy")
    if size < 12:
        rows = s.values["input1.rows"]
        np.testing.assert_array_equal(s.values["input1.x"], x[rows])
        np.testing.assert_array_equal(s.values["cross_entropy1.target"], y[rows])


def test_an_epoch_shows_every_row_once():
    s = session(batch_size=3)
    seen = []
    for _ in range(4):
        s.loss()
        seen += s.values["input1.rows"].tolist()
        s.train(steps=1)
    assert sorted(seen) == list(range(12))


def test_epochs_are_steps():
    s = session(batch_size=5)
    s.train(epochs=10)
    assert s.steps == 24


@pytest.mark.parametrize("loss", ["SquaredError", "HalfSquaredError", "AbsoluteError"])
@pytest.mark.parametrize("shape", [(12,), (12, 1), (12, 2)])
def test_numbers_to_predict(loss: str, shape: tuple[int, ...]):
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((12, 3)), rng.standard_normal(shape)
    s = engine.Session(nets.mlp((3, 4, y.size // 12), "tanh", loss), (x, y), dtype="float64", learning_rate=0.05)
    error = s.predict(x) - y.reshape(12, -1)
    want = {"SquaredError": np.mean(error**2), "HalfSquaredError": np.sum(error**2) / 24,
            "AbsoluteError": np.mean(np.abs(error))}[loss]  # fmt: skip
    before = s.loss()
    assert before == pytest.approx(want, rel=1e-12)
    s.train(steps=50)
    assert s.loss() < before
    assert s.evaluate("train")["loss"] == pytest.approx(s.loss(), rel=1e-12)
    assert s.evaluate("train")["r2"] <= 1


def test_errors_can_be_summed():
    x, y = nets.data("SquaredError")
    networks = [nets.chain(("Input", {"shape": (3,)}), ("Dense", {"units": 3}), ("SquaredError", {"reduction": r}))
                for r in ("mean", "sum")]  # fmt: skip
    mean, total = (engine.Session(network, (x, y), dtype="float64").loss() for network in networks)
    assert total == pytest.approx(36 * mean, rel=1e-12)


@pytest.mark.parametrize("last", [{}, {"activation": "sigmoid"}])
def test_binary_labels(last: dict[str, str]):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((40, 2))
    y = (x[:, 0] > 0).astype(int)
    network = nets.mlp((2, 4, 1), "tanh", "BinaryCrossEntropy", **last)
    assert network.check((x, y)) == []
    s = engine.Session(network, (x, y), dtype="float64", optimizer="adam", learning_rate=0.05)
    p = s.predict(x)[:, 0] if last else 1 / (1 + np.exp(-s.predict(x)[:, 0]))
    assert s.loss() == pytest.approx(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)), rel=1e-10)
    s.train(steps=200)
    assert s.evaluate("train")["accuracy"] >= 0.95
    q = s.probabilities(x)
    assert q.shape == (40, 2)
    np.testing.assert_allclose(q.sum(1), 1)
    assert np.mean(q.argmax(1) == y) >= 0.95


@pytest.mark.parametrize("last", [{}, {"activation": "softmax"}])
def test_probabilities_of_classes(last: dict[str, str]):
    x, y = nets.data("CrossEntropy")
    s = engine.Session(nets.mlp((3, 4, 3), "tanh", "CrossEntropy", **last), (x, y), dtype="float64")
    p = s.probabilities(x)
    np.testing.assert_allclose(p.sum(1), 1)
    assert s.loss() == pytest.approx(-np.mean(np.log(p[np.arange(12), y])), rel=1e-10)
    assert s.evaluate("train") == {"loss": pytest.approx(s.loss()), "accuracy": np.mean(p.argmax(1) == y), "rows": 12}


def test_predict_takes_rows_of_any_number():
    s = session()
    rows = np.random.default_rng(1).standard_normal((5000, 3))
    whole = s.predict(rows)
    assert whole.shape == (5000, 3)
    np.testing.assert_allclose(s.predict(rows[4098]), whole[4098:4099], rtol=1e-12)
    assert s.predict(rows[:0]).shape == (0, 3)
    s.parameters["dense2.W"] = np.zeros((4, 3))
    np.testing.assert_array_equal(s.predict(rows[:2]), 0)


@pytest.mark.parametrize("bad", [np.zeros((2, 4)), "rows", None, [[1.0, np.nan, 2.0]], 3.0, [[1, 2, 3], [4, 5]]])
def test_rows_that_cannot_be_predicted(bad: Any):
    with pytest.raises(DataError):
        session().predict(bad)


def test_evaluate_names_parts():
    s = session()
    with pytest.raises(SessionError, match="no part 'all'"):
        s.evaluate("all")
    with pytest.raises(SessionError, match="no validation rows"):
        s.evaluate("validation")
    assert not s.has("validation")


def test_labels_that_only_the_validation_rows_have_are_refused():
    """A label beyond the outputs would be read outside the arena."""
    x = np.random.default_rng(0).standard_normal((40, 3))
    data = engine.data.from_arrays(x, np.arange(40) % 3, validation=0.4)
    data.validation.y.flags.writeable = True
    data.validation.y[0] = 3
    problems = nets.mlp((3, 4, 3)).check(data)
    assert [problem.code for problem in problems] == ["label_mismatch"]
    with pytest.raises(NetworkError, match="4 classes"):
        engine.Session(nets.mlp((3, 4, 3)), data)


def test_numbers_of_numpy_are_numbers():
    s = session(seed=np.int64(3), batch_size=np.int64(5), threads=np.int32(1), learning_rate=np.float32(0.25))
    assert s.train(steps=np.int64(2)).steps == 2
    assert s.learning_rate == 0.25
    twin = session(seed=3, batch_size=5, learning_rate=0.25)
    twin.train(steps=2)
    np.testing.assert_array_equal(s.parameters["dense1.W"], twin.parameters["dense1.W"])


def test_the_loss_of_every_step_is_kept():
    s = session(learning_rate=0.5)
    seen = []
    for _ in range(7):
        seen.append(s.loss())
        s.train(steps=1)
    steps, losses = s.loss_history()
    assert steps.tolist() == list(range(7))
    assert losses.tolist() == seen
    assert s.loss_history(since=5)[0].tolist() == [5, 6]


def test_the_ring_of_losses_keeps_the_last_ones():
    s = engine.Session(nets.mlp((2, 2)), (np.eye(2), np.array([0, 1])), learning_rate=1e-4)
    s.train(steps=70_000)
    steps, losses = s.loss_history()
    assert (steps[0], steps[-1], len(steps)) == (70_000 - 65_536, 69_999, 65_536)
    assert np.all(np.diff(losses) <= 1e-6)
    assert losses[-1] < losses[0]


def test_values_are_views_and_cannot_be_written():
    s = session()
    s.loss()
    view = s.values["dense1.a"]
    before = view.copy()
    s.train(steps=5)
    s.loss()
    assert not np.array_equal(view, before)
    with pytest.raises(ValueError, match="read-only"):
        view[...] = 0
    with pytest.raises(KeyError):
        s.values["dense7.a"]
    assert len(s.values) == len(list(s.values)) > 10


def test_parameters_are_assigned_whole_or_in_place():
    s = session()
    before = s.loss()
    s.parameters["dense1.W"] = np.zeros((3, 4))
    assert not s.parameters["dense1.W"].any()
    changed = s.loss()
    s.parameters["dense1.W"][0, 0] = 5.0
    assert len({before, changed, s.loss()}) == 3
    assert not s.gradients()["dense1.W"].flags.writeable or s.gradients()["dense1.W"].base is None
