"""A race: the same start and batches for all, each like a run of its own, and what ends one."""

from __future__ import annotations

import math

import numpy as np
import pytest

import engine
from engine.errors import SessionError
from engine.race import Contestant, Race, classic, rules_for, sweep, winner
from engine.surface.directions import paths_plane
from tests.engine import nets


def session(**settings):
    """A small classifier with noisy batches."""
    given = {"seed": 3, "batch_size": 8, "optimizer": "momentum", "learning_rate": 0.05, **settings}
    return engine.Session(nets.mlp((3, 5, 3)), nets.data("CrossEntropy", rows=40), **given)


def test_everyone_runs_as_if_alone():
    s = session()
    s.train(steps=7)
    start = s.parameter_block()
    race = Race(s, classic())
    s.train(steps=50)  # what the network does meanwhile changes nothing
    for turn in (1, 2, 4, 13):
        assert race.advance(turn)
    for standing in race.stand():
        alone = session(optimizer=standing.contestant.optimizer, learning_rate=standing.contestant.learning_rate)
        alone.set_parameter_block(start)
        alone.execution.begin(7)
        alone.train(steps=20)
        np.testing.assert_array_equal(standing.path.points[0][1], start)
        np.testing.assert_array_equal(standing.path.points[-1][1], alone.parameter_block())
        np.testing.assert_array_equal(standing.curve[:, 0], np.arange(7, 27))
        np.testing.assert_array_equal(standing.curve[:, 1], alone.loss_history(7)[1])
        assert standing.steps == 27
        assert standing.loss == pytest.approx(alone.evaluate("train")["loss"], rel=1e-5)


def test_the_optimisers_memory_begins_at_zero_for_all():
    s = session()
    s.train(steps=30)
    race = Race(s, (Contestant("momentum", 0.05),))
    race.advance(1)
    alone = session()
    alone.set_parameter_block(s.parameter_block())
    alone.execution.begin(30)
    alone.train(steps=1)
    np.testing.assert_array_equal(race.stand()[0].path.points[-1][1], alone.parameter_block())


def test_who_diverges_is_stopped_and_the_others_go_on():
    def line():
        return nets.chain(("Input", {"shape": (2,)}), ("Dense", {"units": 1}), ("SquaredError", {}))

    x = np.random.default_rng(0).normal(size=(20, 2)).astype(np.float32)
    s = engine.Session(line(), (x, x[:, :1]))
    race = Race(s, (Contestant("sgd", 0.1, name="good"), Contestant("sgd", 1e6, name="wild")))
    for _ in range(20):
        assert race.advance(10)
    good, wild = race.stand()
    assert (good.trouble, good.steps) == ("", 200)
    assert "iverged" in wild.trouble
    assert wild.loss == math.inf
    assert wild.steps < 200
    assert np.isfinite(wild.path.blocks()).all()
    assert winner(race.standings) == 0
    assert not race.over


def test_one_that_cannot_run_says_why_and_nobody_at_all_is_an_error():
    s = session()
    race = Race(s, (Contestant("sgd", 1e30), Contestant("adam", 0.01)))
    race.advance(5)
    assert "learning_rate" in race.standings[0].trouble
    assert winner(race.stand()) == 1
    with pytest.raises(SessionError, match="nobody who can start"):
        Race(s, (Contestant("sgd", 1e30),))


def test_stopping_ends_it_at_once_and_for_good():
    race = Race(session(), classic())
    race.stop()
    assert not race.advance(1000)
    assert max(standing.steps for standing in race.stand()) == 0


def test_a_sweep_goes_over_decades_and_settings_change_only_what_they_name():
    assert [c.learning_rate for c in sweep("adam", 0.003)] == [3e-5, 3e-4, 0.003, 0.03, 0.3]
    assert {c.optimizer for c in sweep("adam", 0.003)} == {"adam"}
    assert sweep("adam", 0.0)[2].learning_rate == 0.001
    s = session(clipping="norm", schedule="cosine")
    plain = rules_for(s, Contestant("sgd", 0.1))
    assert (plain.clipping, plain.schedule) == (s.rules.clipping, s.rules.schedule)
    other = rules_for(s, Contestant("momentum", 0.1, (("momentum", 0.5), ("clipping", "none"))))
    assert other.optimizer.momentum == 0.5
    assert other.clipping != s.rules.clipping
    assert other.schedule == s.rules.schedule


def test_paths_of_a_race_span_a_plane_that_holds_their_start():
    race = Race(session(dtype="float64"), classic())
    for _ in range(10):
        race.advance(3)
    paths = [standing.path.blocks() for standing in race.stand()]
    plane = paths_plane(paths)
    np.testing.assert_allclose(plane.place_of(paths[0][:1]), 0, atol=1e-12)
    np.testing.assert_allclose([plane.first @ plane.first, plane.second @ plane.second], 1)
    assert abs(plane.first @ plane.second) < 1e-9
    each = np.concatenate([(path - plane.origin) / np.sqrt(len(path)) for path in paths])
    sizes = np.linalg.svd(each, compute_uv=False)
    np.testing.assert_allclose(np.linalg.norm(each @ plane.first), sizes[0])
    np.testing.assert_allclose(np.linalg.norm(each @ plane.second), sizes[1])
    with pytest.raises(SessionError, match="too short"):
        paths_plane([paths[0][:1]])
    with pytest.raises(SessionError, match="no paths"):
        paths_plane([])
