"""A drawing's way through the network."""

from __future__ import annotations

import numpy as np
import pytest

import engine
from app.plots.sheet import SIDE
from app.watches.draw import Drawing, Watch
from engine.data.drawn import grown
from engine.errors import SessionError
from engine.files import LESSONS, SUFFIX


def session_of(name: str) -> engine.Session:
    return engine.Session.from_network(engine.load(LESSONS / f"{name}{SUFFIX}"))


@pytest.mark.parametrize("name", ["digits", "cnn_digits"])
def test_an_example_gets_the_probabilities_of_its_row(name):
    session = session_of(name)
    session.train(steps=20)
    watch = Watch(session)
    data = session.dataset
    assert watch.look().probabilities is None
    for row in data.validation.x[:3]:
        ink = grown(data.inverse_transform(row[None]).reshape(8, 8), watch.frame, SIDE) * 255
        watch.ask(Drawing(SIDE, ink.round().astype(np.uint8).tobytes(), fit=False))
        answer = watch.look()
        assert answer.probabilities == pytest.approx(session.probabilities(row[None])[0], abs=0.01)
        assert answer.seen == pytest.approx(data.inverse_transform(row[None]).reshape(8, 8), abs=0.05)


def test_the_answer_follows_the_training_and_the_drawing():
    session = session_of("digits")
    watch = Watch(session, Drawing(SIDE, bytes(SIDE * SIDE // 2) + b"\xff" * (SIDE * SIDE // 2)))
    first = watch.look()
    session.train(steps=5)
    second = watch.look()
    assert (first.step, second.step) == (0, 5)
    assert np.array_equal(first.seen, second.seen)
    assert not np.array_equal(first.probabilities, second.probabilities)
    watch.ask(Drawing(SIDE, bytes(SIDE * SIDE)))
    assert watch.look().seen is None


@pytest.mark.parametrize("name", ["iris", "diabetes", "denoising_autoencoder", "char_lstm", "spirals"])
def test_other_networks_are_told_for_which_it_is(name):
    with pytest.raises(SessionError, match="grey images"):
        Watch(session_of(name))
