"""Tiles drawn as one image: colours, names, what the pointer finds, and one of them alone."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app import theme
from app.plots import colours
from app.plots.mosaic import Mosaic
from app.tiles import Tile, tile


@pytest.fixture
def mosaic(qtbot):
    widget = Mosaic()
    qtbot.addWidget(widget)
    widget.resize(300, 200)
    widget.show()
    return widget


def numbered(count=6, size=4):
    return [tile(f"unit {k}", np.full((size, size), (k + 1.0) * (-1) ** k)) for k in range(count)]


def middle(mosaic, i):
    x, y, w, h = mosaic._layout.places[i]
    return x + w // 2, y + h // 2


def test_colours_are_symmetric_around_zero_on_one_scale(mosaic, pixel):
    mosaic.set_tiles([tile("a", np.full((2, 2), 2.0)), tile("b", np.full((2, 2), -2.0)), tile("c", np.zeros((2, 2)))])
    tokens = theme.current()
    assert [pixel(mosaic, *middle(mosaic, i)) for i in range(2)] == [tokens.positive, tokens.negative]
    zero = colours.signed(np.zeros((1, 1)), 1.0, tokens)[0, 0, :3]
    assert pixel(mosaic, *middle(mosaic, 2)) == "#" + bytes(zero.tolist()).hex()
    assert mosaic.limit == 2


def test_each_on_its_own_scale_reaches_the_ends_of_the_colours(mosaic, pixel):
    mosaic.set_tiles([tile("a", np.full((2, 2), 2.0)), tile("b", np.full((2, 2), 0.01))])
    assert pixel(mosaic, *middle(mosaic, 1)) != theme.current().positive
    mosaic.set_each(True)
    assert pixel(mosaic, *middle(mosaic, 0)) == pixel(mosaic, *middle(mosaic, 1)) == theme.current().positive


def test_magnitudes_and_colour_pictures(mosaic, pixel):
    red = np.zeros((2, 2, 3))
    red[..., 0], red[..., 1:] = 1, -1
    mosaic.set_tiles([Tile("m", np.array([[0.0, 1.0]]), magnitude=True), Tile("rgb", red)])
    x, y, w, h = mosaic._layout.places[0]
    assert pixel(mosaic, x + w // 4, y + h // 2) == "#440154"
    assert pixel(mosaic, x + 3 * w // 4, y + h // 2) == "#fde725"
    assert pixel(mosaic, *middle(mosaic, 1)) == "#ff0000"


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_drawn_as_such(mosaic, pixel, bad):
    mosaic.set_tiles([tile("a", np.full((2, 2), bad)), tile("b", np.ones((2, 2))),
                      Tile("c", np.full((2, 2), bad), magnitude=True), Tile("d", np.full((2, 2, 3), bad))])  # fmt: skip
    assert [pixel(mosaic, *middle(mosaic, i)) for i in (0, 2, 3)] == [theme.current().bad] * 3
    assert pixel(mosaic, *middle(mosaic, 1)) == theme.current().positive


def test_the_tip_tells_unit_place_and_number(mosaic):
    array = np.arange(12.0).reshape(3, 4)
    mosaic.set_tiles([tile("unit 0", -array), tile("unit 1", array)])
    x, y, w, h = mosaic._layout.places[1]
    assert mosaic.describe(x + w - 2, y + 2) == "unit 1   row 0, column 3\n3.000"
    assert mosaic.describe(x + 2, y + h - 2) == "unit 1   row 2, column 0\n8.000"
    assert mosaic.describe(299, 199) == ""


def test_of_blocks_the_largest_number_is_told(mosaic):
    array = np.zeros((512, 512))
    array[300, 200] = -9
    mosaic.set_tiles([tile("W", array)])
    x, y, w, h = mosaic._layout.places[0]
    told = mosaic.describe(x + 200.5 * w / 512, y + 300.5 * h / 512)
    assert "largest of them: −9.000" in told
    assert mosaic._layout.scale < 1


def test_a_click_shows_one_alone_and_another_all_again(mosaic):
    mosaic.set_tiles(numbered())
    assert mosaic.count == 6
    before = mosaic._layout.scale
    QTest.mouseClick(mosaic, Qt.MouseButton.LeftButton, pos=QPoint(*map(int, middle(mosaic, 3))))
    assert [one.name for one in mosaic.shown] == ["unit 3"]
    assert mosaic._layout.scale > before
    QTest.mouseClick(mosaic, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert mosaic.count == 6


def test_the_keyboard_does_the_same(mosaic):
    mosaic.set_tiles(numbered())
    QTest.keyClick(mosaic, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(mosaic, Qt.Key.Key_Return)
    assert mosaic.shown[0].name == "unit 1"
    QTest.keyClick(mosaic, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert mosaic.shown[0].name == "unit 0"
    QTest.keyClick(mosaic, Qt.Key.Key_Escape)
    assert mosaic.count == 6


def test_one_alone_stays_alone_as_its_numbers_change_and_not_where_others_come(mosaic):
    mosaic.set_tiles(numbered())
    mosaic.turn()
    mosaic.set_tiles(numbered())
    assert len(mosaic.shown) == 1
    mosaic.set_tiles(numbered(3))
    assert len(mosaic.shown) == 3


def test_less_room_shows_fewer_and_says_so(mosaic, qtbot):
    mosaic.set_tiles(numbered(400, 8))
    assert mosaic.count < 400
    with qtbot.waitSignal(mosaic.laid_out):
        mosaic.resize(500, 400)
    assert mosaic.count > 200


def test_words_stand_at_the_axes_where_there_is_room(mosaic):
    words = tuple("abcd")
    mosaic.set_tiles([Tile("head", np.eye(4), "query", "key", words, words, magnitude=True)])
    assert mosaic._labelled
    mosaic.set_tiles([Tile(f"head {k}", np.eye(60), "query", "key", words * 15, words * 15) for k in range(4)])
    assert not mosaic._labelled


@pytest.mark.parametrize("tiles", [[], [tile("dot", np.ones((1, 1)))], [tile("row", np.ones((1, 3000)))],
                                   [tile("column", np.ones((3000, 1)))]])  # fmt: skip
@pytest.mark.parametrize("size", [(300, 200), (40, 40), (1, 1)])
def test_odd_tiles_and_sizes_are_drawn(mosaic, tiles, size):
    mosaic.setMinimumSize(1, 1)
    mosaic.resize(*size)
    mosaic.set_tiles(tiles)
    mosaic.grab()
    theme.set_theme("light")
    mosaic.apply_theme()
    mosaic.grab()
