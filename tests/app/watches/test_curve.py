"""The network's answer along the axis, and what its hidden units add up to."""

from __future__ import annotations

import numpy as np
import pytest

import engine
from app.watches.curve import Watch
from engine.files import LESSONS, SUFFIX


def network_of(name: str = "drawn_curve") -> engine.Network:
    return engine.load(LESSONS / f"{name}{SUFFIX}")


def session_of(network: engine.Network, steps: int = 50) -> engine.Session:
    session = engine.Session.from_network(network)
    session.train(steps=steps)
    return session


@pytest.mark.parametrize("target", [False, True])
@pytest.mark.parametrize("activation", ["tanh", "relu", "linear"])
def test_the_units_and_the_bias_add_up_to_the_answer(activation, target):
    network = network_of()
    network.set("hidden", activation=activation)
    network.data = network.data.with_options(standardise=target, standardise_target=target)
    session = session_of(network)
    fit = Watch(session).look()
    answer = session.dataset.inverse_target(session.predict(session.dataset.transform(fit.x[:, None])))[:, 0]
    assert fit.y == pytest.approx(answer, abs=1e-5)
    assert fit.units.shape == (24, len(fit.x))
    assert fit.bias + fit.units.sum(0) == pytest.approx(fit.y, abs=1e-4)
    assert fit.step == 50


def test_other_networks_on_a_curve_have_an_answer_but_no_units():
    network = network_of()
    network.set("y", activation="tanh")
    assert not len(Watch(session_of(network)).look().units)
    wide = network_of()
    wide.set("hidden", units=300)
    assert not len(Watch(session_of(wide, 2)).look().units)


@pytest.mark.parametrize("name", ["iris", "spirals", "diabetes", "hills", "digits", "generator", "char_lstm"])
def test_networks_of_other_data_show_nothing(name):
    assert Watch(session_of(network_of(name), 1)).look() is None


def test_numbers_that_are_not_finite_are_passed_on():
    session = session_of(network_of(), 1)
    session.set_parameter_block(np.full_like(session.parameter_block(), np.nan))
    assert not np.isfinite(Watch(session).look().y).any()
