"""Fields give the keys back to the canvas: on Enter, on Escape, and when a button of the top bar is clicked."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

RETURN, ESCAPE, SPACE = Qt.Key.Key_Return, Qt.Key.Key_Escape, Qt.Key.Key_Space
LAYER = "hidden 2"


@pytest.fixture
def spirals(live):
    """Opened anew, at step 0, a layer chosen, in the active window."""
    live.open("spirals")
    live.window.activateWindow()
    live.window.canvas.select_layer(LAYER)
    live.window.canvas.view.setFocus()
    live.app.processEvents()
    yield live
    while live.window.document.undo_stack.canUndo():
        live.window.document.undo_stack.undo()


def type_over(live, qtbot, line, text: str) -> None:
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, text)
    assert live.app.focusWidget() is line


def units(window) -> int:
    return window.document.network.nodes[LAYER].attrs["units"]


@pytest.mark.parametrize("key", [RETURN, Qt.Key.Key_Enter, ESCAPE])
def test_a_setting_is_left_and_space_runs(spirals, qtbot, key):
    window = spirals.window
    before = units(window)
    line = window.right.layer_panel.edited.fields["units"].line
    type_over(spirals, qtbot, line, "24")
    qtbot.keyClick(line, key)
    assert window.canvas.view.hasFocus()
    assert units(window) == (before if key == ESCAPE else 24)
    spirals.until(lambda s: s.state == "ready")
    qtbot.keyClick(spirals.app.focusWidget(), SPACE)
    spirals.until(lambda s: s.steps > 10)
    qtbot.keyClick(spirals.app.focusWidget(), SPACE)
    spirals.until(lambda s: s.state == "paused")


def test_escape_gives_up_what_has_taken_effect_while_it_was_typed(spirals, qtbot):
    window = spirals.window
    before = units(window)
    line = window.right.layer_panel.edited.fields["units"].line
    type_over(spirals, qtbot, line, "24")
    spirals.until(lambda _: units(window) == 24)
    qtbot.keyClick(line, ESCAPE)
    assert units(window) == before
    assert line.text() == str(before)
    assert window.document.clean


def test_the_name_is_left_and_escape_restores_it(spirals, qtbot):
    window = spirals.window
    line = window.right.layer_panel.name.line
    type_over(spirals, qtbot, line, "other")
    qtbot.keyClick(line, ESCAPE)
    assert line.text() == LAYER
    assert window.canvas.view.hasFocus()
    type_over(spirals, qtbot, line, "output")  # the name of another layer
    qtbot.keyClick(line, RETURN)
    assert line.hasFocus()  # it stays to be mended
    type_over(spirals, qtbot, line, "other")
    qtbot.keyClick(line, RETURN)
    assert "other" in window.document.network.nodes
    assert window.canvas.view.hasFocus()


@pytest.mark.parametrize("key", [RETURN, ESCAPE])
def test_fields_of_the_train_page_are_left(spirals, qtbot, key):
    window = spirals.window
    window.sidebar.tabs.setCurrentIndex(2)
    before = window.document.network.training.epochs
    fields = window.sidebar.training.form.fields
    type_over(spirals, qtbot, fields["epochs"].line, "77")
    qtbot.keyClick(fields["epochs"].line, key)
    assert window.document.network.training.epochs == (before if key == ESCAPE else 77)
    assert window.canvas.view.hasFocus()
    fields["optimizer"].box.setFocus()
    qtbot.keyClick(fields["optimizer"].box, key)
    assert window.canvas.view.hasFocus()


def test_the_layers_search_keeps_adding_until_escape(spirals, qtbot):
    window = spirals.window
    window.sidebar.tabs.setCurrentIndex(0)
    search, count = window.sidebar.layers.search, len(window.document.network.nodes)
    type_over(spirals, qtbot, search, "relu")
    for _ in range(2):
        qtbot.keyClick(search, RETURN)
        assert search.hasFocus()
    assert len(window.document.network.nodes) == count + 2
    qtbot.keyClick(search, ESCAPE)
    assert search.text() == ""
    assert window.canvas.view.hasFocus()


@pytest.mark.parametrize("name", ["step", "run"])
def test_a_click_on_a_transport_button_leaves_a_field(spirals, qtbot, name):
    window = spirals.window
    field = window.topbar.rate.field
    type_over(spirals, qtbot, field, "0.2")
    qtbot.mouseClick(window.topbar.buttons[name], Qt.MouseButton.LeftButton)
    assert window.canvas.view.hasFocus()
    assert window.document.network.training.learning_rate == 0.2
    spirals.until(lambda s: s.cursor == 1 or s.steps > 10)
    window.worker.pause()


def test_a_button_pressed_by_keyboard_keeps_the_keys(spirals, qtbot):
    button = spirals.window.topbar.buttons["step"]
    button.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(button, SPACE)
    assert button.hasFocus()


def test_alt_5_and_alt_3_go_to_the_first_setting(spirals):
    window = spirals.window
    for layer in ("output", LAYER):  # the form is built anew in between
        window.canvas.select_layer(layer)
        spirals.act("page_layer")
        assert spirals.app.focusWidget() is window.right.layer_panel.edited.fields["units"].line
    spirals.act("page_train")
    assert spirals.app.focusWidget() is window.sidebar.training.form.fields["optimizer"].box


def test_alt_5_spares_the_name_of_a_layer_without_settings(spirals):
    window = spirals.window
    window.control.add_layer("Tanh")
    spirals.act("page_layer")
    assert spirals.app.focusWidget() is not window.right.layer_panel.name.line
    assert window.right.isAncestorOf(spirals.app.focusWidget())


def test_tab_goes_from_setting_to_setting(spirals, qtbot):
    panel = spirals.window.right.layer_panel
    for layer in (next(iter(spirals.window.document.network.nodes)), LAYER):
        spirals.window.canvas.select_layer(layer)
        panel.name.line.setFocus()
        for name in panel.edited.shown():
            qtbot.keyClick(spirals.app.focusWidget(), Qt.Key.Key_Tab)
            assert spirals.app.focusWidget() is panel.edited.fields[name].focusProxy()


def test_another_document_shows_what_it_is_about(spirals):
    window = spirals.window
    window.control.show_operations()
    spirals.open("xor")
    assert window.right.pages.currentWidget() is window.right.layer_panel
    assert window.document.network.description[:20] in window.right.layer_panel.summary.text()
