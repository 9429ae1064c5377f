"""The card of the race: who runs, what Start asks for, what the curves say, and that it fits."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from app.plots.race import BOTH, EMPTY, RaceCard, steady
from app.plots.race_list import MOST
from app.watches.race import RaceData
from engine.race import Contestant, Standing, classic
from engine.surface.path import NamedPath
from tests.app.plots.samples import snapshot


def standing(contestant, losses, loss, trouble=""):
    curve = np.stack([np.arange(len(losses)), losses], 1).astype(float) if len(losses) else np.zeros((0, 2))
    return Standing(contestant, curve, len(losses), loss, NamedPath(contestant.title, contestant.colour, ()), trouble)


def race(run=1, running=True, **given):
    four = classic()
    falls = np.exp(-np.arange(50) / 20)
    standings = (standing(four[0], falls, 0.2), standing(four[1], falls**2, 0.02),
                 standing(four[2], [1.0, 9.0, 1e20, math.inf], math.inf, "Diverged in step 4: inf"),
                 standing(Contestant("adam", 1e30, colour=3), [], math.nan, "learning_rate is too large"))  # fmt: skip
    return replace(RaceData(standings, 0, 50, 100, running, "", run), **given)


@pytest.fixture
def card(qtbot):
    widget = RaceCard()
    qtbot.addWidget(widget)
    widget.resize(520, 200)
    widget.show()
    widget.show_snapshot(snapshot(state="paused", learning_rate=0.3))
    return widget


def show(card, data):
    card.show_snapshot(snapshot(state="paused", views={"race": data}))


def test_it_says_what_would_be_there(card):
    assert card.message_here.text() == EMPTY
    assert card.table() is None
    assert card.start.isEnabled()
    card.show_snapshot(snapshot(state="failed"))
    assert not card.start.isEnabled()


def test_start_asks_for_a_race_and_stop_ends_it(card):
    asked = []
    card.asked.connect(asked.append)
    card.list.steps.set_value(40)
    card.start.click()
    assert (asked[0].contestants, asked[0].steps, asked[0].run, asked[0].stopped) == (classic(), 40, 1, False)
    show(card, race())
    assert card.start.text() == "Stop"
    card.start.click()
    assert (asked[1].run, asked[1].stopped) == (1, True)
    show(card, race(running=False))
    assert card.start.text() == "Start"
    card.start.click()
    assert asked[2].run == 2


def test_the_leader_is_named_and_the_diverged_are_marked(card):
    show(card, race())
    assert card.remark.text() == "Momentum 0.1 leads · 50 of 100 steps"
    lines = card.lines.lines
    assert [line.strong for line in lines] == [False, True, False, False]
    assert [line.note for line in lines] == ["0.200", "0.0200", "diverged", "cannot run"]
    assert len(card.lines.crosses.data) == 1
    assert card.lines.crosses.data["y"][0] == pytest.approx(20)  # the last finite loss, on a logarithmic axis
    assert card.lines.plot.log
    assert "too large" in card.remark.toolTip()
    show(card, race(running=False, done=100))
    assert card.remark.text() == "Momentum 0.1 wins"
    table = list(card.table().rows)
    assert len(table) == 104
    assert table[0][:2] == ("SGD 0.1", 0)


def test_losses_below_zero_stand_on_a_linear_axis(card):
    show(card, race(standings=(standing(classic()[0], [-1.0, -2.0, -3.0], -3.0),)))
    assert not card.lines.plot.log


def test_the_list_is_edited(card):
    changes = []
    card.list.changed.connect(lambda: changes.append(1))
    row = card.list.rows[0]
    row.choice.setCurrentIndex(row.choice.findData("adamw"))
    row.choice.activated.emit(row.choice.currentIndex())
    assert card.list.contestants[0] == Contestant("adamw", 0.001)  # its customary rate
    row.rate._choose(0.5)
    assert card.list.contestants[0].learning_rate == 0.5
    card.list.rows[1].away.click()
    assert [c.optimizer for c in card.list.contestants] == ["adamw", "rmsprop", "adam"]
    card.list.add.click()
    added = card.list.contestants[-1]
    assert (added.optimizer, added.learning_rate, added.colour) == ("sgd", 0.3, 1)  # as the network; a free colour
    card.list.sweep.click()
    assert [c.learning_rate for c in card.list.contestants] == [0.003, 0.03, 0.3, 3.0, 30.0]
    card.list.four.click()
    assert card.list.contestants == classic()
    for _ in range(MOST):
        card.list.add.click()
    assert len(card.list.contestants) == MOST
    assert len({c.colour for c in card.list.contestants}) == MOST
    assert len(changes) > 5
    for row in list(card.list.rows[1:]):
        row.away.click()
    assert not card.list.rows[0].away.isEnabled()


def test_narrow_it_shows_one_of_both(card):
    assert card.list.isVisible()
    assert card.pages.isVisible()
    card.resize(BOTH - 1, 200)
    assert not card.list.isVisible()
    card.switch.choose(1)
    assert card.list.isVisible()
    assert not card.pages.isVisible()
    QApplication.processEvents()
    card.setMinimumSize(1, 1)
    card.resize(200, 200)
    QApplication.processEvents()
    for row in card.list.rows:
        assert row.away.mapTo(card, row.away.rect().topRight()).x() < 200


def test_a_running_mean_is_true_to_a_constant_and_to_what_is_not_finite():
    np.testing.assert_allclose(steady(np.full(300, 2.0)), 2.0)
    values = np.ones(300)
    values[50] = np.inf
    smooth = steady(values)
    assert np.isnan(smooth[50])
    np.testing.assert_allclose(np.delete(smooth, 50), 1.0)
    noisy = np.random.default_rng(0).normal(size=480)
    assert steady(noisy).std() < 0.4
    assert len(steady(np.zeros(0))) == 0
