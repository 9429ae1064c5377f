"""Going over instructions at a pace: runs to a place and back, slow runs, playing backwards; a pause is heard."""

from __future__ import annotations

import time

import numpy as np
import pytest

from app.worker_commands import Pace
from app.worker_walk import Walk, to_row
from engine.session import Session
from tests.app.test_worker import network, paused, started, until, worker  # noqa: F401 (fixtures)


@pytest.fixture
def free(worker):  # noqa: F811
    """As fast as possible again afterwards."""
    yield worker
    worker.pause()
    worker.set_pace(Pace())
    until(worker, lambda s: not s.moving)


def test_runs_to_a_place_and_back_to_it(free):
    last = len(free.latest.instructions) - 1
    free.run_to(5)
    until(free, lambda s: s.focus == 5 and s.cursor == 6)
    free.run_to(2, back=True)
    snapshot = until(free, lambda s: s.cursor == 2)
    assert snapshot.focus == 1
    free.run_to(last)
    assert until(free, lambda s: s.steps == 1).cursor == 0
    free.run_to(0, back=True)
    assert until(free, lambda s: s.steps == 0 and s.cursor == 0 and not s.moving).focus is None


def test_a_layer_back_is_the_way_it_came(free):
    rows = free.latest.instructions
    start = next(row.index for row in rows if row.layer == "hidden")
    free.run_to(start - 1)
    until(free, lambda s: s.cursor == start)
    free.step(layer=True)
    until(free, lambda s: s.cursor > start)
    free.step(back=True, layer=True)
    until(free, lambda s: s.cursor == start)


def test_values_ahead_of_the_cursor_are_named(free):
    snapshot = paused(free, 3)
    assert snapshot.ahead == frozenset()
    place = next(row.index for row in snapshot.instructions if "hidden.a" in row.outputs)
    free.run_to(place)
    snapshot = until(free, lambda s: s.cursor == place + 1)
    assert "hidden.a" not in snapshot.ahead
    assert {"out.z", "hidden.a.grad"} <= snapshot.ahead
    free.step(back=True)
    assert "hidden.a" in until(free, lambda s: s.cursor == place).ahead


def test_slow_steps_keep_their_pace_and_pause_at_once(free):
    free.set_pace(Pace(0.05))
    start = time.monotonic()
    free.run(8)
    assert until(free, lambda s: s.state == "paused" and s.steps == 8).steps == 8
    assert 0.3 < time.monotonic() - start < 3
    free.set_pace(Pace(30.0))
    free.run()
    until(free, lambda s: s.state == "running" and s.steps == 9)
    start = time.monotonic()
    free.pause()
    until(free, lambda s: s.state == "paused")
    assert time.monotonic() - start < 1


def test_one_operation_after_the_other_lights_each(free):
    free.set_pace(Pace(0.02, operations=True))
    free.run()
    seen = []
    end = time.monotonic() + 20
    while free.latest.steps == 0 and time.monotonic() < end:
        if free.latest.moving and free.latest.focus is not None and free.latest.focus not in seen:
            assert free.latest.explanation.instruction.index == free.latest.focus
            seen.append(free.latest.focus)
        time.sleep(0.002)
    assert seen == sorted(seen)
    assert len(seen) > len(free.latest.instructions) // 2
    free.set_pace(Pace())  # while it goes: on at full speed
    until(free, lambda s: s.state == "running" and s.steps > 50)
    free.pause()
    assert until(free, lambda s: s.state == "paused").steps > 50


def test_a_limit_holds_at_the_pace_of_operations(free):
    free.set_pace(Pace(0.001, operations=True))
    free.run(2)
    assert until(free, lambda s: not s.moving and s.steps == 2).cursor == 0


def test_playing_backwards_comes_to_the_beginning(free):
    first = free.checkpoint(network()), free.latest.loss
    paused(free, 30)
    free.set_pace(Pace(0.002))
    free.run(back=True)
    snapshot = until(free, lambda s: s.steps == 0 and s.cursor == 0 and not s.moving)
    assert first[0] is None
    assert snapshot.state == "paused"
    free.run(back=True)
    assert "beginning" in until(free, lambda s: s.message).message
    assert paused(free, 30).steps == 30


def test_a_pause_between_two_stretches_of_a_run_is_heard():
    s = Session.from_network(network())
    s.train(steps=5)
    s.pause()
    result = s.train(steps=1000, fresh=False)
    assert (result.steps, result.paused) == (0, True)
    assert s.train(steps=7, fresh=False).steps == 7
    s.pause()
    assert s.train(steps=7).steps == 7  # a run of its own: the pause was not meant for it
    s.step()
    s.pause()
    assert s.train(steps=3, fresh=False).steps == 0
    assert s.cursor == 1


def test_every_pause_of_a_worker_is_heard(free):
    for _ in range(40):
        free.run()
        free.pause()
        start = time.monotonic()
        until(free, lambda s: s.state == "paused" and not s.moving)
        assert time.monotonic() - start < 1


def test_a_long_way_tells_its_progress_and_gives_way():
    s = Session.from_network(network())
    walk = to_row(s, len(s.instructions) - 1, back=False)
    assert not walk.go(Pace(), 0.0)
    assert walk.progress == pytest.approx(1 / len(s.instructions))
    while not walk.go(Pace(), 0.0):
        pass
    assert walk.progress == 1.0
    assert s.steps == 1
    back = to_row(s, 0, back=True)
    assert back.total == len(s.instructions)
    assert back.go(Pace(), 60.0)
    assert (s.steps, s.cursor, back.gone) == (0, 0, back.total)


def test_a_walk_back_in_whole_steps_stops_where_steps_begin():
    s = Session.from_network(network())
    s.train(steps=3)
    kept = s.checkpoint().parameters
    walk = Walk(s, back=True)
    assert not walk.go(Pace(1.0), 0.0)
    assert (s.steps, s.cursor) == (2, 0)
    s.train(steps=1)
    assert all(np.array_equal(kept[name], array) for name, array in s.checkpoint().parameters.items())


def test_an_edit_says_what_became_of_the_weights(free):
    paused(free, 20)
    changed = network(activation="sigmoid")
    free.open(changed, 5001, keep=True)
    snapshot = until(free, lambda s: s.generation == 5001 and s.state == "ready")
    assert snapshot.message == "Weights kept, 2 of 2 layers; steps count from 0"
    free.step()
    assert until(free, lambda s: s.focus == 0).message == ""
