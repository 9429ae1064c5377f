"""Points in a plane: colours, words, and which one the pointer is at."""

from __future__ import annotations

import numpy as np
import pytest

from app import theme
from app.plots import colours
from app.plots.cloud import CloudMap

SQUARE = np.array([[-1.0, -1], [1, -1], [1, 1], [-1, 1]])


@pytest.fixture
def cloud(qtbot):
    widget = CloudMap()
    qtbot.addWidget(widget)
    widget.resize(400, 240)
    widget.show()
    return widget


def show(cloud, points, values=None, words=(), classes=(), axes=("", "")):
    told = tuple(f"point {k}" for k in range(len(points)))
    cloud.set_points(points, told, words, values, classes, axes)


def test_both_directions_have_one_scale_and_up_is_positive(cloud):
    show(cloud, SQUARE * [3, 1])
    places = cloud.places()
    wide, high = np.ptp(places, axis=0)
    assert wide == pytest.approx(3 * high)
    assert places[0, 1] > places[3, 1]
    area = cloud.area()
    assert area.left() <= places[:, 0].min()
    assert places[:, 0].max() <= area.right()


def test_points_have_the_colours_of_their_classes(cloud, pixel):
    show(cloud, SQUARE, np.array([0, 1, 2, -1]), classes=("a", "b", "c"))
    for k, (x, y) in enumerate(cloud.places()):
        wanted = colours.class_colour(theme.current(), k) if k < 3 else theme.current().dim
        found = pixel(cloud, round(x), round(y))
        ground = theme.current().panel
        apart = [abs(int(found[i : i + 2], 16) - int(wanted[i : i + 2], 16)) for i in (1, 3, 5)]
        assert max(apart) < 60, (found, wanted, ground)


def test_numbers_run_through_the_colours_of_magnitudes(cloud):
    show(cloud, SQUARE, np.array([0.0, 1, 2, np.nan]))
    hues = cloud.hues()
    np.testing.assert_array_equal(hues[0], colours.rgba("#440154"))
    np.testing.assert_array_equal(hues[2], colours.rgba("#fde725"))
    np.testing.assert_array_equal(hues[3], colours.rgba(theme.current().bad))


def test_the_nearest_point_is_found_and_none_where_none_is_near(cloud):
    show(cloud, SQUARE)
    for k, (x, y) in enumerate(cloud.places()):
        assert cloud.point_at(x + 3, y - 3) == k
    assert cloud.point_at(cloud.width() / 2, cloud.height() / 2) is None


def test_classes_are_named_at_the_side_where_there_is_room(cloud):
    show(cloud, SQUARE, np.array([0, 1, 2, 3]), classes=tuple("abcd"))
    assert cloud.area().right() < cloud.width() - 80
    cloud.resize(200, 240)
    assert cloud.area().right() == pytest.approx(cloud.width())
    cloud.resize(400, 240)
    show(cloud, np.random.default_rng(0).normal(size=(40, 2)), np.arange(40))
    assert cloud.area().right() == pytest.approx(cloud.width())


@pytest.mark.parametrize("points", [np.zeros((0, 2)), np.zeros((1, 2)), np.zeros((5, 2)), np.ones((3, 2)) * 1e300,
                                    SQUARE * 1e-300, np.random.default_rng(0).normal(size=(800, 2))])  # fmt: skip
@pytest.mark.parametrize("size", [(400, 240), (40, 40)])
def test_odd_points_are_drawn_in_both_themes(cloud, points, size):
    cloud.resize(*size)
    words = tuple("w" * (k % 5) for k in range(len(points)))
    show(cloud, points, words=words, axes=("PC 1", "PC 2"))
    assert np.isfinite(cloud.places()).all()
    cloud.grab()
    theme.set_theme("light")
    cloud.apply_theme()
    cloud.grab()
