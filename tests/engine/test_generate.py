"""Running freely: how a token is drawn, what a language model reads, and when an answer counts as right."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import engine
from engine.data import DataSpec
from engine.errors import DataError, SessionError
from engine.generate import Choice, answers, continue_tokens, draw, exact
from tests.engine import nets
from tests.engine.sequences import dataset

VOCABULARY, LENGTH = 5, 4
P = np.array([0.5, 0.3, 0.15, 0.05, 0.0])
MANY = 40_000


def counter(said: int = LENGTH, sharpness: float = 20.0) -> engine.Session:
    """By hand: behind token t comes t + 1, behind the last the first. Says what follows each of the last `said`."""
    tokens = np.zeros((3, LENGTH), np.int64)
    network = nets.chain(
        ("Tokens", {"length": LENGTH, "vocabulary": VOCABULARY}),
        ("Embedding", {"vocabulary": VOCABULARY, "size": VOCABULARY}),
        ("SliceSteps", {"start": LENGTH - said}),
        ("Dense", {"units": VOCABULARY}),
        ("CrossEntropy", {}),
    )
    session = engine.Session(network, dataset(tokens, tokens[:, :said], VOCABULARY, VOCABULARY))
    session.parameters["embedding1.W"] = np.eye(VOCABULARY)
    session.parameters["dense1.W"] = sharpness * np.roll(np.eye(VOCABULARY), 1, 1)
    return session


def shares(choice: Choice) -> np.ndarray:
    """How often each token is drawn out of P."""
    drawn = draw(np.tile(P, (MANY, 1)), choice, np.random.default_rng(choice.seed))
    return np.bincount(drawn, minlength=len(P)) / MANY


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"temperature": -0.1}, "temperature is -0.1"),
        ({"temperature": float("nan")}, "temperature is nan"),
        ({"temperature": float("inf")}, "temperature is inf"),
        ({"top_k": -1}, "top_k is -1"),
        ({"top_k": 1.5}, "top_k is 1.5"),
        ({"seed": -3}, "seed is -3"),
    ],
)
def test_a_choice_has_bounds(wrong: dict[str, Any], words: str):
    with pytest.raises(SessionError, match=words):
        Choice(**wrong)


def test_without_temperature_the_likeliest_is_taken():
    rows = np.random.default_rng(0).dirichlet(np.ones(6), 50)
    rng = np.random.default_rng(1)
    np.testing.assert_array_equal(draw(rows, Choice(temperature=0), rng), rows.argmax(1))
    np.testing.assert_array_equal(draw(rows, Choice(temperature=5, top_k=1), rng), rows.argmax(1))


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_tokens_come_as_often_as_the_temperature_says(temperature: float):
    want = P ** (1 / temperature) / (P ** (1 / temperature)).sum()
    found = shares(Choice(temperature))
    assert np.abs(found - want).max() < 5 * np.sqrt(0.25 / MANY)
    assert found[P == 0] == 0


def test_of_the_likeliest_only():
    found = shares(Choice(1.0, top_k=2))
    np.testing.assert_allclose(found, [0.625, 0.375, 0, 0, 0], atol=5 * np.sqrt(0.25 / MANY))
    assert shares(Choice(1.0, top_k=99))[3] > 0


def test_it_goes_on_from_short_and_long_prompts():
    session, greedy = counter(), Choice(temperature=0)
    np.testing.assert_array_equal(continue_tokens(session, [1], 6, greedy), [2, 3, 4, 0, 1, 2])
    np.testing.assert_array_equal(continue_tokens(session, [4, 4, 0, 0, 0, 0, 2], 3, greedy), [3, 4, 0])
    assert continue_tokens(session, [1], 0, greedy).shape == (0,)


def test_the_same_seed_says_the_same():
    session = counter(sharpness=1.0)
    first, again, other = (continue_tokens(session, [0], 40, Choice(1.0, seed=seed)) for seed in (7, 7, 8))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_an_answer_is_read_on():
    given = np.array([[0, 1, 2], [4, 4, 3]])  # two tokens and the one that begins the answer
    np.testing.assert_array_equal(answers(counter(said=2), given), [[3, 4], [4, 0]])


def learned() -> engine.Session:
    """Learns to say strings of one or two letters again."""
    network = nets.chain(
        ("Tokens", {"length": 5, "vocabulary": 6}), ("Embedding", {"vocabulary": 6, "size": 8}), ("GRU", {"units": 24}),
        ("SliceSteps", {"start": 2}), ("Dense", {"units": 6}), ("CrossEntropy", {}),
    )  # fmt: skip
    spec = DataSpec.of("copy", length=2, symbols=3, samples=12, variable=True, validation=0.25, test=0.0)
    return engine.Session(network, spec, optimizer="adam", learning_rate=0.01)


def test_exact_counts_whole_answers():
    session = learned()
    rows = session.dataset.train
    assert np.any(rows.y < 0)
    before = exact(session, "train")
    spoken = answers(session, rows.x[:, :3])
    faults = [any(s != y for s, y in zip(*pair, strict=True) if y >= 0) for pair in zip(spoken, rows.y, strict=True)]
    assert before == pytest.approx(1 - np.mean(faults))
    session.train(steps=300)
    assert before < exact(session, "train") == 1.0
    assert 0 <= exact(session) <= 1


def test_networks_that_say_no_tokens():
    classes = engine.Session(nets.mlp((3, 4, 3)), nets.data("CrossEntropy"))
    with pytest.raises(SessionError, match="Tokens layer at its beginning"):
        continue_tokens(classes, [1], 1)
    with pytest.raises(SessionError, match="it answers"):
        continue_tokens(counter(said=2), [1], 1)


def test_what_it_is_given_has_to_fit():
    with pytest.raises(SessionError, match="nothing to go on"):
        continue_tokens(counter(), [], 1)
    with pytest.raises(SessionError, match="has 3 tokens"):
        answers(counter(said=2), [[1, 2]])
    with pytest.raises(DataError):
        continue_tokens(counter(), [VOCABULARY], 1)


def test_numbers_that_are_not_finite_are_named():
    session = counter()
    session.parameters["dense1.b"] = np.full(VOCABULARY, np.nan)
    with pytest.raises(SessionError, match="not finite"), np.errstate(invalid="ignore"):
        continue_tokens(session, [1], 1)
