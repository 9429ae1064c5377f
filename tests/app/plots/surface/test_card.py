"""The card of the loss surface: what its menu asks for, what it says, and the dialog of two weights."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtWidgets import QDialogButtonBox, QMessageBox

from app.plots.surface.card import KINDS, SurfaceCard, told_in_full
from app.plots.surface.weights import ONE, WeightsDialog
from app.worker_commands import LookAround
from app.worker_surface import Around
from engine.surface.curvature import Curvature
from tests.app.plots.samples import snapshot
from tests.app.plots.surface import lands

SHAPES = (("hidden.W", (2, 3)), ("hidden.b", (3,)))


@pytest.fixture
def card(qtbot):
    widget = SurfaceCard()
    qtbot.addWidget(widget)
    widget.resize(330, 220)
    widget.show()
    return widget


def shown(card, around, **extra):
    card.show_snapshot(snapshot(extra={"surface": around, "parameter_shapes": dict(SHAPES), **extra}))


def test_it_asks_for_pictures_only_while_it_is_seen(qtbot):
    card = SurfaceCard()
    qtbot.addWidget(card)
    asked = []
    card.around_asked.connect(asked.append)
    card.show()
    card.hide()
    assert [wish.shown for wish in asked] == [True, False]


def test_every_direction_grid_row_and_mode_can_be_chosen(card):
    asked = []
    card.around_asked.connect(asked.append)
    shown(card, Around(lands.land()))
    for kind in set(KINDS) - {"weights", "path"}:
        card.kinds[kind].trigger()
        assert asked[-1].kind == kind
    card.sizes[25].trigger()
    card.rows[("validation", -1)].trigger()
    card.modes["training"].trigger()
    card.reaches[2.0].trigger()
    want = (25, "validation", -1, "training", 2.0)
    wish = asked[-1]
    assert (wish.size, wish.part, wish.rows, wish.run_as, wish.reach) == want


def test_a_picture_that_takes_long_is_confirmed_first(card, monkeypatch):
    asked, answers = [], iter([QMessageBox.StandardButton.No, QMessageBox.StandardButton.Yes])
    questions = []
    monkeypatch.setattr(QMessageBox, "question", lambda *args: (questions.append(args[2]), next(answers))[1])
    card.around_asked.connect(asked.append)
    shown(card, Around(lands.land(), flops=1e7))
    card._dataset = SimpleNamespace(train=range(60_000))
    card.rows[("train", 0)].trigger()
    assert asked == []
    assert card.rows[("train", -1)].isChecked()
    assert "seconds" in questions[0]
    card.rows[("train", 0)].trigger()
    assert asked[-1].rows == 0


def test_what_keeps_a_picture_away_is_said(card):
    shown(card, Around(message="The path is too short."))
    assert card.is_empty
    assert "too short" in card.message.text()
    shown(card, Around(lands.land()))
    assert not card.is_empty
    shown(card, None)
    assert card.is_empty


def test_the_curvature_is_told_in_short_and_in_full(card):
    curvature = Curvature(120, 0.5, 1e-9, (4.0, 1.0), (-2.0, 0.1), 3.0, 0.2, {"hidden": (4.0, -2.0)}, "50 train rows")
    around = Around(lands.land(), curvature=curvature)
    card.resize(600, 220)
    shown(card, around)
    assert "saddle" in card.remark.text() or "saddle" in card.remark.toolTip()
    full = told_in_full(around)
    for part in ("step 120", "saddle", "hidden", "2 / λ = 0.5", "Trace"):
        assert part in full


def test_a_moved_point_is_passed_on(card):
    moved = []
    card.moved.connect(lambda a, b: moved.append((a, b)))
    card.surface.place_chosen.emit(1.5, -2.0)
    assert moved == [(1.5, -2.0)]


def test_two_weights_are_chosen_by_name_and_element(qtbot):
    dialog = WeightsDialog(SHAPES, None)
    qtbot.addWidget(dialog)
    assert dialog.weights() == (("hidden.W", (0, 0)), ("hidden.W", (1, 2)))
    dialog.second.setCurrentText("hidden.b")
    dialog.at_second.setText("2")
    assert dialog.weights() == (("hidden.W", (0, 0)), ("hidden.b", (2,)))
    dialog.second.setCurrentText(ONE)
    assert dialog.weights() == (("hidden.W", (0, 0)), None)
    again = WeightsDialog(SHAPES, (("hidden.b", (1,)), None))
    qtbot.addWidget(again)
    assert again.weights()[0] == ("hidden.b", (1,))


@pytest.mark.parametrize("text", ["", "0", "0, 3", "-1, 0", "a, b", "0, 0, 0"])
def test_elements_that_are_not_there_cannot_be_chosen(qtbot, text):
    dialog = WeightsDialog(SHAPES, None)
    qtbot.addWidget(dialog)
    dialog.at_first.setText(text)
    dialog.at_first.textEdited.emit(text)
    assert dialog.weights() is None
    assert "0 to 1, 0 to 2" in dialog.trouble.text()
    assert not dialog.buttons.button(QDialogButtonBox.StandardButton.Ok).isEnabled()


def test_the_same_weight_twice_is_refused(qtbot):
    dialog = WeightsDialog(SHAPES, ((("hidden.b"), (1,)), ("hidden.b", (1,))))
    qtbot.addWidget(dialog)
    assert dialog.weights() is None
    assert "same weight" in dialog.trouble.text()


def test_a_wish_compares_by_what_it_says():
    assert replace(LookAround(), seed=1) != LookAround()
    assert replace(LookAround(), seed=0) == LookAround()
    assert np.isfinite(LookAround().reach)
