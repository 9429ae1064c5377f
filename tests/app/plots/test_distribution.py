"""Counts made ready to be drawn: the axis, its ticks, shares."""

from __future__ import annotations

import numpy as np
import pytest

from app.plots.distribution import MOST_BINS, MOST_OCTAVES, over_steps, shares_of
from app.worker_histograms import Histograms


def columns(*looks):
    record = Histograms(1)
    for step, numbers in enumerate(looks):
        record.add(step * 10, np.asarray(numbers, float), np.zeros(len(numbers), np.int64))
    return record.columns(0)


def normal(size: float, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(800) * size


def test_nothing_counted_is_nothing_drawn():
    assert shares_of(columns()) is None


def test_like_sizes_lie_on_an_even_axis_and_sizes_over_octaves_on_a_logarithmic_one():
    even, log = shares_of(columns(normal(1), normal(2))), shares_of(columns(normal(1), normal(1e-4)))
    assert (even.log, log.log) == (False, True)
    for shares in (even, log):
        assert shares.cells.shape == (2, len(shares.edges) - 1)
        np.testing.assert_allclose(shares.cells.sum(1), 1, atol=0.03)
        assert len({words for _, words in shares.ticks}) == len(shares.ticks) >= 3
        assert all(shares.edges[0] <= at <= shares.edges[-1] for at, _ in shares.ticks)
    assert even.cells.shape[1] <= MOST_BINS + 4
    assert log.cells.shape[1] <= 2 * MOST_OCTAVES + 1


def test_an_axis_is_cut_where_nothing_is_but_holds_0():
    shares = shares_of(columns(np.abs(normal(1)) + 3))
    assert shares.edges[0] == 0
    assert shares.edges[-1] <= 8
    positive = shares_of(columns(np.abs(normal(1)), np.abs(normal(1e-4))))
    assert (positive.log, positive.edges[0]) == (True, -0.5)


@pytest.mark.parametrize("numbers", [[0.0] * 5, [1e-60], [1e30, -1e30], [np.nan] * 3, [0.0, 1e-9, 1e9], [-3.0]])
def test_odd_numbers_have_an_axis_too(numbers):
    shares = shares_of(columns(numbers))
    assert np.isfinite(shares.edges).all()
    assert (np.diff(shares.edges) > 0).all()
    assert shares.words(0)
    assert shares.bad[0] == np.mean(~np.isfinite(numbers))
    assert shares.zeros[0] == np.mean(np.asarray(numbers) == 0)


def test_places_of_the_logarithmic_axis_stand_for_powers_of_two():
    shares = shares_of(columns(normal(1), normal(1e-4)))
    middle = len(shares.edges) // 2
    assert shares.edges[middle - 1] == -shares.edges[middle] == -0.5
    assert shares.value(shares.edges[middle]) == 2.0**shares.lowest
    assert shares.value(shares.edges[middle + 3]) == 2.0 ** (shares.lowest + 3)
    for at, words in shares.ticks:
        if at:
            assert shares.value(at) == pytest.approx(float(words.replace("−", "-")))
    assert shares.words(middle - 1).startswith("0")


def test_columns_stand_at_their_steps():
    record = Histograms(1)
    for step in (0, 10, 100):
        record.add(step, np.ones(3), np.zeros(3, np.int64))
    assert over_steps(shares_of(record.columns(0)), 11).tolist() == [0, 1, *[2] * 9]
