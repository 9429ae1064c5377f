"""Panning, zooming and what lies on the canvas."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent

from app.canvas.camera import LARGEST, SMALLEST


def wheel(view, turn: int, at: QPoint) -> None:
    event = QWheelEvent(QPointF(at), QPointF(view.mapToGlobal(at)), QPoint(), QPoint(0, turn), Qt.MouseButton.NoButton,
                        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False)  # fmt: skip
    view.wheelEvent(event)


def test_fit_shows_everything(panel):
    panel.view.fit()
    seen = panel.view.mapToScene(panel.view.viewport().rect()).boundingRect()
    assert seen.contains(panel.scene.network_rect())
    assert 0.5 < panel.view.scale_now <= 1.1


def test_zoom_keeps_within_limits(panel):
    for _ in range(40):
        panel.view.centerOn(-5000, 0)  # a card in the middle would be opened in the end
        panel.view.zoom(1.5)
    assert abs(panel.view.scale_now - LARGEST) < 1e-6
    assert panel.strip.scale.text() == "400 %"
    for _ in range(60):
        panel.view.zoom(0.5)
    assert abs(panel.view.scale_now - SMALLEST) < 1e-6


def test_wheel_zooms(panel):
    before = panel.view.scale_now
    wheel(panel.view, 240, QPoint(300, 200))
    assert panel.view.scale_now > before * 1.2


def test_middle_and_right_button_pan(panel, qtbot):
    port = panel.view.viewport()
    menus = []
    panel.view.menu_wanted.connect(menus.append)
    for button, start in (
        (Qt.MouseButton.RightButton, QPoint(450, 40)),
        (Qt.MouseButton.MiddleButton, QPoint(450, 300)),
    ):
        before = panel.view.mapToScene(QPoint(0, 0))
        qtbot.mousePress(port, button, pos=start)
        qtbot.mouseMove(port, start + QPoint(30, 20))
        qtbot.mouseRelease(port, button, pos=start + QPoint(30, 20))
        moved = panel.view.mapToScene(QPoint(0, 0)) - before
        assert abs(moved.x() + 30 / panel.view.scale_now) < 2
        assert abs(moved.y() + 20 / panel.view.scale_now) < 2
    assert panel.document.clean
    assert menus == []


def test_space_tapped_runs_and_held_pans(panel, qtbot):
    with qtbot.waitSignal(panel.view.tapped, timeout=500):
        qtbot.keyClick(panel.view, Qt.Key.Key_Space)
    card = panel.view.mapFromScene(panel.scene.nodes["join"].sceneBoundingRect().center())
    qtbot.keyPress(panel.view, Qt.Key.Key_Space)
    qtbot.mousePress(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=card)
    qtbot.mouseMove(panel.view.viewport(), card + QPoint(30, 30))
    qtbot.mouseRelease(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=card + QPoint(30, 30))
    with qtbot.assertNotEmitted(panel.view.tapped):
        qtbot.keyRelease(panel.view, Qt.Key.Key_Space)
    assert panel.document.undo_stack.count() == 0


def test_minimap_does_not_run_away(panel, qtbot):
    panel.view._jump(1.0, panel.scene.network_rect().center())
    panel.repaint()
    minimap, button = panel.minimap, Qt.MouseButton.LeftButton
    qtbot.mousePress(minimap, button, pos=QPoint(60, 42))
    before = minimap._shown()
    for x in range(60, 400, 20):
        qtbot.mouseMove(minimap, QPoint(x, 42))
        assert minimap._shown() == before
    inside, middle = panel.scene.network_rect(), panel.view.mapToScene(panel.view.viewport().rect().center())
    assert inside.left() - 2 <= middle.x() <= inside.right() + 2
    qtbot.mouseRelease(minimap, button, pos=QPoint(400, 42))
    qtbot.mouseMove(minimap, QPoint(10, 10))
    assert panel.view.mapToScene(panel.view.viewport().rect().center()) == middle


def test_minimap_goes_there(panel, qtbot):
    panel.view.zoom(3)
    before = panel.view.mapToScene(panel.view.viewport().rect().center())
    qtbot.mouseClick(panel.minimap, Qt.MouseButton.LeftButton, pos=QPoint(100, 42))
    after = panel.view.mapToScene(panel.view.viewport().rect().center())
    assert after.x() > before.x() + 50


def test_overlays_keep_their_corners(panel):
    panel.resize(1200, 700)
    assert panel.minimap.geometry().right() == 1200 - 13
    assert panel.strip.geometry().bottom() == 700 - 13
    assert not panel.strip.geometry().intersects(panel.minimap.geometry())
    panel.resize(400, 300)
    assert not panel.minimap.isVisible()


def test_touchpad_pans_both_ways(panel):
    before = panel.view.mapToScene(QPoint(0, 0))
    event = QWheelEvent(QPointF(300, 200), QPointF(300, 200), QPoint(), QPoint(0, -60), Qt.MouseButton.NoButton,
                        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.ScrollUpdate, False)  # fmt: skip
    panel.view.wheelEvent(event)
    moved = panel.view.mapToScene(QPoint(0, 0)) - before
    assert moved.y() > 20
    assert abs(moved.x()) < 1
