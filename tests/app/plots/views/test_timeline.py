"""The card of the timeline: lanes, the hands on them, and what it asks for."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from app.plots.lanes import lanes_of
from app.plots.views.timeline import TimelineCard
from app.snapshot import History
from app.worker_commands import EditBranch, GoTo
from app.worker_runs import BranchView, TimelineView
from engine.network import Network


def history(end):
    steps, none = np.arange(float(end)), np.zeros(0)
    return History(steps, 1 / (1 + steps), none, none, none, none)


def branch(id, end, parent=None, left_at=0, start=0, offset=0, name=""):
    return BranchView(id, name or f"run {id}", id, parent, left_at, start, end, offset, 3, 0.1, Network(), history(end))


def shot(steps=40, current=1, branches=None):
    some = branches or (branch(1, 100), branch(3, 80), branch(2, 90, parent=1, left_at=60, start=60),
                        branch(4, 20, parent=2, left_at=70, offset=70))  # fmt: skip
    return SimpleNamespace(timeline=TimelineView(current, tuple(some), 12_000, 1 << 28), steps=steps)


@pytest.fixture
def card(qtbot):
    made = TimelineCard()
    qtbot.addWidget(made)
    made.resize(500, 220)
    made.show()
    made.show_snapshot(shot())
    return made


def asked(card):
    found = []
    card.asked.connect(found.append)
    return found


def place(card, row, step):
    return QPoint(round(card.lanes.x_of(step)), round(card.lanes._y(row)))


def test_nothing_trained_is_said(qtbot):
    card = TimelineCard()
    qtbot.addWidget(card)
    for one in (SimpleNamespace(timeline=None, steps=0), shot(0, 1, (branch(1, 0),))):
        card.show_snapshot(one)
        assert card.is_empty
        assert "Press Space" in card.message.text()
    card.make_menu()


def test_branches_stand_below_the_one_they_left(card):
    assert [lane.id for lane in card.lanes.lanes] == [1, 2, 4, 3]
    last = card.lanes.lanes[2]
    assert (last.start, last.end, last.left_at) == (70, 90, 70)
    assert card.remark.text() == "12 checkpoints · 12 kB"
    card.grab()


def test_a_click_goes_to_a_step_of_a_branch_as_its_session_counts(card, qtbot):
    found = asked(card)
    qtbot.mouseClick(card.lanes, Qt.MouseButton.LeftButton, pos=place(card, 0, 25))
    qtbot.mouseClick(card.lanes, Qt.MouseButton.LeftButton, pos=place(card, 2, 80))
    qtbot.mouseClick(card.lanes, Qt.MouseButton.LeftButton, pos=place(card, 1, 0))  # before it began
    assert [(type(one), one.branch) for one in found] == [(GoTo, 1), (GoTo, 4), (GoTo, 2)]
    assert abs(found[0].step - 25) <= 1
    assert abs(found[1].step - 10) <= 1
    assert found[2].step == 60


def test_dragging_follows_the_branch_it_began_on(card, qtbot):
    found = asked(card)
    qtbot.mousePress(card.lanes, Qt.MouseButton.LeftButton, pos=place(card, 0, 10))
    for step in (30, 50, 500):
        qtbot.mouseMove(card.lanes, place(card, 2, min(step, 100)))
        card.lanes.mouseMoveEvent(_drag(place(card, 2, step)))
    assert {one.branch for one in found} == {1}
    assert found[-1].step == 100


def _drag(point):
    from PySide6.QtCore import QEvent, QPointF
    from PySide6.QtGui import QMouseEvent

    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    return QMouseEvent(QEvent.Type.MouseMove, QPointF(point), QPointF(point), Qt.MouseButton.NoButton, left, none)


def test_the_keyboard_does_the_same(card, qtbot):
    found = asked(card)
    card.lanes.setFocus()
    qtbot.keyClick(card.lanes, Qt.Key.Key_Right)
    qtbot.keyClick(card.lanes, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(card.lanes, Qt.Key.Key_Down)
    qtbot.keyClick(card.lanes, Qt.Key.Key_Home)
    qtbot.keyClick(card.lanes, Qt.Key.Key_Return)
    qtbot.keyClick(card.lanes, Qt.Key.Key_Delete)
    assert found == [GoTo(42, 1), GoTo(39, 1), GoTo(60, 2), GoTo(90, 2), EditBranch("delete", 2)]


def test_a_branch_is_renamed_in_place(card, qtbot):
    found = asked(card)
    card.lanes.setFocus()
    qtbot.keyClick(card.lanes, Qt.Key.Key_F2)
    field = card.lanes.field
    assert field.isVisible()
    field.setText("with Adam")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert found == [EditBranch("rename", 1, "with Adam")]
    card.lanes.rename(2)
    card.lanes.field.setText("no")
    qtbot.keyClick(card.lanes.field, Qt.Key.Key_Escape)
    assert card.lanes.field is None
    card.lanes.rename(2)
    card.lanes.field.setText("  ")
    card.lanes.field.editingFinished.emit()
    assert len(found) == 1


def test_the_menu_and_the_button(card):
    found = asked(card)
    card.button.click()
    actions = {action.text(): action for action in card.make_menu().actions()}
    assert not actions["Delete “run 1”"].isEnabled()
    card.lanes.chosen = 2
    actions = {action.text(): action for action in card.make_menu().actions()}
    actions["Delete “run 2”"].trigger()
    actions["Halve the checkpoints of all runs"].trigger()
    assert found == [EditBranch("fork"), EditBranch("delete", 2), EditBranch("prune")]


def test_the_runs_are_a_table(card):
    table = card.table()
    rows = list(table.rows)
    assert len(rows) == 4
    assert rows[2][:5] == ("run 2", "run 1", 60, 60, 90)


def test_many_branches_scroll(card):
    card.show_snapshot(shot(5, 1, tuple(branch(id, 10 * id) for id in range(1, 25))))
    assert card.lanes.height() > card.content.viewport().height()
    card.grab()


def test_lanes_of_an_odd_tree():
    assert [lane.id for lane in lanes_of(shot(0, 1, (branch(1, 5),)).timeline)] == [1]
