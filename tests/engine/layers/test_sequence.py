"""Layers for tokens and for parts of sequences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import engine
from engine.data import from_arrays
from tests.engine.sequences import dataset

ROWS, STEPS, SIZE = 2, 5, 3
X = np.random.default_rng(0).standard_normal((ROWS, STEPS, SIZE))
TOKENS = np.array([[0, 3, 1, 3, 0], [2, 2, 0, 1, 3]])


def on_numbers(kind: str, **attrs: Any) -> engine.Session:
    """Input → layer → SquaredError, on X."""
    made = engine.Network()
    made.add("Input", id="input", shape=(STEPS, SIZE))
    made.add(kind, id="layer", **attrs)
    made.add("SquaredError", id="loss")
    made.connect("input", "layer")
    made.connect("layer", "loss")
    shape = engine.check.inspect(made).shapes["layer"]
    return engine.Session(made, dataset(X, np.ones((ROWS, *shape))), dtype="float64")


def on_tokens(kind: str, **attrs: Any) -> engine.Session:
    """Tokens → layer → SquaredError against ones, on TOKENS."""
    made = engine.Network()
    made.add("Tokens", id="tokens", length=STEPS, vocabulary=4)
    made.add(kind, id="layer", **attrs)
    made.add("SquaredError", id="loss")
    made.connect("tokens", "layer")
    made.connect("layer", "loss")
    shape = engine.check.inspect(made).shapes["layer"]
    return engine.Session(made, dataset(TOKENS, np.ones((ROWS, *shape)), vocabulary=4), dtype="float64")


@pytest.mark.parametrize(
    ("kind", "attrs", "want"),
    [
        ("Reverse", {}, X[:, ::-1]),
        ("LastStep", {}, X[:, -1]),
        ("SliceSteps", {"start": 1, "stop": 4}, X[:, 1:4]),
        ("SliceSteps", {"start": -2}, X[:, -2:]),
        ("SliceSteps", {"stop": -1}, X[:, :-1]),
        ("Shift", {}, np.concatenate([np.zeros((ROWS, 1, SIZE)), X[:, :-1]], 1)),
    ],
)
def test_parts_of_sequences(kind: str, attrs: dict[str, Any], want: np.ndarray):
    np.testing.assert_array_equal(on_numbers(kind, **attrs).predict(X), want)


def test_a_learned_start_is_the_same_for_all_rows_and_learns():
    ready = on_numbers("Shift", start="learned")
    ready.parameters["layer.s"] = np.array([1.0, 2.0, 3.0])
    np.testing.assert_array_equal(ready.predict(X)[:, 0], [[1.0, 2.0, 3.0]] * ROWS)
    y = np.concatenate([np.broadcast_to([1.0, 2.0, 3.0], (ROWS, 1, SIZE)), X[:, :-1]], 1)
    want = (2 * (y - 1) / y.size)[:, 0].sum(0)
    np.testing.assert_allclose(ready.gradients()["layer.s"], want, rtol=1e-12)


def test_a_stretch_of_a_mask():
    made = engine.Network()
    for kind, attrs in (("Tokens", {"length": STEPS, "vocabulary": 4}), ("PaddingMask", {"padding": 1}),
                        ("SliceSteps", {"start": 1, "stop": -1}), ("SquaredError", {})):  # fmt: skip
        last = list(made.nodes)[-1:]
        made.add(kind, id=kind.lower(), **attrs)
        if last:
            made.connect(last[0], kind.lower())
    ready = engine.Session(made, dataset(TOKENS, np.ones((ROWS, STEPS - 2)), vocabulary=4))
    np.testing.assert_array_equal(ready.predict(TOKENS), TOKENS[:, 1:-1] != 1)


@pytest.mark.parametrize(("start", "stop"), [(3, 3), (4, 2), (0, 6), (-6, 2), (5, 0)])
def test_steps_that_are_not_there_are_named(start: int, stop: int):
    made = engine.Network()
    made.add("Input", id="input", shape=(STEPS, SIZE))
    made.add("SliceSteps", id="layer", start=start, stop=stop)
    made.add("SquaredError", id="loss")
    made.connect("input", "layer")
    made.connect("layer", "loss")
    (problem,) = made.check()
    assert (problem.code, problem.layer) == ("shape", "layer")
    assert "5" in problem.message


def test_embedding_looks_rows_up_and_adds_gradients_of_equal_tokens():
    ready = on_tokens("Embedding", vocabulary=4, size=SIZE)
    table = ready.parameters["layer.W"].copy()
    np.testing.assert_array_equal(ready.predict(TOKENS), table[TOKENS])
    want = np.zeros_like(table)
    np.add.at(want, TOKENS, 2 * (table[TOKENS] - 1) / (ROWS * STEPS * SIZE))
    np.testing.assert_allclose(ready.gradients()["layer.W"], want, rtol=1e-12)


def test_one_hot_and_padding_mask():
    np.testing.assert_array_equal(on_tokens("OneHot", vocabulary=4).predict(TOKENS), np.eye(4)[TOKENS])
    np.testing.assert_array_equal(on_tokens("PaddingMask", padding=3).predict(TOKENS), TOKENS != 3)


@pytest.mark.parametrize("kind", ["Embedding", "OneHot", "PaddingMask"])
def test_layers_for_tokens_refuse_numbers(kind: str):
    made = engine.Network()
    made.add("Input", id="input", shape=(STEPS,))
    made.add(kind, id="layer")
    made.add("SquaredError", id="loss")
    made.connect("input", "layer")
    made.connect("layer", "loss")
    problem = next(problem for problem in made.check() if problem.code == "dtype")
    assert (problem.layer, problem.port) == ("layer", "x")


@pytest.mark.parametrize("bad", [-1, 4])
def test_tokens_outside_the_table_never_reach_it(bad: int):
    tokens = TOKENS.copy()
    tokens[1, 2] = bad
    ready = on_tokens("Embedding", vocabulary=4, size=SIZE)
    with pytest.raises(engine.ChainruleError, match=f"{bad}"):
        ready.predict(tokens)
    with pytest.raises(engine.ChainruleError, match=f"{bad}"):
        from_arrays(tokens, np.ones(ROWS), vocabulary=4)


def test_a_table_smaller_than_the_vocabulary_is_named():
    made = on_tokens("Embedding", vocabulary=4, size=SIZE).network
    made.set("layer", vocabulary=3)
    (problem,) = made.check()
    assert problem.layer == "layer"
    assert "4" in problem.message
