"""Curves drawn by hand: what is taken, what is refused and how that is said, and the rows they give."""

from __future__ import annotations

import math

import numpy as np
import pytest

import engine
from engine.data import DataSpec, load
from engine.data.curve import MOST_POINTS, READY, simplified
from engine.errors import DataError
from engine.files import LESSONS


@pytest.mark.parametrize(("points", "words"), [
    ([[0, 0]], "has 1 points"), ("01", "but must be"), ([[0, 0], [0, 1]], "goes back to x = 0 at point 2"),
    ([[0, 0], [4.1, 0]], r"holds a point 2 at \(4.1, 0\)"), ([[0, 0], [1, -2.5]], r"point 2 at \(1, -2.5\)"),
    ([[0, 0], ["a", 1]], "as point 2"), ([[0, 0], [1, math.nan]], "as point 2"), ([[0, True], [1, 1]], "as point 1"),
    ([[0, 0], [1, 0, 0]], "as point 2"), ([[k / 1000, 0] for k in range(MOST_POINTS + 1)], "has 513 points"),
    ([[0, 0], [1, 10**400]], "as point 2"),
])  # fmt: skip
def test_what_is_no_curve_is_refused_with_the_point_that_is_wrong(points, words):
    with pytest.raises(DataError, match=words):
        DataSpec.of("curve", points=points)


@pytest.mark.parametrize("name", READY)
def test_ready_curves_give_rows_on_the_curve(name):
    spec = DataSpec.of("curve", points=READY[name], samples=50, validation=0.0)
    data = load(spec)
    x, y = np.array(READY[name]).T
    assert data.train.x.shape == data.train.y.shape == (50, 1)
    assert data.train.y[:, 0] == pytest.approx(np.interp(data.train.x[:, 0], x, y))
    assert (data.train.x.min(), data.train.x.max()) == (-4, 4)
    assert np.abs(y).max() <= 1
    assert DataSpec.from_json(spec.to_json()) == spec


def test_noise_comes_from_the_seed():
    a, b, c = (load(DataSpec.of("curve", noise=0.1, seed=seed)).train.y for seed in (0, 0, 1))
    assert np.array_equal(a, b)
    assert not np.array_equal(a, c)


def test_it_is_kept_in_project_files(tmp_path):
    network = engine.load(LESSONS / "drawn_curve.chainrule")
    network.data = network.data.with_options(points=((-1.5, 0.25), (0.0, -0.5), (2.0, 1.0)))
    network.save(tmp_path / "own.chainrule")
    assert engine.load(tmp_path / "own.chainrule").data == network.data


def test_few_points_stand_for_many():
    x = np.linspace(-4, 4, 161)
    assert simplified(x, 0.3 * x - 0.1) == ((-4.0, -1.3), (4.0, 1.1))
    y = np.sin(2 * x)
    points = np.array(simplified(x, y))
    assert len(points) < 110
    assert np.abs(np.interp(x, *points.T) - y).max() < 0.0042
