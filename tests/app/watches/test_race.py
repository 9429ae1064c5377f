"""The race beside a session: begun, told, stopped, dropped, and never begun again by itself."""

from __future__ import annotations

import time

import numpy as np
import pytest

import engine
from app.watches.race import RaceWish, Watch
from app.worker import Worker
from engine.race import Contestant, classic
from tests.app.test_worker import network, until

FOUR = RaceWish(classic(), steps=300, run=1)


@pytest.fixture
def session() -> engine.Session:
    return engine.Session.from_network(network())


def over(watch: Watch, seconds: float = 60.0):
    """What the watch has when its race is over."""
    end = time.monotonic() + seconds
    while watch.look() is None or watch.look().running:
        assert time.monotonic() < end
        time.sleep(0.01)
    return watch.look()


def test_a_race_is_run_to_its_end_and_leaves_the_session_alone(session):
    watch, news = Watch(session), []
    watch.again = lambda: news.append(1)
    before = session.parameter_block()
    assert watch.look() is None
    watch.ask(FOUR)
    data = over(watch)
    assert [standing.steps for standing in data.standings] == [300] * 4
    assert (data.done, data.steps, data.begin, data.message) == (300, 300, 0, "")
    assert len(news) >= 1
    np.testing.assert_array_equal(session.parameter_block(), before)
    assert session.steps == 0
    assert [path.name for path in watch.others] == [c.title for c in classic()]
    assert all(10 < len(path.points) <= 161 for path in watch.others)
    watch.ask(FOUR)  # the same wish again is no other race
    assert watch.look() is data


def test_it_can_be_stopped_and_what_is_known_stays(session):
    watch = Watch(session)
    watch.ask(RaceWish(classic(), steps=10_000_000, run=1))
    while not watch.look().standings:
        time.sleep(0.01)
    watch.ask(RaceWish(classic(), steps=10_000_000, run=1, stopped=True))
    data = over(watch, 10)
    assert 0 < data.done < 10_000_000
    watch.leave()
    assert watch.look() is None
    assert watch.others == ()


def test_a_wish_of_another_session_begins_nothing(session):
    watch = Watch(session, FOUR)
    assert watch.look() is None
    watch.ask(RaceWish(classic(), 10, run=2))
    assert over(watch).done == 10


def test_why_nobody_can_run_is_told(session):
    watch = Watch(session)
    watch.ask(RaceWish((Contestant("sgd", 1e30),), 10, run=1))
    assert "nobody who can start" in over(watch).message


@pytest.fixture(scope="module")
def worker():
    made = Worker()
    made.start()
    yield made
    assert made.stop()


def test_the_worker_tells_of_it_while_it_stands_and_draws_its_paths(worker):
    from dataclasses import replace

    from app.worker_commands import LookAround

    worker.open(network(), 9000)
    until(worker, lambda s: s.state == "ready" and s.generation == 9000)
    worker.set_wanted(set(), views=frozenset({"race"}))
    worker.ask_view("race", FOUR)
    until(worker, lambda s: s.views.get("race") is not None and s.views["race"].done == 300
          and not s.views["race"].running)  # fmt: skip
    wish = LookAround(shown=True, size=9, kind="race")
    worker.look_around(wish)
    shot = until(worker, lambda s: s.extra["surface"].landscape is not None
                 and len(s.extra["surface"].landscape.others) == 4)  # fmt: skip
    land = shot.extra["surface"].landscape
    assert land.explains == "the race"
    assert 0.5 < land.explained <= 1
    for trail in land.others:
        assert len(trail.places) == len(trail.steps) > 10
        assert (trail.places[:, 0] >= land.along[0]).all()
        assert (trail.places[:, 0] <= land.along[-1]).all()
    worker.reset()
    until(worker, lambda s: s.views.get("race") is None)
    worker.look_around(replace(wish, shown=False))


def test_training_keeps_most_of_its_speed(worker):
    def pace(seconds: float = 2.0) -> float:
        begin, clock = worker.latest.steps, time.perf_counter()
        time.sleep(seconds)
        return (worker.latest.steps - begin) / (time.perf_counter() - clock)

    worker.open(network(), 9001)
    until(worker, lambda s: s.state == "ready" and s.generation == 9001)
    worker.set_wanted(set(), views=frozenset({"race"}))
    worker.run()
    until(worker, lambda s: s.steps > 1000)
    shares = []
    for run in range(11, 14):
        alone = pace()
        worker.ask_view("race", RaceWish(classic(), steps=10_000_000, run=run))
        time.sleep(0.3)
        shares.append(pace() / alone)
        worker.ask_view("race", RaceWish(classic(), 10_000_000, run, stopped=True))
        time.sleep(0.3)
    worker.pause()
    assert max(shares) > 0.6, shares  # measured 0.8 and more where the machine is idle
