"""Attention weights, the gradients of them, and which tokens they are about."""

from __future__ import annotations

import numpy as np
import pytest

import engine
from engine.attention_maps import attention_maps, gradient_of, through_weights, token_places, weights_of
from tests.engine import nets

T, WIDTH, HEADS, BATCH = 5, 6, 2, 4


def session(kind: str = "MultiHeadAttention", **attrs) -> engine.Session:
    net = nets.chain(("Input", {"shape": (T, WIDTH)}), (kind, {"heads": HEADS, **attrs}), ("Flatten", {}),
                     ("Dense", {"units": 2}), ("SquaredError", {}))  # fmt: skip
    rng = np.random.default_rng(0)
    s = engine.Session(net, (rng.standard_normal((BATCH, T, WIDTH)), rng.standard_normal((BATCH, 2))), dtype="float64")
    s.loss()
    return s


def of_heads(x):
    return np.stack(np.split(x, HEADS, axis=-1), -3)


def softmax(scores):
    power = np.exp(scores - scores.max(-1, keepdims=True))
    return power / power.sum(-1, keepdims=True)


def loss_by_hand(s, weights):
    """Of the whole batch, with these attention weights (B, heads, T, T)."""
    p = {name.partition(".")[2] if name.startswith("multi") else name: array for name, array in s.parameters.items()}
    x = s.values["input1.x"]
    v = of_heads(x @ p["W_v"] + p["b_v"])
    context = np.concatenate(list(np.moveaxis(np.einsum("bhts,bhsd->bhtd", weights, v), 1, 0)), -1)
    y = context @ p["W_o"] + p["b_o"]
    z = y.reshape(len(y), -1) @ p["dense1.W"] + p["dense1.b"]
    return float(np.mean((z - s.values["squared_error1.target"]) ** 2))


@pytest.fixture(scope="module")
def plain():
    return session()


def test_weights_are_the_softmax_of_queries_times_keys(plain):
    (which,) = attention_maps(plain)
    q, k = (of_heads(plain.values[f"{which.layer}.{name}"]) for name in "qk")
    wanted = softmax(np.einsum("bhtd,bhsd->bhts", q, k) / np.sqrt(WIDTH / HEADS))
    for row in range(BATCH):
        np.testing.assert_allclose(weights_of(plain, which, row), wanted[row], rtol=1e-10)


def test_the_gradient_is_that_of_finite_differences(plain):
    (which,) = attention_maps(plain)
    weights = np.stack([weights_of(plain, which, row) for row in range(BATCH)])
    assert loss_by_hand(plain, weights) == pytest.approx(plain.execution.loss(), rel=1e-9)
    for row in (0, 3):
        found = gradient_of(plain, which, row)
        assert found.shape == (HEADS, T, T)
        for place in np.ndindex(found.shape):
            sides = []
            for step in (1e-5, -1e-5):
                moved = weights.copy()
                moved[(row, *place)] += step
                sides.append(loss_by_hand(plain, moved))
            assert found[place] == pytest.approx((sides[0] - sides[1]) / 2e-5, rel=1e-5, abs=1e-9)


def test_through_weights_is_the_sum_over_the_width():
    rng = np.random.default_rng(3)
    dcontext, v = rng.normal(size=(3, 6)), rng.normal(size=(4, 6))
    found = through_weights(dcontext, v, 2)
    for h in range(2):
        for t in range(3):
            for j in range(4):
                wide = slice(3 * h, 3 * h + 3)
                assert found[h, t, j] == pytest.approx(sum(dcontext[t, wide] * v[j, wide]))


def test_where_weights_are_dropped_the_backward_pass_has_their_gradient():
    s = session(attention_dropout=0.4)
    (which,) = attention_maps(s)
    assert f"{which.name}.grad" in s.values
    found = gradient_of(s, which, 1)
    assert found.shape == weights_of(s, which, 1).shape == (HEADS, T, T)
    np.testing.assert_array_equal(found, s.values[f"{which.name}.grad"][1])
    dropped = s.values["multi_head_attention1.kept_weights"][1] == 0
    assert dropped.any()
    assert (found[dropped] == 0).all()
    assert (found[~dropped] != 0).all()


def test_causal_weights_look_at_nothing_later():
    s = session(causal=True)
    (which,) = attention_maps(s)
    weights = weights_of(s, which, 0)
    assert (weights[:, ~np.tri(T, dtype=bool)] == 0).all()
    np.testing.assert_allclose(weights.sum(-1), 1)


def test_blocks_tell_their_attentions_apart():
    s = session("EncoderBlock", repeat=2)
    assert [one.words for one in attention_maps(s)] == ["encoder_block1", "encoder_block1, block 2"]
    first, second = (weights_of(s, one, 0) for one in attention_maps(s))
    assert not np.allclose(first, second)


def test_a_memory_network_has_a_map_for_each_hop():
    net = engine.Network()
    a, lay = net.add("Input", shape=(T, WIDTH)), net.add("Flatten")
    memory, out, loss = net.add("MemoryNetwork", hops=3, width=4), net.add("Dense", units=2), net.add("SquaredError")
    net.connect(a, lay)
    net.connect(lay, memory, "query")
    net.connect(a, memory, "facts")
    net.connect(memory, out)
    net.connect(out, loss)
    rng = np.random.default_rng(0)
    s = engine.Session(net, (rng.normal(size=(3, T, WIDTH)), rng.normal(size=(3, 2))), dtype="float64")
    s.loss()
    maps = attention_maps(s)
    assert [one.words.partition(", ")[2] for one in maps] == ["hop 1", "hop 2", "hop 3"]
    for one in maps:
        assert weights_of(s, one, 2).shape == gradient_of(s, one, 2).shape == (1, 1, T)
        assert (one.query_port, one.key_port) == ("", "facts")


def test_a_network_without_attention_has_no_maps():
    net = nets.chain(("Input", {"shape": (3,)}), ("Dense", {"units": 2}), ("SquaredError", {}))
    assert attention_maps(engine.Session(net, (np.zeros((4, 3)), np.zeros((4, 2))))) == []


@pytest.fixture(scope="module")
def reversal():
    import engine.files as files
    from engine.session import Session

    return Session.from_network(files.load(str(files.LESSONS / f"reversal{files.SUFFIX}")))


def test_steps_of_an_encoder_and_a_decoder_are_traced_back_to_their_tokens(reversal):
    ports = {one.words: (one.layer, one.query_port, one.key_port) for one in attention_maps(reversal)}
    assert list(ports) == ["encoder", "decoder", "decoder, across"]
    wanted = {"encoder": (range(10), range(10)), "decoder": (range(10, 21), range(10, 21)),
              "decoder, across": (range(10, 21), range(10))}  # fmt: skip
    for words, (layer, *both) in ports.items():
        for port, places in zip(both, wanted[words], strict=True):
            found = token_places(reversal.network, reversal.shapes, layer, port)
            np.testing.assert_array_equal(found, list(places))


def test_turned_and_shifted_steps_are_followed():
    net = nets.chain(("Tokens", {"length": 4}), ("Embedding", {"vocabulary": 64, "size": 2}), ("Reverse", {}),
                     ("Shift", {}), ("MultiHeadAttention", {"heads": 1}), ("Flatten", {}), ("Dense", {"units": 5}),
                     ("CrossEntropy", {}))  # fmt: skip
    shapes = engine.Session(net, (np.zeros((3, 4), int), np.zeros(3, int))).shapes
    np.testing.assert_array_equal(token_places(net, shapes, "multi_head_attention1", "x"), [-1, 3, 2, 1])
    assert token_places(net, shapes, "dense1", "x") is None


def test_numbers_lead_back_to_no_tokens(plain):
    assert token_places(plain.network, plain.shapes, "multi_head_attention1", "x") is None
