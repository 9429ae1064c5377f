"""Attention layers: what they refuse, what they show, what they learn."""

from __future__ import annotations

import numpy as np
import pytest

import engine
from engine.errors import NetworkError
from engine.layers.attention import sinusoids
from tests.engine import nets

LENGTH, WIDTH = 6, 8


def network(kind: str, shape: tuple[int, ...] = (LENGTH, WIDTH), **attrs) -> engine.Network:
    return nets.chain(("Input", {"shape": shape}), (kind, attrs), ("Flatten", {}), ("Dense", {"units": 2}),
                      ("SquaredError", {}))  # fmt: skip


def session(net: engine.Network, shape: tuple[int, ...] = (LENGTH, WIDTH), rows: int = 5, **settings):
    rng = np.random.default_rng(0)
    data = rng.standard_normal((rows, *shape)), rng.standard_normal((rows, 2))
    return engine.Session(net, data, dtype="float64", **settings)


def wired(*wires: tuple[str, str, str], **nodes: tuple[str, dict]) -> engine.Network:
    """Layers by a name of their own, and wires (from, to, port)."""
    net = engine.Network()
    ids = {name: net.add(kind, **attrs) for name, (kind, attrs) in nodes.items()}
    for source, target, port in wires:
        net.connect(ids[source], ids[target], port)
    return net


@pytest.mark.parametrize(("kind", "attrs", "says"), [
    ("MultiHeadAttention", {"heads": 3}, "width of 8 does not fall into 3 equal heads.*1, 2, 4, 8"),
    ("EncoderBlock", {"heads": 5}, "width of 8 does not fall into 5 equal heads"),
    ("PositionalEncoding", {"encoding": "learned", "longest": 4}, "6 places, but the table of positions only 4.*to 6"),
])  # fmt: skip
def test_what_does_not_fit_is_refused(kind: str, attrs: dict, says: str):
    with pytest.raises(NetworkError, match=says):
        session(network(kind, **attrs))


@pytest.mark.parametrize("kind", ["MultiHeadAttention", "EncoderBlock", "PositionalEncoding", "FeedForward"])
def test_rows_that_are_no_sequences_are_refused(kind: str):
    with pytest.raises(NetworkError, match="Give it a sequence"):
        session(network(kind, (8,)), (8,))


def test_keys_queries_values_and_masks_must_agree():
    nodes = {
        "x": ("Input", {"shape": (LENGTH, WIDTH)}), "q": ("Dense", {"units": 4}), "k": ("Dense", {"units": 6}),
        "layer": ("ScaledDotProductAttention", {}), "loss": ("SquaredError", {}),
    }  # fmt: skip
    wires = [("x", "q", "x"), ("x", "k", "x"), ("q", "layer", "q"), ("k", "layer", "k"), ("x", "layer", "v"),
             ("layer", "loss", "x")]  # fmt: skip
    problems = engine.check.check(wired(*wires, **nodes))
    assert any("Queries are 4 wide, but keys 6" in problem.message and problem.port == "k" for problem in problems)


def test_a_mask_of_another_length_is_refused():
    nodes = {
        "x": ("Input", {"shape": (LENGTH, WIDTH)}), "flat": ("Flatten", {}),
        "layer": ("MultiHeadAttention", {"masked": True}), "loss": ("SquaredError", {}),
    }  # fmt: skip
    wires = [("x", "flat", "x"), ("x", "layer", "x"), ("flat", "layer", "mask"), ("layer", "loss", "x")]
    problems = engine.check.check(wired(*wires, **nodes))
    assert any("mask is 48, but there are 6 keys" in problem.message and problem.port == "mask" for problem in problems)


def test_plain_attention_is_its_formula():
    s = session(network_of_three())
    s.loss()
    x = s.dataset.train.x
    scores = np.einsum("bth,bsh->bts", x, x) / np.sqrt(WIDTH)
    weights = np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)
    np.testing.assert_allclose(s.values["dot_attention1.context"], weights @ x, rtol=1e-9)
    np.testing.assert_allclose(s.values["dot_attention1.weights"][:, 0], weights, rtol=1e-9)


def network_of_three() -> engine.Network:
    nodes = {
        "x": ("Input", {"shape": (LENGTH, WIDTH)}), "layer": ("ScaledDotProductAttention", {}), "flat": ("Flatten", {}),
        "dense": ("Dense", {"units": 2}), "loss": ("SquaredError", {}),
    }  # fmt: skip
    return wired(*[("x", "layer", port) for port in "qkv"], ("layer", "flat", "x"), ("flat", "dense", "x"),
                 ("dense", "loss", "x"), **nodes)  # fmt: skip


def test_waves_of_many_lengths():
    waves = sinusoids(50, 7)
    assert waves.shape == (50, 7)
    for place in (0, 1, 13, 49):
        for i in range(4):
            angle = place / 10000 ** (2 * i / 7)
            assert waves[place, 2 * i] == pytest.approx(np.sin(angle), abs=1e-12)
            if 2 * i + 1 < 7:
                assert waves[place, 2 * i + 1] == pytest.approx(np.cos(angle), abs=1e-12)


def test_positions_are_added():
    s = session(network("PositionalEncoding"))
    s.loss()
    np.testing.assert_allclose(s.values["positional_encoding1.y"], s.dataset.train.x + sinusoids(LENGTH, WIDTH))
    learned = session(network("PositionalEncoding", encoding="learned", longest=10))
    learned.loss()
    table = learned.parameters["positional_encoding1.P"]
    assert table.shape == (10, WIDTH)
    np.testing.assert_allclose(learned.values["positional_encoding1.y"], learned.dataset.train.x + table[:LENGTH])
    before = table.copy()
    learned.train(steps=1)
    moved = np.any(learned.parameters["positional_encoding1.P"] != before, axis=1)
    assert moved.tolist() == [True] * LENGTH + [False] * 4


def test_a_causal_block_does_not_look_ahead():
    s = session(network("EncoderBlock", causal=True, repeat=2, norm="pre"))
    x = s.dataset.train.x
    values = s.evaluator.values(s.parameter_block(), x, ["encoder_block1.y_2"])["encoder_block1.y_2"]
    changed = x.copy()
    changed[:, 4:] += 1
    after = s.evaluator.values(s.parameter_block(), changed, ["encoder_block1.y_2"])["encoder_block1.y_2"]
    np.testing.assert_allclose(after[:, :4], values[:, :4], rtol=1e-12)
    assert np.abs(after[:, 4:] - values[:, 4:]).min() > 0


def test_blocks_drop_in_training_only():
    s = session(network("EncoderBlock", dropout=0.4))
    first, dropped = s.loss(), s.predict(s.dataset.train.x)
    s.train(steps=1)
    names = [call.op.name for call in (s.call(row) for row in range(len(s.instructions)))]
    assert names.count("dropout") == 6  # three places, there and back
    np.testing.assert_array_equal(session(network("EncoderBlock", dropout=0.4)).predict(s.dataset.train.x), dropped)
    assert first != pytest.approx(session(network("EncoderBlock")).loss(), rel=1e-6)


def test_more_blocks_keep_what_the_first_ones_learned():
    small = session(network("EncoderBlock"))
    small.train(steps=2)
    large = session(network("EncoderBlock", repeat=3))
    adopted = large.adopt(small.parameters)
    assert set(adopted) == set(small.parameters)
    assert {name for name in large.parameters if name.endswith("_3")}


def test_padding_does_not_reach_the_result():
    nodes = {
        "tokens": ("Tokens", {"length": 5, "vocabulary": 4}), "mask": ("PaddingMask", {"padding": 0}),
        "dense": ("Dense", {"units": 3}), "loss": ("SquaredError", {}),
    }  # fmt: skip
    net = wired(("tokens", "mask", "x"), ("mask", "dense", "x"), ("dense", "loss", "x"), **nodes)
    x = np.array([[1, 2, 0, 0, 3], [0, 0, 0, 0, 0], [3, 3, 3, 3, 3]])
    s = engine.Session(net, (x, np.zeros((3, 3))), dtype="float64")
    s.loss()
    np.testing.assert_array_equal(s.values["padding_mask1.y"], (x != 0).astype(float))


@pytest.mark.parametrize("threads", [2, 3])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_training_is_the_same_on_more_threads(threads: int, dtype: str):
    rng = np.random.default_rng(0)
    data = rng.standard_normal((5, LENGTH, WIDTH)), rng.standard_normal((5, 2))
    net = network("EncoderBlock", causal=True, dropout=0.2)
    one, more = (engine.Session(net, data, dtype=dtype, threads=n, optimizer="adam") for n in (1, threads))
    for s in (one, more):
        s.train(steps=5)
    for name, array in one.parameters.items():
        assert array.tobytes() == more.parameters[name].tobytes(), name


def test_hessian_times_a_vector_is_the_rate_of_the_gradient():
    """Through attention, both norms and dropout: against differences of gradients."""
    s = session(network("EncoderBlock", activation="gelu", dropout=0.2, heads=2, inner=5))
    rng = np.random.default_rng(1)
    start = {name: array.copy() for name, array in s.parameters.items()}
    vector = {name: rng.standard_normal(array.shape) for name, array in start.items()}
    found = s.hessian_vector_product(vector)

    def gradients(by: float) -> dict[str, np.ndarray]:
        for name, array in start.items():
            s.parameters[name] = array + by * vector[name]
        return s.gradients()

    near, far = ([gradients(sign * step) for sign in (1, -1)] for step in (1e-4, 2e-4))
    for name in start:
        numeric = (8 * (near[0][name] - near[1][name]) - (far[0][name] - far[1][name])) / 12e-4
        np.testing.assert_allclose(found[name], numeric, atol=1e-6 * max(1.0, np.abs(numeric).max()), err_msg=name)


def test_a_memory_network_finds_the_fact_that_fits():
    """Three facts (key, value) in random order; the question is a key, the answer its value's sign."""
    rng = np.random.default_rng(2)
    keys = np.eye(4)
    x = np.zeros((300, 4, 5))
    y = np.zeros((300, 1))
    for row in range(300):
        order, values = rng.permutation(4), rng.choice([-1.0, 1.0], 4)
        x[row, :3, :4], x[row, :3, 4] = keys[order[:3]], values[:3]
        asked = rng.integers(3)
        x[row, 3, :4], y[row, 0] = keys[order[asked]], values[asked]
    nodes = {
        "x": ("Input", {"shape": (4, 5)}), "flat": ("Flatten", {}), "last": ("Dense", {"units": 4, "rate": 0.0}),
        "net": ("MemoryNetwork", {"width": 12, "hops": 2, "sharing": "all"}), "out": ("Dense", {"units": 1}),
        "loss": ("SquaredError", {}),
    }  # fmt: skip
    net = wired(("x", "flat", "x"), ("flat", "last", "x"), ("last", "net", "query"), ("x", "net", "facts"),
                ("net", "out", "x"), ("out", "loss", "x"), **nodes)  # fmt: skip
    s = engine.Session(net, (x, y), optimizer="adam", learning_rate=0.01, batch_size=50, seed=0)
    picks = np.zeros((20, 4), np.float32)
    picks[15:19] = np.eye(4)
    s.parameters["dense1.W"] = picks
    s.parameters["dense1.b"] = np.zeros(4, np.float32)
    s.train(steps=1500)
    assert s.evaluate("train")["loss"] < 0.1
