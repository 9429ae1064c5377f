"""Names typed over on the card, wires chosen by keyboard, problems that lead to their layer."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from engine.edits import Disconnect, RemoveLayer
from engine.network import Wire


@pytest.fixture
def field(hands, panel):
    """The field open on "left"."""
    panel.scene.select("left")
    hands.act("rename")
    return panel.view.rename_field


def typed(field, text: str) -> None:
    field.selectAll()
    QTest.keyClicks(field, text)


def test_enter_takes_the_name_and_wires_follow(field, document, panel):
    typed(field, "hidden layer")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert document.network.inputs_of("join") == {"x1": "hidden layer", "x2": "right"}
    assert field.isHidden()
    assert panel.scene.selected == "hidden layer"
    assert document.undo_stack.undoText() == "Rename left to hidden layer"


def test_escape_keeps_the_old_name(field, document):
    typed(field, "other")
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert field.isHidden()
    assert "left" in document.network.nodes
    assert document.clean


@pytest.mark.parametrize(
    ("name", "reason"), [("right", "already a layer"), ("a/b", "cannot name"), (" ", "cannot name")]
)
def test_bad_name_stays_and_says_why(field, document, panel, name, reason):
    typed(field, name)
    assert field.property("wrong")
    assert reason in panel.view.tip.text()
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert not field.isHidden()
    assert document.clean


def test_click_elsewhere_takes_the_name(field, document, hands):
    typed(field, "first")
    hands.click(hands.ground())
    assert "first" in document.network.nodes


def test_layer_removed_meanwhile_closes_the_field(field, document):
    document.apply(RemoveLayer("left"))
    assert field.isHidden()


def test_double_click_on_the_name(hands, panel, qtbot):
    qtbot.mouseDClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=hands.card("right", 40, 18))
    assert panel.view.rename_field.text() == "right"
    assert not panel.view.rename_field.isHidden()


def test_connect_by_keyboard(hands, panel, document):
    document.apply(Disconnect(Wire("join", "loss", "x")))
    document.apply(Disconnect(Wire("right", "join", "x2")))
    panel.scene.select("right")
    hands.act("connect")
    rows = panel.connections.list
    assert [rows.item(i).text() for i in range(rows.count())] == ["join.x2", "loss"]
    QTest.keyClicks(panel.connections.search, "lo")
    QTest.keyClick(panel.connections.search, Qt.Key.Key_Return)
    assert document.network.inputs_of("loss") == {"x": "right"}
    assert panel.connections.isHidden()
    assert panel.scene.selected == "loss"


def test_connect_list_walks_and_leaves(hands, panel, document):
    document.apply(Disconnect(Wire("join", "loss", "x")))
    document.apply(Disconnect(Wire("right", "join", "x2")))
    panel.scene.select("right")
    hands.act("connect")
    search = panel.connections.search
    QTest.keyClick(search, Qt.Key.Key_Down)
    assert panel.connections.list.currentItem().text() == "loss"
    QTest.keyClick(search, Qt.Key.Key_Up)
    assert panel.connections.list.currentItem().text() == "join.x2"
    QTest.keyClick(search, Qt.Key.Key_Escape)
    assert panel.connections.isHidden()
    assert document.network.inputs_of("join") == {"x1": "left"}


def test_nothing_to_connect_to_is_said(hands, panel):
    panel.scene.select("loss")
    hands.act("connect")
    panel.scene.select(None)
    hands.act("connect")
    assert ["No free port" in hands.refusals[0], "Select one layer" in hands.refusals[1]] == [True, True]


def test_problems_are_counted_listed_and_lead_to_their_layer(hands, panel, document):
    assert panel.problems_button.isHidden()
    document.apply(RemoveLayer("points"))
    count = len(document.report.problems)
    assert panel.problems_button.text() == f"{count} problems"
    hands.act("problems")
    rows = panel.problems.rows
    assert rows.count() == count
    number = next(i for i in range(count) if document.report.problems[i].layer == "right")
    rows.itemClicked.emit(rows.item(number))
    assert panel.scene.selected == "right"
    document.undo_stack.undo()
    assert panel.problems_button.isHidden()
    assert panel.problems.isHidden()


def test_escape_closes_the_list(hands, panel, document):
    document.apply(RemoveLayer("points"))
    hands.act("problems")
    assert not panel.problems.isHidden()
    hands.act("problems")
    assert panel.problems.isHidden()
