"""Numbers into colours."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor

from app import theme
from app.plots import colours


def name(pixel: np.ndarray) -> str:
    return QColor(*map(int, pixel)).name()


@pytest.mark.parametrize("tokens", [theme.DARK, theme.LIGHT], ids=lambda tokens: tokens.name)
def test_minus_is_blue_plus_is_orange_zero_is_neutral(tokens):
    image = colours.signed(np.array([[-2.0, 0.0, 2.0]]), 2.0, tokens)[0]
    assert name(image[0]) == tokens.negative
    assert name(image[2]) == tokens.positive
    neutral = QColor(tokens.neutral)
    assert abs(int(image[1][0]) - neutral.red()) <= 4


def test_what_is_not_finite_is_marked_in_the_colour_of_problems():
    image = colours.signed(np.array([[np.nan, np.inf, -np.inf, 0.5]]), 1.0, theme.DARK)[0]
    assert [name(pixel) == theme.DARK.bad for pixel in image] == [True, True, True, False]
    image = colours.ramp(np.array([[np.nan, 0.5]]), 0.0, 1.0, theme.DARK)[0]
    assert [name(pixel) == theme.DARK.bad for pixel in image] == [True, False]


def test_a_limit_that_says_nothing_does_no_harm():
    for limit in (0.0, np.inf, np.nan):
        assert colours.signed(np.zeros((1, 1)), limit, theme.DARK).shape == (1, 1, 4)


def test_viridis_runs_from_dark_violet_to_yellow():
    table = colours.viridis()
    assert (name(table[0]), name(table[255])) == ("#440154", "#fde725")
    lightness = table[:, :3] @ np.array([0.299, 0.587, 0.114])
    assert (np.diff(lightness) > -1).all()


def test_blend_takes_the_likeliest_class_and_pales_where_unsure():
    p = np.array([[[0.98, 0.01, 0.01], [0.0, 0.0, 1.0], [1 / 3, 1 / 3, 1 / 3]]])
    image = colours.blend(p, theme.DARK)[0]
    assert name(image[1]) == colours.class_colour(theme.DARK, 2)
    assert name(image[2]) == theme.DARK.canvas
    assert abs(int(image[0][2]) - QColor(theme.DARK.forward).blue()) < 12


def test_classes_have_hues_of_their_own():
    assert len({colours.class_colour(theme.LIGHT, k) for k in range(10)}) == 10


def test_images_keep_their_pixels():
    image = colours.to_image(np.array([[[10, 20, 30, 255], [40, 50, 60, 255]]], np.uint8))
    assert (image.width(), image.height()) == (2, 1)
    assert image.pixelColor(1, 0).getRgb() == (40, 50, 60, 255)
