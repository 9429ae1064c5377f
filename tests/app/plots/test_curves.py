"""Loss and metric over the steps."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF

from app import theme
from app.plots.axes import NumberAxis
from app.plots.curves import EMPTY, EMPTY_METRIC, CurvesCard, smoothed
from app.snapshot import History
from tests.app.plots.samples import history, snapshot


@pytest.fixture
def card(qtbot):
    widget = CurvesCard()
    qtbot.addWidget(widget)
    widget.resize(300, 220)
    widget.show()
    return widget


def shown(card, name):
    x, y = card.plot.curves[name].getOriginalDataset()
    return np.asarray(x), np.asarray(y)


def test_an_empty_card_says_what_would_be_there(card):
    card.show_snapshot(snapshot(history=None))
    assert card.is_empty
    assert card.message.text() == EMPTY


def test_the_loss_of_both_sets_is_drawn(card):
    card.show_snapshot(snapshot())
    assert not card.is_empty
    assert shown(card, "train")[1][-1] == pytest.approx(0.5)
    assert shown(card, "validation")[1][-1] == pytest.approx(0.75)
    assert card.legend.train.text() == "train 0.5000"
    assert card.remark.text() == ""


def test_the_train_curve_is_blue_and_the_validation_curve_is_not_orange(card):
    card.show_snapshot(snapshot(history=history(5)))
    image = card.plot.grab().toImage()
    seen = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
    assert theme.current().forward in seen
    assert theme.current().backward not in seen


def test_more_than_two_decades_switch_to_a_log_scale(card):
    card.show_snapshot(snapshot(history=history(top=10.0, bottom=1e-4)))
    assert card.plot.log
    assert card.remark.text() == "log scale"
    assert shown(card, "train")[1][-1] == pytest.approx(-4)
    card.show_snapshot(snapshot(history=history()))
    assert not card.plot.log


def test_losses_that_are_not_finite_are_left_out_and_said(card):
    loss = np.array([1.0, np.nan, np.inf, 0.5])
    card.show_snapshot(snapshot(history=History(np.arange(4), loss, *(np.zeros(0),) * 4)))
    assert card.remark.text() == "2 not finite"
    assert np.isfinite(shown(card, "train")[1]).sum() == 2
    card.plot.grab()


def test_only_losses_that_are_not_finite_leave_the_card_empty(card):
    nothing = np.full(3, np.nan)
    card.show_snapshot(snapshot(history=History(np.arange(3), nothing, *(np.zeros(0),) * 4)))
    assert card.is_empty


def test_the_switch_shows_the_metric(card, qtbot):
    card.show_snapshot(snapshot())
    card.switch.setFocus()
    qtbot.keyClick(card.switch, Qt.Key.Key_Right)
    assert shown(card, "train")[1][-1] == 1.0
    assert shown(card, "validation")[1][-1] == 0.9
    assert card.legend.validation.text() == "validation 0.9000"


def test_regression_calls_it_r2(card):
    card.show_snapshot(snapshot(metrics={"train_r2": 0.4}))
    assert card.switch.words == ["Loss", "R²"]


def test_no_metric_yet_says_so(card):
    empty = np.zeros(0)
    card.show_snapshot(snapshot(history=History(np.arange(2), np.ones(2), empty, empty, empty, empty)))
    card.switch.choose(1)
    assert card.message.text() == EMPTY_METRIC
    card.switch.choose(0)
    assert not card.is_empty


def test_the_pointer_reads_the_values_of_its_step(card):
    card.show_snapshot(snapshot())
    card.plot.pointed.emit(0.0)
    assert card.legend.train.text() == "train 1.000"
    assert card.legend.at.text() == "step 0"
    card.plot.pointed.emit(None)
    assert card.legend.train.text() == "train 0.5000"


def test_a_hundred_thousand_points_are_drawn_at_once(card):
    many = 100_000
    loss = np.exp(-np.arange(many) / many)
    card.show_snapshot(snapshot(history=History(np.arange(many), loss, *(np.zeros(0),) * 4)))
    card.plot.grab()
    x, _ = card.plot.curves["train"].getData()
    assert len(x) < many / 10


def test_ticks_are_numbers_as_the_window_writes_them(qapp):
    axis = NumberAxis("left")
    assert axis.tickStrings([0.5, -0.25], 1.0, 0.25) == ["0.50", "−0.25"]
    axis.log = True
    assert axis.tickStrings([-5.0, 0.0, 2.0], 1.0, 1.0) == ["1e−5", "1", "100"]
    steps = NumberAxis("bottom")
    assert steps.tickStrings([12000.0, 0.5], 1.0, 1.0) == ["12\u2009000", ""]
    assert steps.tickStrings([0.0, 5e5, 1e6, 1.5e6], 1.0, 5e5) == ["0", "500\u2009000", "1M", "1.5M"]


@pytest.mark.parametrize("last", [1, 7, 90, 9_999, 999_999, 1_999_999, 12_000_000, 3_456_789_012])
@pytest.mark.parametrize("width", [90, 250, 600])
def test_numbers_of_steps_stand_apart(qapp, last, width):
    axis, metrics = NumberAxis("bottom"), QFontMetricsF(theme.mono_font(10.5))
    step, values = axis.tickValues(0, last, width)[0]
    words = axis.tickStrings(values, 1.0, step)
    assert values[0] == 0
    assert len(set(words)) == len(words)
    for left, right in itertools.pairwise(range(len(words))):
        half = (metrics.horizontalAdvance(words[left]) + metrics.horizontalAdvance(words[right])) / 2
        assert half + 6 <= (values[right] - values[left]) / last * width


def test_one_point_is_no_curve(card):
    card.show_snapshot(snapshot(history=history()))
    one, empty = np.zeros(1), np.zeros(0)
    card.show_snapshot(snapshot(history=History(empty, empty, one, one + 2, one, one)))
    assert card.is_empty
    assert card.message.text() == EMPTY


def test_no_steps_before_the_first_and_a_new_run_is_shown_whole(card):
    many = 2_000_000
    card.show_snapshot(snapshot(history=History(np.arange(0, many, 1000), np.ones(2000), *(np.zeros(0),) * 4)))
    card.plot.setXRange(1_000_000, 1_500_000)
    card.show_snapshot(snapshot(history=History(np.arange(3), np.ones(3), *(np.zeros(0),) * 4)))
    card.plot.grab()
    low, high = card.plot.getPlotItem().getViewBox().viewRange()[0]
    assert 0 <= low < 0.1
    assert 2 <= high < 3


def test_the_theme_reaches_the_pens(card):
    card.show_snapshot(snapshot())
    theme.set_theme("light")
    card.plot.apply_theme()
    assert card.plot.curves["train"].opts["pen"].color().name() == theme.LIGHT.forward


def test_smoothing_keeps_ends_and_level_and_tames_noise():
    noise = np.random.default_rng(0).normal(size=1000)
    values = np.linspace(2, 1, 1000) + noise * 0.2
    values[500] = np.nan
    smooth = smoothed(values)
    assert smooth[0] == values[0]
    assert smooth[-1] == values[-1]
    assert np.isnan(smooth[500])
    assert np.nanmean(smooth) == pytest.approx(1.5, abs=0.02)
    assert np.nanstd(np.diff(smooth)) < 0.2 * np.nanstd(np.diff(values))
    assert smoothed(np.array([3.0, 1.0])).tolist() == [3.0, 1.0]


def test_one_huge_loss_does_not_drown_the_others():
    values = np.full(1000, 0.5)
    values[100] = 1e30
    assert smoothed(values)[400:].tolist() == [0.5] * 600
