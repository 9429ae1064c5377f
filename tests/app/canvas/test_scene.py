"""The scene follows the document, and changes it through the document alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt

from app import theme
from app.canvas import geometry as g
from app.canvas.pill import pill_label, pill_scale
from app.snapshot import Snapshot
from engine.edits import AddLayer, MoveLayers, RemoveLayer, SetAttributes
from engine.instructions import Instruction

BACKWARD = Instruction(7, "backward", "left", "tanh_grad", "tanh", "", "", ("left.a.grad", "left.a"), ("left.z.grad",),
                       ((4, 8), (4, 8)), ((4, 8),), 1)  # fmt: skip


def colours(panel, item) -> set[str]:
    """Colours drawn where `item` lies."""
    view = panel.view
    rect = view.mapFromScene(item.sceneBoundingRect()).boundingRect()
    image = view.grab(rect).toImage()
    return {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}


def drag(qtbot, panel, item, by: QPoint) -> None:
    port = panel.view.viewport()
    start = panel.view.mapFromScene(item.mapToScene(QPointF(g.WIDTH / 2, g.HEIGHT - 12)))
    qtbot.mousePress(port, Qt.MouseButton.LeftButton, pos=start)
    for part in range(1, 6):
        qtbot.mouseMove(port, start + by * part / 5)
    qtbot.mouseRelease(port, Qt.MouseButton.LeftButton, pos=start + by)


def test_items_by_id_with_shapes_and_counts(panel):
    scene = panel.scene
    assert set(scene.nodes) == {"points", "left", "right", "join", "loss"}
    assert scene.nodes["left"].card.shape == "[B, 8]"
    assert scene.nodes["left"].card.foot == "24 par"
    assert scene.nodes["left"].card.kind == "tanh"
    assert scene.nodes["loss"].card.output is False
    assert scene.wires["left", "join", "x1"].label == "B×8"
    assert scene.wires["join", "loss", "x"].label == "B×16"


def test_unplaced_network_is_laid_out_without_an_undo_entry(panel, document):
    places = {node.position for node in document.network.nodes.values()}
    assert len(places) == 5
    assert document.network.nodes["left"].position[0] == document.network.nodes["right"].position[0]
    assert document.clean


def test_drag_is_one_edit_on_release(panel, document, qtbot):
    item = panel.scene.nodes["join"]
    before = document.network.nodes["join"].position
    drag(qtbot, panel, item, QPoint(40, 60))
    scale = panel.view.scale_now
    after = document.network.nodes["join"].position
    assert document.undo_stack.count() == 1
    assert abs(after[0] - before[0] - 40 / scale) < 3
    assert abs(after[1] - before[1] - 60 / scale) < 3
    document.undo_stack.undo()
    assert (item.pos().x(), item.pos().y()) == before
    end = panel.scene.wires["left", "join", "x1"].path.currentPosition()
    assert end == item.pos() + g.input_port(0, 2)


def test_click_selects_and_ground_clears(panel, qtbot):
    heard = []
    panel.picked.connect(heard.append)
    middle = panel.view.mapFromScene(panel.scene.nodes["left"].sceneBoundingRect().center())
    qtbot.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    qtbot.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(400, 30))
    assert heard == ["left", None]
    assert "left" not in panel.crumbs.text()
    panel.select_layer("right")
    assert "right" in panel.crumbs.text()


def test_follows_edits(panel, document):
    document.apply(AddLayer(document.network.new_node("ReLU", "act", (0.0, 500.0), {})))
    assert panel.scene.card("act").card.problems
    assert "Draw a wire" in panel.scene.card("act").toolTip()
    document.apply(SetAttributes("left", {"units": 5}))
    assert panel.scene.wires["left", "join", "x1"].label == "B×5"
    document.apply(RemoveLayer("left"))
    assert set(panel.scene.wires) == {("points", "right", "x"), ("right", "join", "x2"), ("join", "loss", "x")}
    for _ in range(3):
        document.undo_stack.undo()
    assert panel.scene.wires["left", "join", "x1"].label == "B×8"
    assert "act" not in panel.scene.nodes


def test_problem_badge_is_drawn(panel, document):
    assert theme.DARK.bad not in colours(panel, panel.scene.nodes["right"])
    document.apply(SetAttributes("right", {"units": 4}))
    document.apply(RemoveLayer("points"))
    assert theme.DARK.bad in colours(panel, panel.scene.nodes["right"])


def test_current_operation_is_lit_in_its_direction(panel, document):
    snapshot = Snapshot(document.generation, "stepping", instructions=(BACKWARD,), focus=0)
    panel.show_snapshot(snapshot)
    assert panel.scene.nodes["left"].card.phase == "backward"
    assert panel.scene.nodes["right"].card.phase is None
    assert theme.DARK.backward in colours(panel, panel.scene.nodes["left"])
    wire = panel.scene.wires["left", "join", "x1"]
    assert (wire.lit, wire.note) == ("backward", "∂L/∂a")
    assert theme.DARK.backward in colours(panel, wire)
    assert panel.scene.wires["points", "left", "x"].lit is None
    panel.show_snapshot(replace(snapshot, state="running", focus=None))
    assert wire.lit is None


def test_older_snapshots_are_dropped(panel, document):
    panel.show_snapshot(Snapshot(document.generation - 1, "stepping", instructions=(BACKWARD,), focus=0))
    assert panel.scene.nodes["left"].card.phase is None


def test_live_picture_and_marked_nan(panel, document):
    picture = np.array([[1.0, -1.0], [0.0, np.nan]], np.float32)
    panel.show_snapshot(Snapshot(document.generation, "running", loss=0.0417, thumbnails={"left": picture},
                                 gradient_bars={"left": np.array([1.0, 2.0])}))  # fmt: skip
    seen = colours(panel, panel.scene.nodes["left"])
    assert {theme.DARK.positive, theme.DARK.negative, theme.DARK.bad} <= seen
    assert panel.scene.nodes["left"].card.bars == (1.0, 2.0)
    assert panel.scene.nodes["loss"].card.figure == "L = 0.04170"
    theme.set_theme("light")
    assert theme.LIGHT.positive in colours(panel, panel.scene.nodes["left"])


def test_same_snapshot_repaints_nothing(panel, document, monkeypatch):
    snapshot = Snapshot(document.generation, "running", thumbnails={"left": np.eye(3, dtype=np.float32)})
    panel.show_snapshot(snapshot)
    repainted = []
    monkeypatch.setattr("app.canvas.items.NodeItem.update", lambda self: repainted.append(self.id))
    panel.show_snapshot(snapshot)
    assert repainted == []
    panel.show_snapshot(replace(snapshot, thumbnails={"left": 1 - np.eye(3, dtype=np.float32)}))
    assert repainted == ["left"]


def test_arrange_is_one_edit(panel, document):
    document.apply(MoveLayers((("loss", (0.0, 900.0)),)))
    panel.scene.arrange()
    assert document.undo_stack.count() == 2
    assert document.network.nodes["loss"].position[1] != 900.0


def test_defect_while_painting_is_reported_and_survived(panel, qtbot, monkeypatch):
    with monkeypatch.context() as broken, qtbot.capture_exceptions() as caught:
        broken.setattr("app.canvas.face.paint_card", lambda *_: 1 / 0)
        panel.scene.nodes["left"].show_card(replace(panel.scene.nodes["left"].card, foot="drawn anew"))
        panel.view.grab()
    assert {kind for kind, _, _ in caught} == {ZeroDivisionError}


def test_label_is_left_out_where_the_wire_is_too_short(panel, document):
    usual, wire = panel.scene.wires["left", "join", "x1"].room, panel.scene.wires["join", "loss", "x"]
    assert pill_scale("8×14×14", wire.room, 1.0) == 1.0
    assert pill_scale("B×8", wire.room, 1.3) == 1.3
    assert pill_label("B×8×14×14", wire.room) == "8×14×14"
    x, y = document.network.nodes["join"].position
    document.apply(MoveLayers((("loss", (x + g.WIDTH + 12, y)),)))
    wire = panel.scene.wire(("join", "loss", "x"))
    assert wire.room < 20 < usual
    assert pill_scale(wire.label, wire.room, 1.0) == 0.0
    document.apply(MoveLayers((("loss", (x, y + 3 * g.HEIGHT)),)))
    assert pill_scale(wire.label, wire.room, 1.0) == 1.0
    panel.grab()


def test_selected_card_stands_out_at_any_zoom(panel):
    item = panel.scene.card("right")
    for scale in (0.4, 0.5, 1.0):
        panel.view.zoom(scale / panel.view.scale_now)
        panel.view.centerOn(item)
        panel.scene.clearSelection()
        assert theme.DARK.text not in _edge(panel, item)
        item.setSelected(True)
        assert _edge(panel, item).count(theme.DARK.text) >= 1


def _edge(panel, item) -> list[str]:
    """Colours across the left edge of a card, where nothing else lies on it."""
    panel.scene.resting = True
    at = panel.view.mapFromScene(item.mapToScene(QPointF(0, g.HEIGHT * 0.75)))
    image = panel.view.grab().toImage()
    return [image.pixelColor(at.x() + x, at.y()).name() for x in range(-4, 5)]
