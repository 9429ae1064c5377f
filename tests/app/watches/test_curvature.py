"""Curvature along the training: what is measured when, and what stepping back does to it."""

from __future__ import annotations

import math

import numpy as np
import pytest

import engine
from app.watches import curvature
from app.watches.curvature import Watch
from engine.errors import SessionError
from engine.optimizers import Adam, Momentum, Nesterov
from engine.surface.curvature import CurvatureOf, stable_below
from engine.surface.rows import rows_of
from tests.app.test_worker import network


@pytest.fixture
def session() -> engine.Session:
    return engine.Session.from_network(network())


def test_readings_follow_the_steps_and_are_cut_on_the_way_back(session):
    watch = Watch(session)
    for _ in range(3):
        session.train(steps=10)
        found = watch.look()()
    assert [reading.step for reading in found.points] == [10, 20, 30]
    assert found.products > 10
    assert found.seconds > 0
    assert watch.look() is found  # nothing has changed, so nothing is measured
    direct = CurvatureOf(session, rows_of(session, "train", 1024))(session.parameter_block(), 30, 3)
    np.testing.assert_allclose(found.points[-1].curvature.largest, direct.largest, rtol=1e-3)
    while session.steps > 15:
        session.step_back()
    again = watch.look()()
    assert [reading.step for reading in again.points] == [10, 15]


def test_another_watch_of_the_same_run_goes_on(session):
    watch = Watch(session)
    session.train(steps=10)
    watch.look()()
    later = Watch(session, None, watch)
    session.train(steps=10)
    assert [reading.step for reading in later.look()().points] == [10, 20]


def test_leaving_ends_a_measurement(session):
    watch = Watch(session)
    job = watch.look()
    watch.leave()
    with pytest.raises(SessionError, match="Stopped"):
        job()


def test_too_many_are_thinned(session, monkeypatch):
    monkeypatch.setattr(curvature, "MOST", 6)
    watch = Watch(session)
    for _ in range(9):
        session.train(steps=1)
        found = watch.look()()
    assert len(found.points) <= 6
    assert found.points[0].step == 1
    assert found.points[-1].step == 9


def test_the_limits_of_stability_are_those_of_a_quadratic():
    """Along a direction of curvature λ, a step multiplies what is left by a matrix; at the limit its radius is 1."""
    rate, mu = 0.1, 0.9
    assert stable_below(engine.Session.from_network(network()).optimizer, 0.0) != 0  # no rate, no limit: NaN
    for optimizer, step in ((Momentum(rate, mu), lambda lam: [[1 - rate * lam, -rate * mu], [lam, mu]]),
                            (Nesterov(rate, mu), lambda lam: [[1 - rate * lam * (1 + mu), -rate * mu * mu],
                                                              [lam, mu]])):  # fmt: skip
        limit = stable_below(optimizer, rate)
        radius = [np.abs(np.linalg.eigvals(step(share * limit))).max() for share in (0.999, 1.001)]
        assert radius[0] < 1 < radius[1]
    assert math.isnan(stable_below(Adam(), rate))


def test_layers_share_the_trace(session):
    found = CurvatureOf(session, rows_of(session))(session.parameter_block(), probes=200)
    assert sum(found.traces.values()) == pytest.approx(found.trace, rel=1e-9)
    assert list(found.traces) == ["hidden", "out"]
