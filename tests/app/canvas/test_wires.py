"""Wires drawn, refused, moved and taken away with the mouse."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt

from app.canvas import geometry as g
from app.canvas.items import FADED
from app.canvas.ports import Port, port_at
from engine.edits import AddLayer, Disconnect, SetAttributes
from engine.network import Wire

JOINED = Wire("join", "loss", "x")


@pytest.fixture
def loose(document, panel, hands):
    """The loss has no wire yet."""
    document.apply(Disconnect(JOINED))
    return hands


def test_output_to_input(loose, document):
    before = document.undo_stack.count()
    loose.drag(loose.port("join"), loose.port("loss", "x"))
    assert JOINED in document.network.wires
    assert document.undo_stack.count() == before + 1
    assert document.undo_stack.undoText() == "Connect join → loss"
    document.undo_stack.undo()
    assert JOINED not in document.network.wires


def test_backwards_from_an_input(loose, document):
    loose.drag(loose.port("loss", "x"), loose.port("join"))
    assert JOINED in document.network.wires


def test_release_on_a_card_takes_its_first_free_port(loose, document):
    loose.drag(loose.port("join"), loose.card("loss"))
    assert JOINED in document.network.wires


def test_release_on_the_ground_cancels(loose, document):
    wires = document.network.wires
    loose.drag(loose.port("join"), loose.ground())
    assert document.network.wires == wires
    assert loose.view.gesture is None
    assert not loose.view.tip.isVisible()


def test_escape_cancels(loose, document):
    wires = document.network.wires
    loose.press(loose.port("join"))
    loose.pull(loose.port("join"), loose.port("loss", "x"))
    loose.key(Qt.Key.Key_Escape)
    assert all(item.verdicts is None for item in loose.scene.nodes.values())
    loose.let_go(loose.port("loss", "x"))
    assert document.network.wires == wires


def test_ports_light_up_and_others_fade(loose):
    loose.press(loose.port("join"))
    loose.pull(loose.port("join"), loose.port("join") + QPoint(30, 40))
    nodes = loose.scene.nodes
    assert nodes["loss"].verdicts == {"": "none", "x": "fits"}
    assert nodes["loss"].opacity() == 1.0
    assert nodes["left"].verdicts["x"] == "refused"
    assert nodes["left"].opacity() == pytest.approx(FADED)
    loose.let_go(loose.ground())
    assert nodes["left"].opacity() == 1.0


def test_cycle_is_refused_with_its_reason(hands, document):
    wires = document.network.wires
    hands.press(hands.port("join"))
    hands.pull(hands.port("join"), hands.port("left", "x"))
    assert "would close a cycle" in hands.view.tip.text()
    assert hands.view.tip.isVisible()
    hands.let_go(hands.port("left", "x"))
    assert document.network.wires == wires
    assert hands.view.tip.isVisible()
    assert document.undo_stack.count() == 0


def test_taken_port_is_refused_with_its_reason(hands, document):
    wires = document.network.wires
    hands.drag(hands.port("points"), hands.port("join", "x1"))
    assert document.network.wires == wires
    assert "is taken by left" in hands.view.tip.text()


def test_nothing_goes_into_an_input(hands, document):
    hands.drag(hands.port("left"), hands.card("points"))
    assert "points takes no wire" in hands.view.tip.text()


def test_shapes_that_do_not_fit_may_be_mended_later(panel, hands, document):
    network = document.network
    document.apply(AddLayer(network.new_node("Add", "sum", (400.0, 700.0), {}), (Wire("left", "sum", "x1"),)))
    document.apply(AddLayer(network.new_node("Dense", "narrow", (100.0, 700.0), {"units": 3}),
                            (Wire("points", "narrow", "x"),)))  # fmt: skip
    panel.view.fit()
    hands.press(hands.port("narrow"))
    hands.pull(hands.port("narrow"), hands.port("sum", "x2"))
    assert panel.scene.nodes["sum"].verdicts["x2"] == "mend"
    assert "Fits once mended" in panel.view.tip.text()
    hands.let_go(hands.port("sum", "x2"))
    assert Wire("narrow", "sum", "x2") in document.network.wires
    assert any(problem.code == "shape" for problem in document.report.problems)


def test_end_dragged_off_disconnects(hands, document):
    hands.drag(hands.port("loss", "x"), hands.ground())
    assert JOINED not in document.network.wires
    assert document.undo_stack.undoText() == "Disconnect join → loss"


def test_end_dragged_to_another_port_and_back_again(hands, document):
    document.apply(Disconnect(Wire("right", "join", "x2")))
    hands.drag(hands.port("join", "x1"), hands.port("join", "x2"))
    assert Wire("left", "join", "x2") in document.network.wires
    assert Wire("left", "join", "x1") not in document.network.wires
    count = document.undo_stack.count()
    hands.drag(hands.port("join", "x2"), hands.port("join", "x2") + QPoint(2, 8))
    assert document.undo_stack.count() == count


def test_click_selects_a_wire_and_delete_removes_it(hands, document, panel):
    hands.click(hands.wire("join", "loss", "x"))
    assert panel.scene.wires["join", "loss", "x"].isSelected()
    hands.act("delete")
    assert JOINED not in document.network.wires
    document.undo_stack.undo()
    assert JOINED in document.network.wires


def test_hover_lights_port_and_wire(hands, panel, qtbot):
    qtbot.mouseMove(panel.view.viewport(), hands.port("left"))
    assert panel.scene.nodes["left"].hot == ""
    qtbot.mouseMove(panel.view.viewport(), hands.wire("join", "loss", "x"))
    assert panel.scene.nodes["left"].hot is None
    assert panel.scene.wires["join", "loss", "x"].hot
    qtbot.mouseMove(panel.view.viewport(), hands.ground())
    assert not panel.scene.wires["join", "loss", "x"].hot


def test_nearest_port_within_reach(panel, hands):
    spot = panel.view.mapToScene(hands.port("join", "x2"))
    assert port_at(panel.scene, spot, 1.0) == Port("join", "x2")
    assert port_at(panel.scene, panel.view.mapToScene(hands.card("join")), 1.0) is None


def test_edit_while_a_wire_is_drawn_gives_it_up(loose, document):
    loose.press(loose.port("join"))
    loose.pull(loose.port("join"), loose.port("loss", "x"))
    document.undo_stack.undo()
    assert loose.view.gesture is None
    loose.let_go(loose.port("loss", "x"))
    assert document.network.wires.count(JOINED) == 1


def test_wires_follow_when_a_layer_gets_more_ports(panel, document):
    document.apply(SetAttributes("join", {"inputs": 3}))
    item = panel.scene.nodes["join"]
    assert item.card.ports == ("x1", "x2", "x3")
    assert panel.scene.wires["left", "join", "x1"].path.currentPosition() == item.pos() + g.input_port(0, 3)


def along(hands, share: float, *key: str) -> QPoint:
    """A place on a wire, as a share of its length, in the viewport."""
    return hands.view.mapFromScene(hands.scene.wire(key).path.pointAtPercent(share))


def test_source_end_pulled_to_another_output(hands, document):
    start = along(hands, 0.2, "left", "join", "x1")
    document.apply(Disconnect(Wire("right", "join", "x2")))
    count = document.undo_stack.count()
    hands.press(start)
    hands.pull(start, hands.port("right"))
    assert hands.scene.card("right").verdicts[""] == "fits"
    assert hands.scene.card("loss").opacity() == pytest.approx(FADED)
    hands.let_go(hands.port("right"))
    assert set(document.network.wires) & {Wire("left", "join", "x1"), Wire("right", "join", "x1")} == {
        Wire("right", "join", "x1")
    }
    assert document.undo_stack.count() == count + 1
    document.undo_stack.undo()
    assert document.network.inputs_of("join") == {"x1": "left"}


def test_source_end_back_on_its_own_port_is_nothing(hands, document):
    start = along(hands, 0.25, "left", "join", "x1")
    hands.press(start)
    hands.pull(start, hands.port("left") + QPoint(-60, 60))
    wire = hands.scene.wire(("left", "join", "x1"))
    assert not wire.plain  # the bundle would paint it in full
    assert wire.opacity() == pytest.approx(0.15)
    hands.key(Qt.Key.Key_Escape)
    assert wire.plain
    hands.drag(along(hands, 0.25, "left", "join", "x1"), hands.port("left"))
    assert document.undo_stack.count() == 0
    assert hands.scene.wire(("left", "join", "x1")).opacity() == 1.0


def test_source_end_into_a_cycle_is_refused(hands, document):
    wires = document.network.wires
    hands.drag(along(hands, 0.2, "points", "left", "x"), hands.port("join"))
    assert document.network.wires == wires
    assert "would close a cycle" in hands.view.tip.text()


def test_source_end_dropped_on_the_ground_disconnects(hands, document):
    hands.drag(along(hands, 0.2, "left", "join", "x1"), hands.ground())
    assert "x1" not in document.network.inputs_of("join")
    assert document.undo_stack.undoText() == "Disconnect left → join"


def test_target_end_pulled_by_the_wire(hands, document):
    document.apply(Disconnect(Wire("right", "join", "x2")))
    hands.drag(along(hands, 0.8, "left", "join", "x1"), hands.port("join", "x2"))
    assert document.network.inputs_of("join") == {"x2": "left"}


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_hand_that_slips_on_a_wire_only_selects_it(hands, document, share):
    at = along(hands, share, "left", "join", "x1")
    hands.drag(at, at + QPoint(4, 6))
    assert document.undo_stack.count() == 0
    assert hands.scene.wire(("left", "join", "x1")).isSelected()


def test_selected_wire_is_taken_by_its_output_others_begin_there(hands, document):
    hands.click(along(hands, 0.5, "left", "join", "x1"))
    document.apply(Disconnect(Wire("right", "join", "x2")))
    hands.drag(hands.port("left"), hands.port("right"))
    assert document.network.inputs_of("join") == {"x1": "right"}
    hands.scene.clearSelection()
    hands.drag(hands.port("left"), hands.port("join", "x2"))
    assert document.network.inputs_of("join") == {"x1": "right", "x2": "left"}
