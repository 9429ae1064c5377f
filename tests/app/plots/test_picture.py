"""Laying tensors out flat."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.plots.picture import MAX_DRAWN, picture

shapes = st.lists(st.integers(1, 9), min_size=0, max_size=4).map(tuple)


@given(shapes, st.data())
def test_every_element_has_a_cell_that_leads_back_to_it(shape, data):
    drawn = picture(np.arange(float(np.prod(shape))).reshape(shape))
    element = tuple(data.draw(st.integers(0, size - 1)) for size in shape)
    cell = drawn.cell_of(element)
    assert drawn.element_at(*cell) == element
    assert drawn.cells[cell] == np.arange(float(np.prod(shape))).reshape(shape)[element]


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, bool])
def test_any_real_dtype_is_drawn(dtype):
    drawn = picture(np.array([[0, 1], [1, 0]], dtype))
    assert drawn.cells.tolist() == [[0, 1], [1, 0]]


def test_an_empty_array_has_no_picture():
    assert picture(np.zeros((0, 3))) is None
    assert picture(np.zeros((3, 0))) is None


def test_a_spike_survives_in_a_very_wide_layer():
    wide = np.zeros((4, 10_000), np.float32)
    wide[2, 7777] = -5.0
    drawn = picture(wide)
    assert drawn.cells.shape[1] <= MAX_DRAWN
    assert drawn.cells.min() == -5.0
    assert drawn.element_at(*drawn.cell_of((2, 7777))) == (2, 7777)


def test_what_is_not_finite_survives_too():
    wide = np.ones((2, 5000))
    wide[1, 4321] = np.nan
    drawn = picture(wide)
    assert np.isnan(drawn.cells[drawn.cell_of((1, 4321))])
    assert drawn.limit == 1.0


def test_rows_beyond_the_most_are_left_out_and_said_so():
    drawn = picture(np.zeros((300, 2)), most=100)
    assert drawn.cells.shape == (100, 2)
    assert drawn.note == "first 100 of 300 rows"
    assert drawn.cell_of((100, 0)) is None


def test_the_stretch_of_rows_holds_the_one_asked_for():
    drawn = picture(np.arange(300.0).reshape(300, 1), most=50, show=222)
    cell = drawn.cell_of((222, 0))
    assert drawn.cells[cell] == 222
    assert drawn.element_at(*cell) == (222, 0)
    assert drawn.note.startswith("rows ")


def test_images_are_tiled_with_gaps_that_name_no_element():
    drawn = picture(np.ones((4, 3, 5)))
    assert drawn.cells.shape == (2 * 3 + 1, 2 * 5 + 1)
    assert drawn.gaps[3].all()
    assert drawn.element_at(3, 0) is None
    assert drawn.element_at(0, 6) == (1, 0, 0)
    assert drawn.element_at(99, 0) is None


def test_a_place_outside_the_tensor_has_no_cell():
    drawn = picture(np.zeros((2, 2)))
    assert drawn.cell_of((2, 0)) is None
    assert drawn.cell_of((0,)) is None
    assert drawn.cell_of(None) is None


def test_images_of_one_channel_stand_beside_each_other():
    drawn = picture(np.arange(9 * 4 * 4.0).reshape(9, 1, 4, 4))
    assert drawn.cells.shape == (14, 14)
    assert drawn.element_at(5, 0) == (3, 0, 0, 0)


@pytest.mark.parametrize(("shape", "across"), [((10, 32, 8, 8), 8), ((40, 6, 5, 5), 12), ((9, 1, 4, 4), 3)])
def test_a_mosaic_is_about_square_and_keeps_the_channels_of_an_example_together(shape, across):
    drawn = picture(np.arange(np.prod(shape), dtype=float).reshape(shape), most=96)
    assert drawn.tile[2] == across
    height, width = drawn.cells.shape
    assert 0.4 < height / width < 2.5
    for element in ((0, 0, 0, 0), (1, shape[1] - 1, 3, 2)):
        row, column = drawn.cell_of(element)
        assert drawn.element_at(row, column) == element
