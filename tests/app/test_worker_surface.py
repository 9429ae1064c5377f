"""The loss surface beside the training: what is drawn, when it is drawn anew, and that nothing stops it for good."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace

import numpy as np
import pytest

import engine
from app.surface_cache import Cache
from app.worker import Worker
from app.worker_commands import LookAround
from app.worker_surface import Surface
from engine.files import LESSONS
from engine.surface.losses import PlaneLosses
from engine.surface.path import NamedPath
from engine.surface.rows import rows_of
from tests.app.test_worker import network, until

numbers = itertools.count(7000)
SMALL = LookAround(shown=True, size=9)


@pytest.fixture
def session() -> engine.Session:
    s = engine.Session.from_network(network())
    s.loss()
    return s


def drawn(surface: Surface, wish: LookAround, running: bool = False):
    """The picture after one look."""
    surface.follow()
    surface.ask(wish)
    surface._next = 0.0
    surface.look(running)
    surface._beside.wait()
    return surface.around


def test_the_picture_holds_the_losses_of_its_plane(session):
    surface = Surface(session, lambda: None)
    around = drawn(surface, replace(SMALL, kind="random", rows=0))
    land = around.landscape
    assert land.values.shape == (9, 9)
    assert land.computed.all()
    losses = PlaneLosses(session, rows_of(session))
    places = np.stack(np.meshgrid(land.along, land.across, indexing="ij"), -1).reshape(-1, 2)
    np.testing.assert_allclose(land.values.ravel(), losses(surface.plane, places), rtol=1e-6)
    assert land.here_loss == pytest.approx(session.evaluate("train")["loss"], rel=1e-5)
    assert land.here_in_plane == pytest.approx(land.here_loss, rel=1e-5)
    assert "120 training rows" in land.rows
    surface.leave()


def test_the_path_is_noted_and_its_plane_explains_it(session):
    surface = Surface(session, lambda: None)
    for _ in range(12):
        surface.follow()
        session.train(steps=20)
    land = drawn(surface, SMALL).landscape
    assert list(land.steps) == sorted(land.steps)
    assert land.steps[0] == 0
    assert land.steps[-1] == session.steps
    assert land.explained > 0.8
    assert land.names[0].startswith("1st component")
    true = PlaneLosses(session, rows_of(session)).at(np.stack([block for _, block in surface.path.items()]))
    np.testing.assert_allclose(land.path_losses, true, rtol=1e-5)
    surface.leave()


def test_nothing_is_drawn_twice_nor_where_nobody_looks(session):
    surface = Surface(session, lambda: None)
    assert drawn(surface, replace(SMALL, shown=False)).landscape is None
    first = drawn(surface, SMALL).landscape
    assert drawn(surface, SMALL).landscape is first
    session.train(steps=3)
    assert drawn(surface, SMALL).landscape is not first
    surface.leave()


@pytest.mark.parametrize("kind", ["path", "random", "gradient", "start"])
def test_every_plane_can_be_drawn_at_once_and_after_training(session, kind):
    surface = Surface(session, lambda: None)
    for _ in range(3):
        around = drawn(surface, replace(SMALL, kind=kind))
        assert around.message == ""
        assert np.isfinite(around.landscape.values).all()
        session.train(steps=15)
    surface.leave()


def test_two_weights_are_shown_by_their_values_and_one_as_a_curve(session):
    surface = Surface(session, lambda: None)
    weights = (("hidden.W", (0, 1)), ("out.b", (1,)))
    land = drawn(surface, replace(SMALL, kind="weights", weights=weights)).landscape
    here = session.parameters["hidden.W"][0, 1], session.parameters["out.b"][1]
    np.testing.assert_allclose(land.here, here, rtol=1e-6)
    assert land.names == ("hidden.W[0, 1]", "out.b[1]")
    moved = surface.move(2.0, -1.0)
    session.set_parameter_block(moved)
    assert session.parameters["hidden.W"][0, 1] == pytest.approx(2.0)
    assert session.parameters["out.b"][1] == pytest.approx(-1.0)
    line = drawn(surface, replace(SMALL, kind="weights", weights=(weights[0], None))).landscape
    assert line.is_line
    surface.leave()


def test_a_plane_that_cannot_be_says_why_once_and_another_one_is_drawn(session):
    news = []
    surface = Surface(session, lambda: news.append(1))
    bad = replace(SMALL, kind="weights", weights=(("hidden.W", (99, 0)), None))
    assert "there is no element" in drawn(surface, bad).message
    count = len(news)
    surface.look(False)
    surface._beside.wait()
    assert len(news) == count  # it is not tried again and again
    assert drawn(surface, replace(SMALL, part="validation")).message == ""
    surface.leave()


def test_moving_keeps_what_lies_off_the_plane(session):
    surface = Surface(session, lambda: None)
    drawn(surface, replace(SMALL, kind="random"))
    off = np.random.default_rng(0).standard_normal(surface.plane.origin.shape).astype(np.float32)
    session.set_parameter_block(surface.plane.origin + off)
    here = surface.plane.place_of(session.parameter_block()[None])[0]
    still = surface.move(*here)
    np.testing.assert_allclose(still, session.parameter_block(), atol=1e-5)
    moved = surface.move(here[0] + 1.0, here[1])
    np.testing.assert_allclose(moved - still, surface.plane.first, atol=1e-5)
    surface.leave()


def test_curvature_is_measured_beside(session):
    surface = Surface(session, lambda: None)
    session.train(steps=400)
    surface.follow()
    surface.measure()
    assert surface.around.measuring
    surface.look(False)
    surface._beside.wait()
    found = surface.around.curvature
    assert not surface.around.measuring
    assert found.step == 400
    assert found.sharpness > 0
    surface.leave()


def test_in_training_mode_it_says_so():
    net = engine.load(LESSONS / "dropout_digits.chainrule")
    s = engine.Session.from_network(net)
    s.loss()
    surface = Surface(s, lambda: None)
    use, train = (drawn(surface, replace(SMALL, kind="random", size=5, run_as=mode)).landscape
                  for mode in ("use", "training"))  # fmt: skip
    assert (use.mode, train.mode) == ("as in use", "as in training")
    assert not np.allclose(use.values, train.values)
    surface.leave()


@pytest.fixture(scope="module")
def worker():
    made = Worker()
    made.start()
    yield made
    assert made.stop()


def opened(worker: Worker):
    generation = next(numbers)
    worker.open(network(), generation)
    return until(worker, lambda s: s.state == "ready" and s.generation == generation)


def test_the_worker_draws_while_it_trains_and_after(worker):
    opened(worker)
    worker.look_around(SMALL)
    first = until(worker, lambda s: s.extra["surface"].landscape is not None)
    assert first.state == "ready"
    worker.run()
    later = until(worker, lambda s: s.state == "running" and s.steps > 2000
                  and s.extra["surface"].landscape.steps[-1] > 500)  # fmt: skip
    worker.pause()
    until(worker, lambda s: s.state == "paused" and s.extra["surface"].landscape.steps[-1] == s.steps)
    assert later.extra["surface"].landscape is not first.extra["surface"].landscape


def test_the_point_can_be_moved_and_the_move_taken_back(worker):
    opened(worker)
    worker.look_around(replace(SMALL, kind="random"))
    before = until(worker, lambda s: s.extra["surface"].landscape is not None)
    worker.set_wanted({"hidden.z"})
    before = until(worker, lambda s: "hidden.z" in s.values)
    worker.move_to(0.5, 0.25)
    moved = until(worker, lambda s: s.can_unreset)
    assert "Shift R" in moved.message
    until(worker, lambda s: s.loss != before.loss)
    assert not np.array_equal(worker.latest.values["hidden.z"], before.values["hidden.z"])
    worker.run(10)
    until(worker, lambda s: s.state == "paused" and s.steps == 10)
    worker.unreset()
    until(worker, lambda s: s.steps == 0 and not s.can_unreset)


def test_another_network_drops_what_was_drawn_for_the_one_before(worker):
    opened(worker)
    worker.look_around(replace(SMALL, size=101, rows=0))
    time.sleep(0.02)
    snapshot = opened(worker)
    assert snapshot.extra["surface"].landscape is None or snapshot.generation == worker.latest.generation
    until(worker, lambda s: s.extra["surface"].landscape is not None and s.extra["surface"].of == 0)
    worker.look_around(LookAround())


def test_a_network_of_two_weights_is_drawn_over_these():
    s = engine.Session.from_network(engine.load(LESSONS / "two_weights.chainrule"))
    s.loss()
    surface = Surface(s, lambda: None)
    surface.follow()
    s.train(steps=100)
    land = drawn(surface, SMALL).landscape
    assert land.names == ("class 1.W[0, 0]", "class 1.W[1, 0]")
    np.testing.assert_allclose(land.here, s.parameters["class 1.W"].ravel(), rtol=1e-5)
    assert land.explained == pytest.approx(1.0)
    np.testing.assert_allclose(land.path_losses, land.path_in_plane, rtol=1e-4)  # there is nothing off the plane
    surface.leave()


def beside(session, *names):
    """Paths that other trainings could have gone."""
    rng, start = np.random.default_rng(0), session.parameter_block()
    found = []
    for k, name in enumerate(names):
        walk = np.cumsum(rng.normal(size=(12, *start.shape)), 0).astype(start.dtype)
        found.append(NamedPath(name, k, tuple((10 * i, start + 0.1 * w) for i, w in enumerate(walk))))
    return tuple(found)


def test_other_paths_are_drawn_where_they_project_to(session):
    surface = Surface(session, lambda: None)
    weights = (("hidden.W", (0, 1)), ("out.b", (1,)))
    surface.others = beside(session, "one", "two")
    land = drawn(surface, replace(SMALL, kind="weights", weights=weights)).landscape
    assert [(trail.name, trail.colour) for trail in land.others] == [("one", 0), ("two", 1)]
    for trail, path in zip(land.others, surface.others, strict=True):
        places = surface.plane.place_of(path.blocks()) + np.asarray(surface.plane.shift)
        np.testing.assert_allclose(trail.places, places)
        assert list(trail.steps) == [step for step, _ in path.points]
        assert (places >= (land.along[0], land.across[0])).all()  # the picture is wide enough for them
    first = land
    surface.others = surface.others[:1]
    assert drawn(surface, replace(SMALL, kind="weights", weights=weights)).landscape is not first
    assert drawn(surface, replace(SMALL, kind="random")).landscape.others == ()  # there they would tell nothing
    surface.leave()


def test_a_race_has_a_plane_of_its_own(session):
    surface = Surface(session, lambda: None)
    race = replace(SMALL, kind="race")
    assert "no paths" in drawn(surface, race).message
    surface.others = beside(session, "one", "two", "three")
    around = drawn(surface, race)
    assert around.message == ""
    assert around.landscape.explains == "the race"
    plane = surface.plane
    surface.others = tuple(NamedPath(p.name, p.colour, (*p.points, p.points[-1])) for p in surface.others)
    drawn(surface, race)
    assert surface.plane is plane  # it has hardly grown
    surface.others = beside(session, "other", "two", "three")
    drawn(surface, race)
    assert surface.plane is not plane
    surface.leave()


def test_one_that_goes_astray_does_not_stretch_the_picture(session):
    surface = Surface(session, lambda: None)
    near = beside(session, "one", "two", "three")
    start = session.parameter_block()
    wild = NamedPath("wild", 3, tuple((i, start + np.float32(10.0**i)) for i in range(12)))
    race = replace(SMALL, kind="race")
    surface.others = near
    narrow = np.ptp(drawn(surface, race).landscape.along)
    surface.others = (*near, wild)
    land = drawn(surface, race).landscape
    assert np.ptp(land.along) < 8 * narrow
    assert len(land.others) == 4
    surface.leave()


def test_what_was_drawn_is_not_drawn_again(session, monkeypatch):
    cache, counted = Cache(), []
    surface = Surface(session, lambda: None, cache=cache)
    compute = Surface._compute
    monkeypatch.setattr(Surface, "_compute", lambda self, *args, **more: counted.append(1)
                        or compute(self, *args, **more))  # fmt: skip
    wishes = [replace(SMALL, kind="random"), replace(SMALL, kind="gradient"), replace(SMALL, kind="random", seed=1)]
    first = [drawn(surface, wish).landscape.values for wish in wishes]
    again = [drawn(surface, wish).landscape.values for wish in wishes]
    assert len(counted) == 3
    assert cache.hits == 3
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, other)
    session.train(steps=5)
    drawn(surface, wishes[0])
    assert len(counted) == 4  # other parameters
    while session.steps:
        session.step_back()
    np.testing.assert_array_equal(drawn(surface, wishes[0]).landscape.values, first[0])
    assert len(counted) == 4  # back again
    for wish in (replace(wishes[0], size=11), replace(wishes[0], rows=50), replace(wishes[0], part="validation"),
                 replace(wishes[0], reach=2.0)):  # fmt: skip
        drawn(surface, wish)
    assert len(counted) == 8
    surface.leave()


def test_another_network_or_other_data_never_get_what_was_drawn_for_one():
    cache, counted = Cache(), []

    def values(change=lambda net: None, data=None, **settings):
        made = network()
        change(made)
        session = engine.Session(made, made.data if data is None else data, **settings)
        session.set_parameter_block(np.linspace(-1, 1, len(session.parameter_block())).astype(np.float32))
        surface = Surface(session, lambda: None, cache=cache)
        found = drawn(surface, replace(SMALL, kind="random")).landscape.values
        counted.append(cache.hits)
        surface.leave()
        return found

    first = values()
    np.testing.assert_array_equal(values(), first)
    assert counted[-1] == 1
    x, y = np.random.default_rng(1).normal(size=(120, 2)).astype(np.float32), np.arange(120) % 2
    others = [values(lambda net: net.set("hidden", activation="sigmoid")), values(l2=0.1), values(data=(x, y)),
              values(data=(x, 1 - y))]  # fmt: skip
    assert counted[-1] == 1
    for other in others:
        assert not np.allclose(other, first)


def test_the_cache_keeps_what_was_used_last_within_its_budget():
    cache = Cache(budget=3 * 800)
    for k in range(3):
        cache.put(bytes([k]), np.full(100, float(k)))
    assert cache.get(b"\x00")[0] == 0.0
    cache.put(b"\x03", np.zeros(100))
    assert cache.get(b"\x01") is None
    assert cache.get(b"\x00") is not None
    cache.put(b"\x04", np.zeros(1000))  # more than there is room for
    assert len(cache) == 3
    with pytest.raises(ValueError, match="read-only"):
        cache.get(b"\x00")[0] = 1.0
