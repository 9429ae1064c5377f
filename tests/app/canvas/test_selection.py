"""Select, move, copy, align and remove with mouse and keys; every deed is one entry of the history."""

from __future__ import annotations

import subprocess
import sys

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication

from app import editing_actions

CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)


@pytest.fixture
def everything(document, panel):
    """Compare with the state before."""
    before = document.network.copy()
    return lambda: document.network.same_document(before)


def test_ctrl_and_shift_click_add_and_take_away(hands, panel):
    hands.click(hands.card("left"))
    hands.click(hands.card("right"), CTRL)
    hands.click(hands.card("join"), SHIFT)
    assert panel.editor.ids == ["left", "right", "join"]
    hands.click(hands.card("right"), CTRL)
    assert panel.editor.ids == ["left", "join"]
    hands.click(hands.card("left"))
    assert panel.editor.ids == ["left"]


def test_rubber_band(hands, panel):
    corner, far = hands.card("left", -20, -20), hands.card("right", 100, 100)
    hands.press(corner)
    hands.pull(corner, far)
    assert panel.editor.ids == ["left", "right"]
    hands.let_go(far)
    assert panel.editor.ids == ["left", "right"]
    hands.click(hands.card("join"), CTRL)
    hands.drag(hands.card("points", -10, -20), hands.card("points", 20, 20), CTRL)
    assert panel.editor.ids == ["points", "left", "right", "join"]
    hands.click(hands.ground())
    assert panel.editor.ids == []


def test_rubber_band_given_up_leaves_the_selection(hands, panel):
    hands.click(hands.card("join"))
    corner = hands.card("left", -20, -20)
    hands.press(corner)
    hands.pull(corner, hands.card("right", 100, 100))
    hands.key(Qt.Key.Key_Escape)
    assert panel.editor.ids == ["join"]
    hands.let_go(corner)


def test_selected_cards_move_together_as_one_edit(hands, panel, document):
    hands.click(hands.card("left"))
    hands.click(hands.card("right"), CTRL)
    before = {id: document.network.nodes[id].position for id in ("left", "right", "join")}
    hands.drag(hands.card("left"), hands.card("left") + QPoint(30, 20))
    after = {id: document.network.nodes[id].position for id in before}
    by = [(after[id][0] - before[id][0], after[id][1] - before[id][1]) for id in ("left", "right")]
    assert by[0][0] > 20
    assert by[0] == pytest.approx(by[1], abs=4)
    assert after["join"] == before["join"]
    assert document.undo_stack.count() == 1


def test_escape_puts_dragged_cards_back(hands, panel, document):
    start = hands.card("left")
    hands.press(start)
    hands.pull(start, start + QPoint(60, 60))
    hands.key(Qt.Key.Key_Escape)
    hands.let_go(start + QPoint(60, 60))
    assert panel.scene.moved() == ()
    assert document.undo_stack.count() == 0


def test_delete_takes_layers_with_their_wires_and_undo_brings_them_back(hands, panel, document, everything):
    hands.act("select_all")
    assert len(panel.editor.ids) == 5
    hands.act("delete")
    assert document.network.nodes == {}
    assert document.undo_stack.count() == 1
    document.undo_stack.undo()
    assert everything()


def test_copy_paste_keeps_wires_and_frees_names(hands, panel, document):
    hands.click(hands.card("left"))
    hands.click(hands.card("join"), CTRL)
    hands.act("copy")
    hands.act("paste")
    assert panel.editor.ids == ["left1", "join1"]
    network = document.network
    assert network.inputs_of("join1") == {"x1": "left1"}
    assert network.nodes["left1"].attrs == network.nodes["left"].attrs
    assert network.nodes["left1"].position[0] > network.nodes["left"].position[0]
    hands.act("paste")
    assert network.nodes["left2"].position != network.nodes["left1"].position
    assert document.undo_stack.count() == 2


def test_cut_and_paste_is_the_same_network_again(hands, document, everything):
    hands.click(hands.card("left"))
    hands.act("cut")
    assert "left" not in document.network.nodes
    hands.act("paste")
    assert document.network.nodes["left"].attrs["units"] == 8
    document.undo_stack.undo()
    document.undo_stack.undo()
    assert everything()


def test_duplicate_leaves_the_clipboard_alone(hands, panel, document):
    QApplication.clipboard().setText("mine")
    hands.click(hands.card("right"))
    hands.act("duplicate")
    assert panel.editor.ids == ["right1"]
    assert QApplication.clipboard().text() == "mine"


COPY_AND_GO = """
from app.main import make_application
app = make_application("dark")
from app.canvas import CanvasPanel
from app.document import Document
from engine.network import Network
network = Network()
network.add("Input", shape=(2,), id="points")
panel = CanvasPanel(Document(network))
panel.scene.select("points")
assert panel.editor.copy()
assert "points" in app.clipboard().text()
"""


def test_the_program_ends_well_with_layers_on_the_clipboard(root):
    # Qt's own clipboard outlives the interpreter: an object of Python's on it ended the process with signal 11
    done = subprocess.run([sys.executable, "-c", COPY_AND_GO], cwd=root, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("text", [
    "", "not layers", "{", "[]", '{"format": "chainrule", "version": 1, "layers": [{"id": "a", "kind": "Nope"}]}',
    '{"format": "chainrule", "version": 1, "layers": [], "wires": []}',
    '{"format": "chainrule", "version": 1, "layers": [{"id": "a", "kind": "Dense", "attrs": {"units": -1}}]}',
    "{" * 5000,
])  # fmt: skip
def test_foreign_clipboard_is_refused_in_words(hands, document, everything, text):
    QApplication.clipboard().setText(text)
    hands.act("paste")
    assert len(hands.refusals) == 1
    assert "clipboard" in hands.refusals[0]
    assert everything()


def test_align_and_distribute(hands, panel, document):
    panel.scene.select_all(["points", "left", "join"])
    hands.act("align_left")
    nodes = document.network.nodes
    assert {nodes[id].position[0] for id in ("points", "left", "join")} == {nodes["points"].position[0]}
    document.undo_stack.undo()
    hands.act("align_top")
    assert len({nodes[id].position[1] for id in ("points", "left", "join")} - {nodes["right"].position[1]}) >= 1
    tops = {document.network.nodes[id].position[1] for id in ("points", "left", "join")}
    assert len(tops) == 1
    document.undo_stack.undo()
    hands.key(Qt.Key.Key_Up, ALT)
    panel.scene.select_all(["points", "left", "loss"])
    hands.act("distribute_across")
    x = [document.network.nodes[id].position[0] for id in ("points", "left", "loss")]
    assert x[1] - x[0] == pytest.approx(x[2] - x[1])


def test_alt_arrows_nudge_as_one_entry_and_plain_ones_do_not(hands, panel, document):
    hands.click(hands.card("left"))
    x, y = document.network.nodes["left"].position
    for _ in range(3):
        hands.key(Qt.Key.Key_Right, ALT)
    hands.key(Qt.Key.Key_Down, ALT)
    assert document.network.nodes["left"].position == (x + 24, y + 8)
    assert document.undo_stack.count() == 1
    hands.key(Qt.Key.Key_Right)  # steps: an action of the window
    assert document.network.nodes["left"].position == (x + 24, y + 8)
    document.undo_stack.undo()
    assert document.network.nodes["left"].position == (x, y)


def test_tab_walks_through_the_layers_and_then_leaves(hands, panel, qtbot):
    seen = []
    for _ in range(5):
        hands.key(Qt.Key.Key_Tab)
        seen.append(panel.scene.selected)
    assert seen == ["points", "left", "right", "join", "loss"]
    hands.key(Qt.Key.Key_Backtab)
    assert panel.scene.selected == "join"
    panel.scene.select("loss")
    panel.view.setFocus()
    hands.key(Qt.Key.Key_Tab)
    assert panel.scene.selected == "loss"
    assert not panel.view.hasFocus()


def test_escape_clears_the_selection(hands, panel):
    hands.click(hands.card("left"))
    hands.key(Qt.Key.Key_Escape)
    assert panel.editor.ids == []


def test_menu_offers_what_can_be_done(hands, panel):
    def enabled() -> set[str]:
        menu = editing_actions.context_menu(panel)
        return {entry.text() for entry in menu.actions() if entry.text() and entry.isEnabled()}

    assert not {"Cut", "Delete", "Rename the layer", "Align left"} & enabled()
    assert {"Paste", "Select everything", "Arrange the layers"} <= enabled()
    hands.click(hands.card("left"))
    assert {"Cut", "Delete", "Rename the layer", "Connect to …"} <= enabled()
    assert "Align left" not in enabled()
    hands.click(hands.card("right"), CTRL)
    assert "Align left" in enabled()
    assert "Rename the layer" not in enabled()


def test_right_click_selects_and_asks_for_the_menu(hands, panel, qtbot):
    with qtbot.waitSignal(panel.view.menu_wanted, timeout=500):
        qtbot.mouseClick(panel.view.viewport(), Qt.MouseButton.RightButton, pos=hands.card("join"))
    assert panel.editor.ids == ["join"]
    panel.menu.close()
    key = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(5, 5), panel.mapToGlobal(QPoint(5, 5)))
    with qtbot.waitSignal(panel.view.menu_wanted, timeout=500):
        QApplication.sendEvent(panel.view.viewport(), key)
    assert panel.editor.ids == ["join"]
    panel.menu.close()


def test_second_button_gives_a_gesture_up(hands, panel, document, qtbot):
    start = hands.card("left")
    hands.press(start)
    hands.pull(start, start + QPoint(50, 50))
    qtbot.mousePress(panel.view.viewport(), Qt.MouseButton.RightButton, pos=start)
    assert panel.view.gesture is None
    assert panel.scene.nodes["left"].pos() == QPointF(*document.network.nodes["left"].position)


def test_a_band_that_is_given_up_selects_what_was_selected(hands, panel, document):
    panel.scene.select("join")
    hands.press(hands.ground())
    hands.pull(hands.ground(), hands.ground() + QPoint(60, -60))
    assert panel.editor.ids == []
    panel.view.zoom(0.05)  # of a large network, cards out of sight are put away
    panel.view.cancel_gesture()
    assert panel.editor.ids == ["join"]
