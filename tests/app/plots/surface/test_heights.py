"""Scales, outliers, levels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.plots.surface.heights import Scale, brief, round_numbers, scale_of

numbers = st.floats(-1e12, 1e12, allow_nan=False, allow_subnormal=False)


def test_two_decades_are_shown_by_their_logarithms_unless_told_otherwise():
    wide, narrow = np.geomspace(1e-3, 1, 50), np.linspace(1, 50, 50)
    assert scale_of(wide).log
    assert not scale_of(narrow).log
    assert not scale_of(wide, log=False).log
    assert scale_of(narrow, log=True).log
    assert not scale_of(np.array([-1.0, 1e3])).log
    assert not scale_of(np.array([-1.0, -5.0]), log=True).log  # there is no logarithm of any
    assert "log scale" in scale_of(wide).notes


def test_far_outliers_are_cut_off_and_that_is_said():
    values = np.append(np.linspace(0, 1, 400), [50.0, 70.0])
    scale = scale_of(values, log=False)
    assert scale.cut
    assert 1 <= scale.high < 3
    assert scale.height(70.0) == 1
    assert scale.notes[0].startswith("cut off above ")
    assert not scale_of(np.linspace(0, 1, 400)).cut


def test_a_bowl_is_not_cut():
    x = np.linspace(-1, 1, 51)
    assert not scale_of(x[:, None] ** 2 + x[None] ** 2).cut


@given(st.lists(numbers, min_size=1, max_size=40), st.sampled_from([None, True, False]))
def test_heights_rise_with_the_loss_and_stay_between_0_and_1(values, log):
    scale = scale_of(np.array(values), log)
    heights = scale.height(np.sort(values))
    assert ((heights >= 0) & (heights <= 1)).all()
    assert (np.diff(heights) >= 0).all()


@given(numbers, numbers, st.integers(1, 12), st.booleans())
def test_levels_rise_lie_inside_and_are_not_too_many(one, other, most, log):
    low, high = sorted((one, other))
    scale = Scale(abs(low) + 1e-9, abs(low) + abs(high) + 1e-6, True) if log else Scale(low, high)
    levels = scale.levels(most)
    assert len(levels) <= most + 1
    assert (np.diff(levels) > 0).all()
    assert ((levels > scale.low) & (levels < scale.high)).all()
    assert (np.diff(scale.height(levels)) >= 0).all()


def test_levels_are_round():
    assert Scale(0.03, 0.97).levels(10).tolist() == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])
    np.testing.assert_allclose(Scale(0.5, 2000.0, True).levels(4), [1, 10, 100, 1000])
    np.testing.assert_allclose(Scale(0.5, 30.0, True).levels(8), [1, 2, 5, 10, 20])
    assert Scale(3.0, 3.0).levels().size == 0


@pytest.mark.parametrize("scale", [Scale(0.2, 7.0), Scale(1e-8, 1e8, True), Scale(-5.0, -1.0)])
def test_a_height_leads_back_to_its_loss(scale):
    for height in (0.0, 0.3, 1.0):
        assert scale.height(scale.loss(height)) == pytest.approx(height)


def test_what_is_not_finite_has_no_height():
    scale = scale_of(np.array([1.0, 2.0, np.inf, np.nan]))
    assert scale.high == 2
    assert np.isnan(scale.height(np.array([np.inf, -np.inf, np.nan]))).all()
    assert scale_of(np.full(3, np.nan)) == Scale(0.0, 0.0)


def test_numbers_of_axes_are_brief():
    assert [brief(x) for x in (0.5, -2.0, 0.0, 1e30, 1e-6)] == ["0.5", "−2", "0", "1e30", "1e−6"]
    assert round_numbers(-1.1, 1.1, 5).tolist() == [-1, -0.5, 0, 0.5, 1]
    assert round_numbers(0, float("inf"), 5).size == 0
