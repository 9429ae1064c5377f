"""Keys and clicks in the real window: where the focus goes, what is asked first, what a failure leaves possible."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from app.sidebar_lessons import PATH
from engine.errors import ChainruleError
from tests.app.conftest import Answers


@pytest.fixture
def spirals(live):
    """Opened anew, at step 0, in the active window."""
    live.open("spirals")
    live.window.activateWindow()
    live.window.canvas.view.setFocus()
    live.app.processEvents()
    return live


def press(live, qtbot, key) -> None:
    qtbot.keyClick(live.app.focusWidget(), key)


def test_return_in_the_rate_gives_the_keys_back(spirals, qtbot):
    window = spirals.window
    field = window.topbar.rate.field
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "0.2")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert window.document.network.training.learning_rate == 0.2
    assert window.canvas.view.hasFocus()
    press(spirals, qtbot, Qt.Key.Key_Space)
    spirals.until(lambda s: s.steps > 10)
    press(spirals, qtbot, Qt.Key.Key_Space)
    spirals.until(lambda s: s.state == "paused")
    press(spirals, qtbot, Qt.Key.Key_R)
    spirals.until(lambda s: s.state == "ready" and s.steps == 0)
    window.document.undo_stack.undo()


def test_arrows_step_whatever_has_the_focus_but_fields(spirals, qtbot):
    window = spirals.window
    spirals.window.canvas.select_layer("hidden 2")
    press(spirals, qtbot, Qt.Key.Key_Right)
    spirals.until(lambda s: s.cursor == 1)
    heat = window.plots.activations.map
    heat.set_array(np.ones((2, 2)))
    for widget in (heat, window.plots.curves.switch, window.sidebar.lessons.list, window.right.tabs):
        widget.setFocus()
        before = window.snapshot.cursor
        qtbot.keyClick(widget, Qt.Key.Key_Right)
        spirals.until(lambda s, before=before: s.cursor == before + 1)
        qtbot.keyClick(widget, Qt.Key.Key_Left)
        spirals.until(lambda s, before=before: s.cursor == before)
    field = window.topbar.rate.field
    field.setFocus()
    field.end(False)
    place = field.cursorPosition()
    qtbot.keyClick(field, Qt.Key.Key_Left)
    assert field.cursorPosition() == place - 1
    assert window.worker.latest.cursor == 1


def test_escape_in_a_heat_map_goes_back_to_the_canvas(spirals, qtbot):
    heat = spirals.window.plots.activations.map
    heat.set_array(np.ones((2, 2)))
    qtbot.mouseClick(heat, Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
    heat.setFocus()
    qtbot.keyClick(heat, Qt.Key.Key_Escape)
    assert spirals.window.canvas.view.hasFocus()


def test_lesson_asks_before_edits_are_lost(spirals):
    window = spirals.window
    lessons, usual = window.sidebar.lessons, window.files.dialogs
    window.files.dialogs = answers = Answers(unsaved="cancel")
    row = next(lessons.list.item(i) for i in range(lessons.list.count()) if "xor" in lessons.list.item(i).data(PATH))
    window.control.set_rate(0.7)
    try:
        lessons.list.setCurrentItem(row)
        lessons.list.itemClicked.emit(row)
        assert answers.asked == ["unsaved"]
        assert "spirals" in window.document.path
        assert "spirals" in lessons.list.selectedItems()[0].data(PATH)
        window.files.dialogs = answers = Answers(unsaved="discard")
        lessons.list.itemClicked.emit(row)
        assert "xor" in window.document.path
        spirals.until(lambda s: s.state == "ready" and s.generation == window.document.generation)
        lessons.list.itemClicked.emit(row)  # nothing to lose: nothing asked
        assert answers.asked == ["unsaved"]
    finally:
        window.files.dialogs = usual


def test_reset_builds_a_failed_session_anew(spirals, monkeypatch):
    window = spirals.window
    build = window.worker._loop.startup.build

    def fail(network):
        raise ChainruleError("no room just now")

    monkeypatch.setattr(window.worker._loop.startup, "build", fail)
    window.worker.open(window.document.network, window.document.generation)
    spirals.until(lambda s: s.state == "failed")
    assert window.actions_by_name["reset"].isEnabled()
    assert not window.actions_by_name["run"].isEnabled()
    monkeypatch.setattr(window.worker._loop.startup, "build", build)
    spirals.act("reset")
    assert spirals.until(lambda s: s.state == "ready").steps == 0
    assert not window.banner.isVisible()


def test_reset_is_not_offered_where_the_network_itself_is_wrong(spirals):
    spirals.window.control.add_layer("ReLU")
    assert spirals.window.snapshot.state == "failed"
    assert not spirals.window.actions_by_name["reset"].isEnabled()
    spirals.act("undo")
    spirals.until(lambda s: s.state == "ready")


def test_an_element_chosen_in_a_plot_is_explained(spirals):
    window = spirals.window
    spirals.act("step")
    shown = spirals.until(lambda s: s.cursor == 1 and s.explanation is not None).explanation
    last = tuple(size - 1 for size in shown.outgoing.shape)
    assert shown.element != last
    window.plots.element_chosen.emit(last)
    assert spirals.until(lambda s: s.explanation.element == last).explanation.instruction.index == 0


def test_minimap_goes_dark_with_the_cards(spirals):
    window = spirals.window
    dark = window.canvas.minimap.grab().toImage()
    spirals.act("step")
    spirals.until(lambda s: s.cursor == 1)
    asked = []
    window.canvas.minimap.update = lambda: asked.append(1)
    try:
        spirals.act("reset")
        spirals.until(lambda s: s.state == "ready" and s.cursor == 0)
        window.canvas.show_snapshot(dataclasses.replace(window.snapshot))
    finally:
        del window.canvas.minimap.update
    assert asked == [1]  # once, for the lights have changed once
    assert window.canvas.minimap.grab().toImage() == dark


PAGES = {
    "page_layers": "Search layers", "page_data": "Data set", "page_train": None, "page_lessons": "Lessons",
    "page_layer": None, "page_operation": "operations of one training step", "page_tensor": None,
}  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_reached_by_a_key_of_its_own(spirals, name):
    window = spirals.window
    window.canvas.select_layer("hidden 2")
    spirals.act(name)
    spirals.app.processEvents()
    field = spirals.app.focusWidget()
    sides = (window.sidebar.pages.currentWidget(), window.right.pages.currentWidget())
    assert any(page.isAncestorOf(field) for page in sides), field
    if PAGES[name]:
        assert field.accessibleName() == PAGES[name]
    assert window.actions_by_name[name].shortcuts()


def test_data_are_chosen_by_keyboard(spirals, qtbot):
    window = spirals.window
    before = window.document.network.data
    spirals.act("palette")
    qtbot.keyClicks(window.palette_box.field, "circles data")
    qtbot.keyClick(window.palette_box.field, Qt.Key.Key_Return)
    spirals.until(lambda s: s.state == "ready" and window.document.network.data.kind == "circles")
    window.document.undo_stack.undo()
    assert window.document.network.data == before
