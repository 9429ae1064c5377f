"""Pictures of the plane: drawn beside the training from one state of the parameters, and exact where it stands."""

from __future__ import annotations

import threading
import time
import weakref

import numpy as np
import pytest

from app import worker_pictures as pictures
from app.worker_beside import Beside
from app.worker_plane import Plane
from engine import Session
from tests.app.test_worker import network


@pytest.fixture
def beside():
    made = Beside()
    yield made
    made.stop()


@pytest.fixture
def plane(beside):
    session = Session.from_network(network())
    return Plane(session, pictures.plane_extent(session.dataset), pictures.main_names(session), beside)


def answers(session: Session, extent) -> np.ndarray:
    size = pictures.BOUNDARY
    return session.probabilities(pictures.grid(extent, size, size)).reshape(size, size, -1)


def test_one_job_at_a_time_and_none_ends_the_thread(beside):
    gate, done = threading.Event(), []
    assert beside.take(gate.wait)
    assert not beside.take(lambda: done.append("never"))
    gate.set()
    beside.wait()
    assert beside.take(lambda: 1 / 0)
    beside.wait()
    assert beside.take(lambda: done.append(threading.current_thread().name))
    beside.wait()
    assert done == ["chainrule-pictures"]


def test_at_once_is_exact(plane):
    plane.session.train(steps=30)
    plane.look(now=True, boundary=True, maps=False)
    assert plane.boundary.step == 30
    np.testing.assert_array_equal(plane.boundary.values, answers(plane.session, plane.extent))
    assert set(plane.cards) == {"points", "hidden", "out"}
    assert plane.maps == {}


def test_beside_draws_the_state_it_was_given(plane, beside):
    plane.session.train(steps=5)
    then = answers(plane.session, plane.extent)
    plane._evaluator._lock.acquire()  # the drawing has begun, and cannot go on before the training has
    plane.look(now=False, boundary=True, maps=True)
    plane.session.train(steps=50)
    plane._evaluator._lock.release()
    beside.wait()
    assert plane.boundary.step == 5
    np.testing.assert_array_equal(plane.boundary.values, then)
    assert plane.maps["hidden"].shape == (pictures.MAP_HEIGHT, pictures.MAP_HEIGHT, 6)
    assert not np.array_equal(then, answers(plane.session, plane.extent))


def test_the_boundary_is_left_out_where_nobody_looks(plane):
    plane.look(now=True, boundary=False, maps=True)
    assert plane.boundary is None
    assert set(plane.maps) == {"hidden", "out"}


def test_what_was_drawn_is_let_go(beside):
    class Drawn:
        pass

    held = Drawn()
    seen = weakref.ref(held)
    beside.take(lambda kept=held: None)
    beside.wait()
    del held
    end = time.monotonic() + 5
    while seen() is not None:
        assert time.monotonic() < end
        time.sleep(0.01)
