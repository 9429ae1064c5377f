"""Curves stay short, and true."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.curve import MOST, Curve


@given(st.lists(st.integers(1, 3000), min_size=1, max_size=12))
def test_means_cover_every_point_once(parts):
    curve, at = Curve(2), 0
    for count in parts:
        steps = np.arange(at, at + count)
        curve.add(np.stack([steps, 2.0 * steps + 1], axis=1).astype(float))
        at += count
    points = curve.points
    assert len(points) <= MOST + 1
    assert np.all(np.diff(points[:, 0]) > 0)
    np.testing.assert_allclose(points[:, 1], 2 * points[:, 0] + 1)  # a straight line stays one
    full = points[: at // curve.width, 0]
    np.testing.assert_allclose(full, np.arange(len(full)) * curve.width + (curve.width - 1) / 2)


def test_short_runs_are_kept_exactly():
    curve = Curve(2)
    values = np.random.default_rng(0).normal(size=(50, 2))
    values[:, 0] = np.arange(50)
    curve.add(values)
    np.testing.assert_array_equal(curve.points, values)


def test_cut_forgets_what_was_taken_back():
    curve = Curve(2)
    curve.add(np.stack([np.arange(10), np.arange(10)], axis=1).astype(float))
    curve.cut(4)
    assert curve.points[:, 0].tolist() == [0, 1, 2, 3]
