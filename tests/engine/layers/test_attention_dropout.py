"""Dropout of attention weights: in training only, new in every step, the same when a step is repeated, unbiased."""

from __future__ import annotations

import numpy as np
import pytest

import engine
from engine.files import from_json, to_json
from engine.gradient_check import gradcheck
from engine.layers.layer import REGISTRY

LENGTH, WIDTH = 6, 8
KINDS = ("ScaledDotProductAttention", "MultiHeadAttention", "EncoderBlock", "DecoderBlock")
PORTS = {"ScaledDotProductAttention": ("q", "k", "v"), "DecoderBlock": ("x", "memory")}


def network(kind: str, **attrs) -> engine.Network:
    """A layer that gets one sequence at every port, two of its numbers behind it."""
    net = engine.Network()
    x, layer, flat = net.add("Input", shape=(LENGTH, WIDTH)), net.add(kind, **attrs), net.add("Flatten")
    dense, loss = net.add("Dense", units=2), net.add("SquaredError")
    for port in PORTS.get(kind, ("x",)):
        net.connect(x, layer, port)
    for source, target in ((layer, flat), (flat, dense), (dense, loss)):
        net.connect(source, target)
    return net


def session(kind: str, rate: float, rows: int = 5, attrs: dict | None = None, **settings) -> engine.Session:
    rng = np.random.default_rng(0)
    data = rng.standard_normal((rows, LENGTH, WIDTH)), rng.standard_normal((rows, 2))
    net = network(kind, heads=2, attention_dropout=rate, **(attrs or {}))
    return engine.Session(net, data, **{"dtype": "float64", "learning_rate": 0.01, **settings})


def shown(s: engine.Session, name: str) -> np.ndarray:
    """Value `name` of the layer for the batch of this step."""
    s.loss()
    return np.array(next(s.values[one] for one in s.values if one.endswith(f".{name}")))


def test_layers_have_it_and_leave_it_out_at_first():
    for kind in KINDS:
        (found,) = (one for one in REGISTRY[kind].attributes if one.name == "attention_dropout")
        assert found.default == 0


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_dropped_at_a_rate_of_zero_nor_in_use(kind: str):
    plain, dropping = session(kind, 0.0), session(kind, 0.4)
    ops = [call.op.name for call in (plain.call(row) for row in range(len(plain.instructions)))]
    assert "dropout" not in ops
    assert "attention" in ops
    x = plain.dataset.train.x
    np.testing.assert_array_equal(dropping.predict(x), plain.predict(x))
    assert dropping.loss() != pytest.approx(plain.loss(), rel=1e-6)


@pytest.mark.parametrize("causal", [False, True])
def test_a_share_of_the_weights_is_dropped_and_the_rest_grows(causal: bool):
    s = session("MultiHeadAttention", 0.3, rows=200, attrs={"causal": causal})
    kept, weights = shown(s, "kept_weights"), shown(s, "weights")
    np.testing.assert_allclose(weights.sum(-1), 1, rtol=1e-12)
    visible = weights > 0
    assert visible.mean() == pytest.approx((LENGTH + 1) / (2 * LENGTH) if causal else 1)
    stay = kept != 0
    assert not (stay & ~visible).any()
    assert abs(stay[visible].mean() - 0.7) < 5 * np.sqrt(0.21 / visible.sum())
    np.testing.assert_allclose(kept[stay], weights[stay] / 0.7, rtol=1e-12)


def test_the_mean_over_many_seeds_is_what_nothing_dropped_gives():
    rate, seeds = 0.25, 60
    whole = shown(session("ScaledDotProductAttention", 0.0, rows=20), "context")
    draws = [session("ScaledDotProductAttention", rate, rows=20, seed=seed) for seed in range(seeds)]
    weights = shown(draws[0], "weights")
    kept = np.array([shown(s, "kept_weights") for s in draws])
    deviation = np.sqrt(seeds * np.square(weights).sum() * rate / (1 - rate))
    assert abs((kept - weights).sum()) < 5 * deviation
    contexts = np.array([shown(s, "context") for s in draws])
    spread = contexts.std(0) / np.sqrt(seeds)
    assert (np.abs(contexts.mean(0) - whole) < 6 * spread).all()
    assert spread.max() > 0.01


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_while_weights_are_dropped(kind: str):
    """Against differences: the step stays the same, and so do the weights that are dropped."""
    errors = gradcheck(session(kind, 0.3))
    assert errors
    assert max(errors.values()) < 1e-5


@pytest.mark.parametrize("threads", [2, 3])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_training_is_the_same_on_more_threads(threads: int, dtype: str):
    one, more = (session("DecoderBlock", 0.3, dtype=dtype, threads=n, attrs={"dropout": 0.2}) for n in (1, threads))
    for s in (one, more):
        s.train(steps=5)
    for name, array in one.parameters.items():
        assert array.tobytes() == more.parameters[name].tobytes(), name


def test_each_step_draws_anew_and_a_repeated_step_draws_the_same():
    s = session("EncoderBlock", 0.5)
    drawn = []
    for _ in range(3):
        drawn.append(shown(s, "kept_weights"))
        s.train(steps=1)
    assert ((drawn[0] != 0) != (drawn[1] != 0)).any()
    while (s.steps, s.cursor) != (1, 0):
        s.step_back()
    np.testing.assert_array_equal(shown(s, "kept_weights"), drawn[1])
    s.reset()
    np.testing.assert_array_equal(shown(s, "kept_weights"), drawn[0])


def test_places_in_a_block_draw_differently():
    """Own and crossing attention of two decoder blocks: four places, four draws."""
    s = session("DecoderBlock", 0.5, rows=20, attrs={"repeat": 2, "causal": False})
    s.loss()
    names = [name for name in s.values if ".kept_weights" in name and not name.endswith(".grad")]
    assert len(names) == 4
    draws = [np.array(s.values[name]) != 0 for name in names]
    for i, one in enumerate(draws):
        assert 0.4 < one.mean() < 0.6
        for other in draws[:i]:
            assert 0.4 < (one == other).mean() < 0.6


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_without_it_opens(kind: str):
    document = to_json(network(kind, heads=2))
    (entry,) = (layer for layer in document["layers"] if layer["kind"] == kind)
    del entry["attrs"]["attention_dropout"]
    node = next(node for node in from_json(document).nodes.values() if node.kind == kind)
    assert node.attrs["attention_dropout"] == 0
