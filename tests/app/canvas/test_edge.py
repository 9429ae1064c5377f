"""What is dragged to the edge of the view moves the view along."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent
from PySide6.QtWidgets import QApplication

from app.canvas.drop import mime_of
from app.canvas.edge import DWELL_MS, FASTEST, ZONE
from engine.edits import Disconnect, MoveLayers
from engine.network import Wire
from tests.app.canvas.hands import COPY, LEFT, NONE


def seen(hands) -> QPointF:
    """The middle of what is seen, on the canvas."""
    return hands.view.mapToScene(hands.view.viewport().rect().center())


def right_edge(hands) -> QPoint:
    return QPoint(hands.view.viewport().width() - 4, hands.view.viewport().height() // 2)


def test_dragged_card_takes_the_view_along(hands, document, qtbot):
    start, edge, before = hands.card("left"), right_edge(hands), seen(hands).x()
    x, _ = document.network.nodes["left"].position
    hands.press(start)
    hands.pull(start, edge)
    qtbot.waitUntil(lambda: seen(hands).x() > before + 300, timeout=3000)
    hands.let_go(edge)
    middle = seen(hands)
    qtbot.wait(60)
    assert seen(hands) == middle  # let go: the view stays
    assert document.network.nodes["left"].position[0] > x + 300
    assert document.undo_stack.count() == 1
    grip = hands.view.mapToScene(edge).x() - document.network.nodes["left"].position[0]
    assert grip == pytest.approx(92, abs=6)  # still held where it was taken


def test_wire_reaches_a_port_that_was_out_of_sight(hands, document, qtbot):
    document.apply(Disconnect(Wire("join", "loss", "x")))
    x, y = document.network.nodes["loss"].position
    document.apply(MoveLayers((("loss", (x + 900, y)),)))
    edge = right_edge(hands)
    edge.setY(hands.port("loss", "x").y())
    assert hands.port("loss", "x").x() > hands.view.viewport().width()
    hands.press(hands.port("join"))
    hands.pull(hands.port("join"), edge)
    qtbot.waitUntil(lambda: hands.port("loss", "x").x() < edge.x() - 60, timeout=5000)
    hands.pull(edge, hands.port("loss", "x"))
    hands.let_go(hands.port("loss", "x"))
    assert Wire("join", "loss", "x") in document.network.wires


def test_rubber_band_keeps_its_first_corner(hands, panel, qtbot):
    panel.view._jump(1.1, panel.scene.card("points").sceneBoundingRect().center())
    start = hands.view.mapFromScene(panel.scene.card("points").pos() - QPointF(30, 400))
    edge = QPoint(right_edge(hands).x(), hands.view.viewport().height() - 60)
    hands.press(QPoint(start.x(), 60))
    hands.pull(QPoint(start.x(), 60), edge)
    qtbot.waitUntil(lambda: "join" in panel.editor.ids, timeout=5000)
    assert "points" in panel.editor.ids
    hands.let_go(edge)


def test_escape_stops_it(hands, document, qtbot):
    start = hands.card("left")
    hands.press(start)
    hands.pull(start, right_edge(hands))
    hands.key(Qt.Key.Key_Escape)
    middle = seen(hands)
    qtbot.wait(DWELL_MS + 80)
    assert seen(hands) == middle
    assert document.undo_stack.count() == 0


def test_layer_from_the_palette_comes_in_over_the_edge_quietly(hands, qtbot):
    port, mime, middle = hands.view.viewport(), mime_of("Dense"), seen(hands)
    QApplication.sendEvent(port, QDragEnterEvent(QPoint(1, 200), COPY, mime, LEFT, NONE))
    QApplication.sendEvent(port, QDragMoveEvent(QPoint(6, 200), COPY, mime, LEFT, NONE))
    qtbot.wait(DWELL_MS + 80)
    assert seen(hands) == middle
    QApplication.sendEvent(port, QDragMoveEvent(QPoint(200, 200), COPY, mime, LEFT, NONE))
    QApplication.sendEvent(port, QDragMoveEvent(QPoint(6, 200), COPY, mime, LEFT, NONE))
    qtbot.waitUntil(lambda: seen(hands).x() < middle.x() - 50, timeout=3000)
    hands.view._drop.gone()
    middle = seen(hands)
    qtbot.wait(60)
    assert seen(hands) == middle


def test_a_pointer_that_passes_by_moves_nothing(hands, qtbot):
    view, middle = hands.view, seen(hands)
    for _ in range(3):
        view.edge.follow(QPointF(view.viewport().rect().center()), lambda: None)
        view.edge.follow(QPointF(right_edge(hands)), lambda: None)
        qtbot.wait(DWELL_MS // 3)
    view.edge.follow(QPointF(view.viewport().rect().center()), lambda: None)
    qtbot.wait(DWELL_MS)
    assert seen(hands) == middle
    view.edge.follow(QPointF(right_edge(hands)), lambda: None)
    qtbot.waitUntil(lambda: seen(hands).x() > middle.x(), timeout=3000)
    view.edge.stop()


def test_panning_is_not_pushed(hands, qtbot):
    hands.view._hold_space(True, False)
    start, edge = hands.ground(), right_edge(hands)
    hands.press(start)
    hands.pull(start, edge)
    middle = seen(hands)
    qtbot.wait(DWELL_MS + 80)
    assert seen(hands) == middle
    hands.let_go(edge)


@pytest.mark.parametrize("gap", [ZONE - 1, ZONE / 2, -50])
def test_speed_is_bounded(hands, qtbot, gap):
    edge, view = hands.view.edge, hands.view
    edge.follow(QPointF(view.viewport().rect().center()), lambda: None)
    edge.follow(QPointF(view.viewport().width() - gap, 300), lambda: None)
    assert 0 < edge._push.x() <= FASTEST
    assert edge._push.y() == 0
    edge.stop()


def test_view_reaches_whatever_lies_far_out(hands, document, panel):
    document.apply(MoveLayers((("loss", (2_000_000.0, -80_000.0)),)))
    panel.view.reveal("loss")
    assert panel.view.viewport().rect().contains(hands.card("loss"))
