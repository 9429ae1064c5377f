"""Filling in what is not computed yet, reading off losses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.surface.plane import Grid
from tests.app.plots.surface.lands import land


def tilted(a, b):
    return 1 + 2 * a - 3 * b + 0.5 * a * b


def staged(stages: int, size=(21, 17), function=tilted):
    """As far as the first so many stages of the grid have computed it."""
    whole = land(function, size)
    computed = np.zeros(whole.values.size, bool)
    for stage in Grid((-1, -1), (1, 1), size).stages()[:stages]:
        computed[stage] = True
    computed = computed.reshape(size)
    return whole, replace(whole, values=np.where(computed, whole.values, np.nan), computed=computed)


@pytest.mark.parametrize("size", [(21, 17), (51, 51), (9, 2), (2, 2), (33, 1)])
@pytest.mark.parametrize("stages", [1, 2, 3, 4])
def test_coarse_cells_give_bilinear_functions_exactly(stages, size):
    whole, partly = staged(stages, size)
    np.testing.assert_allclose(partly.filled, whole.values, atol=1e-12)


def test_what_is_computed_stays_as_it_is():
    whole, partly = staged(2, function=lambda a, b: np.sin(9 * a) * np.cos(7 * b))
    assert not partly.computed.all()
    np.testing.assert_array_equal(partly.filled[partly.computed], whole.values[partly.computed])
    assert np.abs(partly.filled - whole.values).max() > 0.1


def test_the_finest_complete_lattice_is_taken():
    whole, partly = staged(2, function=lambda a, b: np.sin(9 * a) * np.cos(7 * b))  # every fourth line
    np.testing.assert_allclose(partly.filled[2, 4], (whole.values[0, 4] + whole.values[4, 4]) / 2, rtol=1e-12)
    np.testing.assert_allclose(partly.filled[4, 7], (whole.values[4, 4] + 3 * whole.values[4, 8]) / 4, rtol=1e-12)


def test_lines_that_are_not_reached_are_left_out():
    whole, partly = staged(1)
    computed = partly.computed.copy()
    computed[9:] = False  # rows 0 and 8 of the coarsest lattice
    partly = replace(partly, computed=computed)
    assert np.isnan(partly.filled[9:]).all()
    np.testing.assert_allclose(partly.filled[:9], whole.values[:9], atol=1e-12)


def test_nothing_computed_is_empty():
    whole = land()
    assert replace(whole, computed=np.zeros_like(whole.computed)).is_empty
    assert not whole.is_empty


def test_a_coarse_hole_is_as_wide_as_the_cells_around_it():
    _, partly = staged(1, (17, 17))
    values = partly.values.copy()
    values[8, 8] = np.inf
    filled = replace(partly, values=values).filled
    assert np.isnan(filled[1:16, 1:16]).all()
    assert np.isfinite(filled[0]).all()
    assert np.isfinite(filled[16]).all()
    assert replace(partly, values=values).has_holes
    assert not partly.has_holes


def test_losses_are_read_off_between_the_cells():
    places = np.array([(0.123, -0.456), (-1, 1), (1, 1), (1.5, 0)])
    got = land(tilted).loss_at(places)
    np.testing.assert_allclose(got[:3], tilted(*places[:3].T), rtol=1e-12)
    assert np.isnan(got[3])


def test_the_loss_in_the_plane_is_the_given_one_or_read_off():
    assert land(tilted, here=(0.5, 0.5)).loss_in_plane == pytest.approx(tilted(0.5, 0.5))
    assert land(tilted, here_in_plane=7.0).loss_in_plane == 7.0
    assert land(tilted, size=(9, 1), here=(0.5, 0.3)).loss_in_plane == pytest.approx(tilted(0.5, 0.0))
