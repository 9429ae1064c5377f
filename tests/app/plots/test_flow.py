"""Gradient flow."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PySide6.QtCore import QPointF

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


def in_time(**steps):
    return {layer: (np.array(norms, float), np.ones(len(norms))) for layer, norms in steps.items()}


def test_layers_of_a_sequence_can_be_seen_step_by_step(card):
    card.show_snapshot(snapshot(gradient_norms={"a": 1.0}))
    assert card.switch.isHidden()
    assert not card.title.isHidden()
    found = in_time(fading=[1e-6, 1e-3, 1.0], exploding=[1e6, 1e3, 1.0])
    card.show_snapshot(snapshot(gradient_norms={"a": 1.0}, extra={"through_time": found}))
    assert not card.switch.isHidden()
    assert card.title.isHidden()
    card.switch.choose(1)
    assert card.pages.currentWidget() is card.time
    assert card.time.span() == (-6.0, 6.0)
    (_, top), (_, below) = card.time.rows()
    orange = theme.current().backward
    image = card.time.grab().toImage()

    def tall(row, step):
        across = int((step + 0.5) * row.width() / 3)
        return sum(image.pixelColor(across, y).name() == orange for y in range(int(row.top()), int(row.bottom())))

    assert tall(top, 0) < tall(top, 1) < tall(top, 2)
    assert tall(below, 0) > tall(below, 1) > tall(below, 2)
    assert abs(tall(top, 2) - tall(below, 2)) <= 1  # one scale for all
    assert "step 1 of 3" in card.time.describe(QPointF(2, top.center().y()))
    card.show_snapshot(snapshot(gradient_norms={"a": 1.0}))  # another network, without a sequence
    assert card.pages.currentWidget() is card.bars


@pytest.mark.parametrize("norms", [[0.0, 0.0], [math.nan, 1.0], [math.inf, math.inf], [1e-300, 1e300], [2.0]])
def test_odd_steps_are_drawn(card, norms):
    card.show_snapshot(snapshot(gradient_norms={"a": 1.0}, extra={"through_time": in_time(odd=norms)}))
    card.switch.choose(1)
    card.grab()
    low, high = card.time.span()
    assert low < high <= low + 16


def test_many_layers_of_a_sequence_leave_out_those_without_room(card):
    found = in_time(**{f"layer{i}": [1.0, 2.0] for i in range(40)})
    card.show_snapshot(snapshot(gradient_norms={"a": 1.0}, extra={"through_time": found}))
    card.switch.choose(1)
    card.grab()
    assert 0 < len(card.time.rows()) < 40
