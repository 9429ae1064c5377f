"""Samples of text: where they come from, in which order they are kept, and what goes wrong."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

import engine
from app.watches.sampled import KEPT, WHERE, Prompt, Watch, pieces_of
from engine.data.vocabulary import Vocabulary, join
from engine.errors import SessionError
from engine.generate import Choice, continue_tokens


@pytest.fixture
def session(tmp_path):
    path = tmp_path / "own.txt"
    path.write_text("abracadabra, abracadabra.\n" * 60, encoding="utf-8")
    network = engine.Network()
    network.data = engine.data.DataSpec.of("text", path=str(path), length=8)
    tokens = engine.data.load(network.data).vocabulary
    ids = [network.add("Tokens", length=8, vocabulary=len(tokens)),
           network.add("Embedding", vocabulary=len(tokens), size=6),
           network.add("RNN", units=12, returns="every step"), network.add("Dense", units=len(tokens)),
           network.add("CrossEntropy")]  # fmt: skip
    for one, other in pairwise(ids):
        network.connect(one, other)
    return engine.Session(network, network.data, batch_size=16, optimizer="adam", learning_rate=0.01)


def test_a_sample_is_what_the_session_says_at_that_moment(session):
    session.train(steps=30)
    watch = Watch(session, Prompt("abra", 0.8, 20, turn=3))
    job, words = watch.look(), session.dataset.vocabulary
    said = words.decode(continue_tokens(session, words.encode("abra"), 20, Choice(0.8, seed=33)))
    session.train(steps=1)  # goes on meanwhile
    (sample,) = job().samples
    assert "".join(sample.pieces) == said
    assert (sample.step, sample.prompt, len(sample.pieces)) == (30, "abra", 20)


def test_the_probabilities_are_those_of_the_network_whatever_the_temperature(session):
    session.train(steps=30)
    words = session.dataset.vocabulary
    for temperature in (0.0, 2.0):
        (sample,) = Watch(session, Prompt("abracada", temperature, 1)).look()().samples
        p = session.probabilities(words.encode("abracada")[None])[0, -1]
        assert sample.probabilities[0] == pytest.approx(p[words.stoi[sample.pieces[0]]], abs=1e-6)
    assert p.max() == pytest.approx(Watch(session, Prompt("abracada", 0.0, 1)).look()().samples[0].probabilities[0])


def test_it_has_learned_to_spell(session):
    session.train(steps=1500)
    (sample,) = Watch(session, Prompt("abracada", 0.0, 5)).look()().samples
    assert "".join(sample.pieces) == "bra, " or "".join(sample.pieces).startswith("bra")
    assert min(sample.probabilities[:3]) > 0.8


def test_the_newest_come_first_and_the_same_moment_is_asked_once(session):
    watch = Watch(session)
    for _ in range(KEPT + 3):
        session.train(steps=1)
        watch.look()()
    steps = [sample.step for sample in watch.look()().samples]
    assert steps == list(range(KEPT + 3, 3, -1))
    watch.ask(Prompt(turn=1))
    assert [sample.step for sample in watch.look()().samples][:2] == [KEPT + 3, KEPT + 3]
    later = Watch(session, None, watch)
    assert len(later.kept) == KEPT
    session.step_back()
    cut = later.look()().samples
    assert [sample.step for sample in cut][:2] == [KEPT + 2, KEPT + 2]


def test_a_prompt_of_unknown_letters_is_named_and_the_samples_stay(session):
    watch = Watch(session)
    watch.look()()
    watch.ask(Prompt("abc?"))
    found = watch.look()()
    assert "'?'" in found.trouble
    assert len(found.samples) == 1
    watch.ask(Prompt("abc", length=5))
    assert not watch.look()().trouble


def test_probabilities_that_are_not_finite_are_told(session):
    session.set_parameter_block(np.full_like(session.parameter_block(), np.nan))
    assert "not finite" in Watch(session).look()().trouble


@pytest.mark.parametrize("name", ["iris", "digits", "reversal", "spirals"])
def test_other_networks_are_told_for_which_it_is(name):
    session = engine.Session.from_network(engine.load(engine.files.LESSONS / f"{name}.chainrule"))
    with pytest.raises(SessionError, match="which comes next") as told:
        Watch(session)
    assert str(told.value) == WHERE


def test_words_get_their_spaces():
    words = Vocabulary(("<unk>", "To", "be", ",", "\n", "not", "(", ")"), "word", "<unk>")
    tokens = [1, 2, 3, 5, 4, 6, 2, 7, 5]
    assert "".join(pieces_of(words, tokens)) == join([words.itos[k] for k in tokens], "word")
    assert len(pieces_of(words, tokens)) == len(tokens)
