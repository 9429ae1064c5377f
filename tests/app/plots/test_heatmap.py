"""The heat map: what it draws and what it tells."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from app import theme
from app.plots.heatmap import HeatMap


@pytest.fixture
def heat(qtbot):
    widget = HeatMap(name="dense1.a")
    qtbot.addWidget(widget)
    widget.resize(100, 60)
    return widget


def test_cells_are_drawn_in_signed_colours(heat, pixel):
    heat.set_array(np.array([[-1.0, 1.0], [1.0, -1.0]]))
    assert pixel(heat, 25, 15) == theme.current().negative
    assert pixel(heat, 75, 15) == theme.current().positive
    assert pixel(heat, 25, 45) == theme.current().positive


def test_nan_is_drawn_in_the_colour_of_problems(heat, pixel):
    heat.set_array(np.array([[1.0, np.nan]]))
    assert pixel(heat, 75, 15) == theme.current().bad
    assert heat.limit == 1.0


def test_the_theme_changes_the_colours(heat, pixel):
    heat.set_array(np.array([[-1.0, 1.0]]))
    theme.set_theme("light")
    heat.apply_theme()
    assert pixel(heat, 25, 15) == theme.LIGHT.negative


@pytest.mark.parametrize("shape", [(), (5,), (4, 3), (5, 4, 3), (2, 3, 4, 3), (2, 2, 2, 3, 3), (3, 10_000), (0, 4)])
def test_every_rank_is_drawn(heat, shape):
    heat.set_array(np.ones(shape))
    assert not heat.grab().isNull()
    assert (heat.picture is None) == (np.prod(shape) == 0)


def test_a_click_names_the_element(heat, qtbot):
    heat.set_array(np.arange(6.0).reshape(2, 3))
    with qtbot.waitSignal(heat.element_chosen) as caught:
        qtbot.mouseClick(heat, Qt.MouseButton.LeftButton, pos=QPoint(90, 45))
    assert caught.args == [(1, 2)]
    assert heat.chosen == (1, 2)


def test_shift_and_arrow_keys_move_the_element_and_stop_at_the_edge(heat, qtbot):
    heat.set_array(np.arange(6.0).reshape(2, 3))
    heat.set_mark((0, 0))
    qtbot.keyClick(heat, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(heat, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert heat.chosen == (1, 1)
    qtbot.keyClick(heat, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert heat.chosen == (1, 1)


def test_arrow_keys_cross_the_gap_between_images(heat, qtbot):
    heat.set_array(np.zeros((2, 2, 2)))
    heat.set_mark((0, 0, 1))
    qtbot.keyClick(heat, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert heat.chosen == (1, 0, 0)


def test_the_tip_gives_place_and_value(heat):
    heat.set_array(np.array([[0.0, -0.03125]]))
    assert heat.describe(heat.element_at(QPoint(75, 10))) == "dense1.a [0, 1]   −0.03125"


def test_a_mark_frames_an_element_a_row_or_nothing(heat, pixel):
    heat.set_array(np.full((2, 2), -1.0))
    plain = heat.grab().toImage()
    heat.set_mark((1, 1))
    assert heat.chosen == (1, 1)
    assert heat.grab().toImage() != plain
    assert pixel(heat, 25, 15) == theme.current().negative
    heat.set_mark((0, None))
    assert heat.chosen is None
    assert pixel(heat, 50, 0) == theme.current().text
    heat.set_mark(None)
    assert heat.grab().toImage() == plain


def test_a_mark_of_another_rank_is_not_drawn(heat):
    heat.set_array(np.ones((2, 2)))
    plain = heat.grab().toImage()
    heat.set_mark((1,))
    assert heat.grab().toImage() == plain


def test_nothing_to_show_draws_nothing(heat, qtbot):
    heat.set_array(None)
    qtbot.mouseClick(heat, Qt.MouseButton.LeftButton, pos=QPoint(10, 10))
    qtbot.keyClick(heat, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert heat.chosen is None


def test_bare_arrows_and_escape_are_left_to_the_window(heat, qtbot):
    heat.set_array(np.zeros((2, 2)))
    heat.set_mark((0, 0))
    with qtbot.assertNotEmitted(heat.element_chosen):
        qtbot.keyClick(heat, Qt.Key.Key_Right)
    assert heat.chosen == (0, 0)
    assert "Shift+arrows" in heat.accessibleDescription()
