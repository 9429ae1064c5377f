"""Planes, grids, and the path that lies in them or does not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.surface.honesty import explained_share
from engine.surface.plane import Grid, Plane, fit_grid

RNG = np.random.default_rng(0)


def plane(size: int = 30) -> Plane:
    """A plane whose directions are neither unit long nor at right angles."""
    return Plane(RNG.normal(size=size), 2 * RNG.normal(size=size), RNG.normal(size=size) + 0.3)


def test_places_of_its_own_points():
    p, places = plane(), RNG.normal(size=(7, 2))
    np.testing.assert_allclose(p.place_of(p.points(places)), places, atol=1e-12)


def test_the_nearest_point_is_nearest():
    p, away = plane(), RNG.normal(size=(1, 30))
    place = p.place_of(away)
    nearest = np.linalg.norm(p.points(place) - away)
    for _ in range(50):
        assert np.linalg.norm(p.points(place + 0.1 * RNG.normal(size=(1, 2))) - away) >= nearest


@given(st.integers(1, 40), st.integers(1, 40))
def test_stages_hold_every_place_once_coarse_first(rows: int, columns: int):
    stages = Grid((-1, -1), (1, 1), (rows, columns)).stages()
    assert np.array_equal(np.sort(np.concatenate(stages)), np.arange(rows * columns))
    assert {0, rows * columns - 1} <= set(stages[0].tolist())  # the corners come first


def test_stages_of_the_usual_grid():
    sizes = [len(stage) for stage in Grid((-1, -1), (1, 1), (51, 51)).stages()]
    assert len(sizes) == 4
    assert sizes[0] < 70
    assert sizes == sorted(sizes)


def test_a_grid_around_a_path_holds_it_and_the_origin():
    places = np.array([[3.0, -1.0], [5.0, 2.0], [np.nan, 0.0]])
    grid = fit_grid(places, (5, 5))
    assert grid.low[0] <= 0
    assert grid.high[0] >= 5
    assert grid.low[1] <= -1
    assert grid.high[1] >= 2
    lone = fit_grid(np.zeros((0, 2)), least=0.5)
    assert lone.low == (-0.5, -0.5)
    assert lone.high == (0.5, 0.5)


def test_explained_share_against_a_projection():
    p, path = plane(), RNG.normal(size=(12, 30))
    q, _ = np.linalg.qr(np.stack([p.first, p.second], 1))
    centred = path - path.mean(0)
    assert explained_share(p, path) == pytest.approx(((centred @ q) ** 2).sum() / (centred**2).sum(), rel=1e-10)


def test_explained_share_at_its_ends():
    p = plane()
    assert explained_share(p, p.points(RNG.normal(size=(9, 2)))) == pytest.approx(1)
    q, _ = np.linalg.qr(np.c_[p.first, p.second, RNG.normal(size=(30, 3))])
    assert explained_share(p, RNG.normal(size=(9, 3)) @ q[:, 2:].T) == pytest.approx(0, abs=1e-20)
    assert np.isnan(explained_share(p, np.ones((4, 30))))
    assert np.isnan(explained_share(p, np.full((4, 30), np.nan)))
