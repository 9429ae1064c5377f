"""Layers dragged in from the palette."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt
from PySide6.QtTest import QTest

from app.canvas.drop import MIME, mime_of
from app.sidebar_layers import KIND, LayersPanel, LayersTree
from engine.network import Wire


def test_drop_puts_the_centre_under_the_pointer(hands, document):
    spot = hands.ground()
    assert hands.drop(mime_of("Dense"), spot)
    node = document.network.nodes["dense1"]
    centre = hands.view.mapToScene(spot)
    assert node.position == pytest.approx((centre.x() - 92, centre.y() - 82), abs=4)
    assert document.undo_stack.undoText() == "Add dense1"
    assert hands.scene.selected == "dense1"


def test_drop_on_a_wire_inserts_as_one_edit_and_makes_room(hands, document):
    before = document.network.copy()
    at = hands.wire("join", "loss", "x")
    mime = mime_of("Dense")
    assert hands.drop(mime, at)
    wires = document.network.wires
    assert Wire("join", "dense1", "x") in wires
    assert Wire("dense1", "loss", "x") in wires
    assert Wire("join", "loss", "x") not in wires
    places = {id: node.position for id, node in document.network.nodes.items()}
    assert places["join"][0] + 184 < places["dense1"][0] < places["loss"][0] - 184
    assert document.undo_stack.count() == 1
    document.undo_stack.undo()
    assert document.network.same_document(before)


def test_wire_lights_up_under_the_drag(hands, monkeypatch):
    seen = []
    monkeypatch.setattr(hands.view._drop, "drop", lambda event: seen.append(
        (hands.scene.wires["join", "loss", "x"].hot, hands.view.tip.text())))  # fmt: skip
    hands.drop(mime_of("Tanh"), hands.wire("join", "loss", "x"))
    assert seen == [(True, "Insert between join and loss")]
    hands.view._drop.gone()
    assert not hands.scene.wires["join", "loss", "x"].hot


@pytest.mark.parametrize("kind", ["Input", "CrossEntropy"])
def test_ends_of_a_network_are_never_inserted(hands, document, kind):
    wires = document.network.wires
    assert hands.drop(mime_of(kind), hands.wire("join", "loss", "x"))
    assert document.network.wires == wires
    assert len(document.network.nodes) == 6


def test_foreign_things_are_refused(hands, document):
    text, unknown = QMimeData(), QMimeData()
    text.setText("Dense")
    unknown.setData(MIME, b"NoSuchLayer\xff")
    for mime in (text, unknown):
        assert not hands.drop(mime, hands.ground())
    assert len(document.network.nodes) == 5


def test_dropped_on_a_card_it_lies_free(hands, document):
    assert hands.drop(mime_of("Dense"), hands.card("left"))
    x, y = document.network.nodes["dense1"].position
    others = [node.position for id, node in document.network.nodes.items() if id != "dense1"]
    assert all(abs(x - a) >= 184 or abs(y - b) >= 164 for a, b in others)


def test_press_and_pull_in_the_palette_start_a_drag(app, qtbot, monkeypatch):
    begun = []
    monkeypatch.setattr(LayersTree, "startDrag", lambda self, actions: begun.append(self.currentItem().data(0, KIND)))
    layers = LayersPanel()
    qtbot.addWidget(layers)
    layers.resize(220, 600)
    layers.show()
    row = layers.tree.topLevelItem(0).child(0)
    at, port = layers.tree.visualItemRect(row).center(), layers.tree.viewport()
    QTest.mousePress(port, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    for part in range(1, 6):
        QTest.mouseMove(port, at + QPoint(8 * part, 0))
    QTest.mouseRelease(port, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    assert begun
    assert set(begun) == {"Input"}


def test_added_beside_the_selected_layer_and_wired(hands, document, panel):
    middle = panel.view.mapToScene(QPoint(10, 10))
    panel.scene.select("join")
    panel.editor.add("Dense", middle)
    assert document.network.inputs_of("dense1") == {"x": "join"}
    assert document.undo_stack.count() == 1
    panel.editor.add("SquaredError", middle)
    assert document.network.inputs_of("squared_error1") == {"x": "dense1"}
    panel.editor.add("Tanh", middle)
    assert document.network.inputs_of("tanh1") == {}
