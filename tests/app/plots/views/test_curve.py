"""The board: drawing with the mouse and with keys, one edit that can be undone, and what is drawn over it."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

import engine
from app.document import Document
from app.plots.board import HEIGHT
from app.plots.views import views
from app.watches.base import Trouble
from app.watches.curve import Watch
from engine.data import DataSpec
from engine.data.curve import READY
from engine.files import LESSONS, SUFFIX
from tests.app.plots.samples import snapshot


def document_of(name: str = "drawn_curve") -> Document:
    document = Document()
    document.open(str(LESSONS / f"{name}{SUFFIX}"))
    return document


@pytest.fixture
def card(qtbot):
    widget = views()["curve"].card()
    qtbot.addWidget(widget)
    widget.resize(420, 240)
    widget.show()
    widget.set_document(document_of())
    widget.show_snapshot(snapshot(views={}))
    return widget


def drag(qtbot, board, *places: tuple[float, float]) -> None:
    across, down = board.to_widget(*np.array(places).T)
    points = [QPoint(round(x), round(y)) for x, y in zip(across, down, strict=True)]
    qtbot.mousePress(board, Qt.MouseButton.LeftButton, pos=points[0])
    for point in points[1:]:
        qtbot.mouseMove(board, point)
    qtbot.mouseRelease(board, Qt.MouseButton.LeftButton, pos=points[-1])


def test_a_stroke_becomes_the_data_by_one_edit_that_can_be_undone(card, qtbot):
    document, before = card.document, card.document.network.data
    drag(qtbot, card.board, (-4.2, 0.5), (-1, -0.5), (2, 1), (4.2, 1))
    spec = document.network.data
    x, y = np.array(spec.options["points"]).T
    assert document.undo_stack.count() == 1
    assert (x[0], x[-1]) == (-4, 4)
    assert np.interp([-1, 0.5, 3], x, y) == pytest.approx([-0.5, 0.25, 1], abs=0.05)
    assert spec.options["samples"] == before.options["samples"]
    document.undo_stack.undo()
    assert document.network.data == before
    assert np.interp(card.board.across, *np.array(before.options["points"]).T) == pytest.approx(card.board.up)


def test_a_part_can_be_drawn_anew_and_the_rest_stays(card, qtbot):
    old = card.board.up.copy()
    drag(qtbot, card.board, (-3, 1), (-2, 1))
    far = np.abs(card.board.across + 2.5) > 0.7
    assert card.board.up[far] == pytest.approx(old[far], abs=0.01)
    assert card.board.up[np.abs(card.board.across + 2.5) < 0.3] == pytest.approx(1, abs=0.05)
    drag(qtbot, card.board, (0, 5), (1, 5))  # above the board
    assert card.board.up.max() <= HEIGHT


def test_keys_bend_the_curve_and_are_one_edit(card, qtbot):
    old = card.board.up.copy()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Up):
        qtbot.keyClick(card.board, key)
    assert card.board.up[card.board.place] - old[card.board.place] == pytest.approx(0.15, abs=0.01)
    assert card.board.up[0] == pytest.approx(old[0], abs=0.01)
    assert card.document.undo_stack.count() == 1


def test_ready_curves_and_a_single_click(card, qtbot):
    actions = card.ready.menu().actions()
    assert [action.text() for action in actions] == list(READY)
    actions[1].trigger()
    assert card.document.network.data.options["points"] == READY["Step"]
    actions[1].trigger()
    assert card.document.undo_stack.count() == 1
    card.document.replace(card.document.network.copy())
    card.board.set_points(None)
    drag(qtbot, card.board, (0, 0.5))
    assert card.document.undo_stack.count() == 0


def test_it_begins_a_curve_where_there_is_none_and_needs_one_input(card, qtbot):
    network = engine.Network()
    network.add("Input", shape=(1,))
    card.document.replace(network)
    card.show_snapshot(snapshot(views={}))
    assert not card.is_empty
    assert not np.isfinite(card.board.up).any()
    card.grab()
    drag(qtbot, card.board, (-1, 0), (2, 0.5))
    assert card.document.network.data.kind == "curve"
    x = np.array(card.document.network.data.options["points"])[:, 0]
    assert (x[0], x[-1]) == pytest.approx((-1, 2), abs=0.05)
    card.set_document(document_of("iris"))
    card.show_snapshot(snapshot(views={}))
    assert card.is_empty
    assert "one number in" in card.message.text()
    assert card.table() is None


def test_answer_and_units_are_drawn_and_saved(card):
    session = engine.Session.from_network(card.document.network)
    session.train(steps=200)
    clean = card.board.grab().toImage()
    card.show_snapshot(snapshot(views={"curve": Watch(session).look()}, metrics={"val_r2": 0.5}))
    assert card.board.grab().toImage() != clean
    assert card.remark.text() == "24 units, R² 0.5000"
    lines = card.table().to_csv().decode().splitlines()
    assert lines[0].startswith("x,curve,network,unit 1,")
    assert len(lines) == 1 + len(card.board.fit.x)
    session.set_parameter_block(np.full_like(session.parameter_block(), np.nan))
    card.show_snapshot(snapshot(views={"curve": Watch(session).look()}, metrics={}))
    card.grab()
    card.show_snapshot(snapshot(views={"curve": Trouble("No room.")}))
    assert card.message.text() == "No room."


def test_the_old_document_is_let_go(card):
    first = card.document
    card.set_document(document_of("iris"))
    first.replace(first.network.copy())
    assert card.is_empty
    assert card.document.network.data != DataSpec.of("curve")
