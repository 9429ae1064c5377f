"""Gradient flow."""

from __future__ import annotations

import math

import pytest

from app import theme
from app.plots.flow import FlowCard, short_norm
from tests.app.plots.samples import snapshot


@pytest.fixture
def card(qtbot):
    widget = FlowCard()
    qtbot.addWidget(widget)
    widget.resize(240, 220)
    widget.show()
    return widget


def row_colours(bars, y):
    image = bars.grab().toImage()
    return [image.pixelColor(x, int(y)).name() for x in range(image.width())]


def test_no_gradient_yet_says_how_to_get_one(card):
    card.show_snapshot(snapshot(gradient_norms={}))
    assert card.is_empty
    assert "→" in card.message.text()


def test_bars_are_longer_for_larger_gradients_and_orange(card):
    card.show_snapshot(snapshot(gradient_norms={"first": 1e-6, "second": 1e-1}))
    orange = theme.current().backward
    high = card.bars.row_height()
    lengths = [row_colours(card.bars, i * high + 22).count(orange) for i in range(2)]
    assert 0 < lengths[0] < lengths[1]


def test_the_scale_is_logarithmic_and_widens_where_it_must(card):
    card.bars.set_norms({"a": 1e-3})
    middle = card.bars.share(1e-3)
    assert card.bars.share(1e-2) - middle == pytest.approx(middle - card.bars.share(1e-4))
    card.bars.set_norms({"a": 1e-12, "b": 1e5})
    assert card.bars.span() == (-12, 5)


def test_zero_has_no_bar_and_nan_a_full_one_in_the_colour_of_problems(card):
    card.show_snapshot(snapshot(gradient_norms={"dead": 0.0, "broken": math.nan, "gone": math.inf}))
    high = card.bars.row_height()
    assert theme.current().backward not in row_colours(card.bars, 22)
    assert row_colours(card.bars, high + 22).count(theme.current().bad) > 200
    assert card.bars.share(math.inf) == 1.0


@pytest.mark.parametrize("count", [1, 8, 40, 500])
def test_any_number_of_layers_fits(card, count):
    card.show_snapshot(snapshot(gradient_norms={f"layer {i}": 10.0 ** (-i % 7) for i in range(count)}))
    card.grab()
    assert card.bars.row_height() * count <= card.bars.height() + 1e-6
    assert card.bars.layer_at(card.bars.row_height() * (count - 0.5)) == f"layer {count - 1}"


def test_norms_are_short():
    assert [short_norm(x) for x in (0.00031, 0, math.nan, 1234.0)] == ["3.1e−4", "0", "NaN", "1.2e3"]
