"""The sheet, its brush and its eraser, and the bars beside it."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt

import engine
from app.plots.sheet import SIDE
from app.plots.views import views
from app.watches.base import Trouble
from app.watches.draw import Drawing, Watch
from engine.files import LESSONS, SUFFIX
from tests.app.plots.samples import snapshot


@pytest.fixture
def watch():
    return Watch(engine.Session.from_network(engine.load(LESSONS / f"digits{SUFFIX}")))


@pytest.fixture
def card(qtbot):
    widget = views()["draw"].card()
    qtbot.addWidget(widget)
    widget.resize(500, 240)
    widget.show()
    return widget


def show(card, watch, drawing=None) -> None:
    watch.ask(drawing)
    card.show_snapshot(snapshot(views={"draw": watch.look()}, dataset=watch.session.dataset))


def test_it_says_for_which_networks_it_is(card):
    card.show_snapshot(snapshot(views={}))
    assert "grey images" in card.message.text()
    card.show_snapshot(snapshot(views={"draw": Trouble("No room.")}))
    assert card.message.text() == "No room."
    assert card.table() is None


def test_what_is_drawn_is_asked_and_answered(card, watch, qtbot):
    show(card, watch)
    area = card.sheet.area()
    with qtbot.waitSignal(card.asked, timeout=2000) as asked:
        qtbot.mousePress(card.sheet, Qt.MouseButton.LeftButton, pos=QPoint(int(area.width() / 2), 30))
        qtbot.mouseMove(card.sheet, QPoint(int(area.width() / 2), int(area.height()) - 30))
        qtbot.mouseRelease(card.sheet, Qt.MouseButton.LeftButton)
    drawing = asked.args[0]
    assert isinstance(drawing, Drawing)
    assert drawing.fit
    assert any(drawing.ink)
    show(card, watch, drawing)
    assert card.bars.probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert card.remark.text().endswith("%")
    assert len(card.table().to_csv().splitlines()) == 11
    card.grab()


def test_the_eraser_takes_ink_away_and_delete_all_of_it(card, watch, qtbot):
    show(card, watch)
    card.sheet.stroke(QPointF(20, 80), QPointF(150, 80))
    before = int(card.sheet.ink.astype(int).sum())
    assert card.sheet.ink[80, 80] == 255
    assert 0 < card.sheet.ink[80 + 8, 80] < 255  # a soft edge
    card.sheet.stroke(QPointF(80, 80), QPointF(80, 80), erase=True)
    assert card.sheet.ink[80, 80] == 0
    assert 0 < int(card.sheet.ink.astype(int).sum()) < before
    qtbot.keyClick(card.sheet, Qt.Key.Key_Delete)
    assert not card.sheet.ink.any()


def test_the_right_button_erases(card, watch, qtbot):
    show(card, watch)
    card.sheet.set_ink(np.full((SIDE, SIDE), 255))
    middle = card.sheet.area().center().toPoint()
    qtbot.mouseClick(card.sheet, Qt.MouseButton.RightButton, pos=middle)
    assert card.sheet.ink[SIDE // 2, SIDE // 2] == 0


def test_an_example_is_left_as_it_is_until_the_sheet_is_clean_again(card, watch, qtbot):
    asked = []
    card.asked.connect(asked.append)
    card.take_example()
    assert not asked  # nothing to take it from yet
    show(card, watch)
    card.take_example()
    assert not asked[-1].fit
    show(card, watch, asked[-1])
    images = watch.session.dataset.inverse_transform(watch.session.dataset.train.x).reshape(-1, 8, 8)
    assert np.abs(images - card.answer.seen).max((1, 2)).min() < 0.1
    with qtbot.waitSignal(card.asked, timeout=2000):
        card.sheet.clear()
    assert asked[-1].fit


def test_many_classes_and_numbers_that_are_not_finite(card, watch):
    card.bars.set_answer(tuple(f"kind {k}" for k in range(300)), np.eye(300)[250])
    card.bars.resize(160, 60)
    assert 250 in card.bars.shown()
    assert len(card.bars.shown()) == 5
    card.bars.grab()
    card.sheet.stroke(QPointF(20, 80), QPointF(150, 80))
    watch.session.set_parameter_block(np.full_like(watch.session.parameter_block(), np.nan))
    show(card, watch, Drawing(SIDE, card.sheet.ink.tobytes()))
    assert card.remark.text() == "not finite"
    card.grab()
    card.resize(60, 40)
    card.grab()
