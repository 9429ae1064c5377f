"""Figures about a tensor."""

from __future__ import annotations

import math

import numpy as np

from app.plots.statistics import Statistics, histogram


def test_figures_of_finite_values():
    found = Statistics.of(np.array([[0.0, 1.0], [2.0, 5.0]], np.float32))
    assert (found.size, found.low, found.high, found.mean, found.bad) == (4, 0.0, 5.0, 2.0, 0)
    assert math.isclose(found.std, np.std([0, 1, 2, 5]))
    assert found.zeros == 0.25


def test_what_is_not_finite_is_counted_and_left_out():
    found = Statistics.of(np.array([np.nan, np.inf, -np.inf, 4.0]))
    assert (found.bad, found.low, found.high) == (3, 4.0, 4.0)


def test_nothing_finite_gives_nan():
    found = Statistics.of(np.array([np.nan]))
    assert math.isnan(found.mean)
    assert found.bad == 1


def test_an_empty_tensor_has_figures_too():
    assert Statistics.of(np.zeros(0)).size == 0


def test_histogram_counts_every_finite_value_once():
    values = np.random.default_rng(0).normal(size=1000)
    counts = histogram(np.append(values, [np.nan, np.inf]), float(np.abs(values).max()), 31)
    assert counts.sum() == 1000
    assert counts[15] > counts[0]


def test_histogram_of_huge_and_of_zero_values():
    assert histogram(np.array([1e308, -1e308]), 1e308, 4).tolist() == [1, 0, 0, 1]
    assert histogram(np.zeros(3), 0.0, 3).tolist() == [0, 3, 0]
