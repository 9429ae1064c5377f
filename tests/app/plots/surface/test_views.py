"""The views: moving the current point, turning, tips, themes, odd input."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QWheelEvent

from app import theme
from app.plots import colours
from app.plots.surface.camera import FLATTEST, STEEPEST, Camera
from app.plots.surface.contours import ContourMap
from app.plots.surface.curve import LossCurve
from app.plots.surface.view3d import SurfaceView
from tests.app.plots.surface.lands import ODD, bowl, land, with_hole

VIEWS = [SurfaceView, ContourMap]
LEFT = Qt.MouseButton.LeftButton


def shown(qtbot, kind, landscape=None, size=(360, 260)):
    view = kind()
    qtbot.addWidget(view)
    view.resize(*size)
    view.set_landscape(land() if landscape is None else landscape)
    return view


def drag(qtbot, view, start: QPointF, end: QPointF, release=True):
    """Press, move in steps, and let go."""
    qtbot.mousePress(view, LEFT, pos=start.toPoint())
    for share in (0.3, 0.7, 1.0):
        qtbot.mouseMove(view, (start + share * (end - start)).toPoint())
    if release:
        qtbot.mouseRelease(view, LEFT, pos=end.toPoint())


@pytest.fixture(autouse=True)
def real_moves(monkeypatch, qtbot):
    """Offscreen, QTest's moves tell no pressed buttons: send the events themselves."""
    from PySide6.QtGui import QMouseEvent
    from PySide6.QtWidgets import QApplication

    def move(view, pos):
        at = QPointF(pos)
        event = QMouseEvent(QEvent.Type.MouseMove, at, view.mapToGlobal(at), Qt.MouseButton.NoButton, LEFT,
                            Qt.KeyboardModifier.NoModifier)  # fmt: skip
        QApplication.sendEvent(view, event)

    monkeypatch.setattr(qtbot, "mouseMove", move)


@pytest.mark.parametrize("kind", VIEWS)
@pytest.mark.parametrize("target", [(-0.5, 0.4), (0.6, -0.5)])
def test_the_current_point_is_dragged_to_a_place(qtbot, kind, target):
    view = shown(qtbot, kind)
    start, end = view.point_of((0.1, 0.0)), view.point_of(target)
    with qtbot.waitSignal(view.place_chosen) as caught:
        drag(qtbot, view, start, end)
    assert caught.args == pytest.approx(target, abs=0.03)
    assert view.ghost is None


@pytest.mark.parametrize("kind", VIEWS)
def test_a_ghost_goes_ahead_and_escape_leaves_all_as_it_was(qtbot, kind):
    view = shown(qtbot, kind)
    before = view.grab().toImage()
    drag(qtbot, view, view.point_of((0.1, 0.0)), view.point_of((-0.5, 0.4)), release=False)
    assert view.ghost == pytest.approx((-0.5, 0.4), abs=0.03)
    assert view.grab().toImage() != before
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    with qtbot.assertNotEmitted(view.place_chosen):
        qtbot.mouseRelease(view, LEFT, pos=QPoint(50, 50))
    assert view.ghost is None
    assert view.grab().toImage() == before


@pytest.mark.parametrize("kind", VIEWS)
def test_the_point_stays_where_it_was_last_while_the_pointer_is_beside_the_picture(qtbot, kind):
    view = shown(qtbot, kind)
    with qtbot.waitSignal(view.place_chosen) as caught:
        qtbot.mousePress(view, LEFT, pos=view.point_of((0.1, 0.0)).toPoint())
        qtbot.mouseMove(view, view.point_of((0.5, 0.3)).toPoint())
        qtbot.mouseMove(view, QPoint(0, 0))
        qtbot.mouseRelease(view, LEFT, pos=QPoint(0, 0))
    assert caught.args == pytest.approx([0.5, 0.3], abs=0.03)


@pytest.mark.parametrize("kind", [*VIEWS, LossCurve])
def test_the_point_is_moved_by_keys(qtbot, kind):
    view = shown(qtbot, kind, land(size=(21, 1)) if kind is LossCurve else None)
    for _ in range(3):
        qtbot.keyClick(view, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    if kind is not LossCurve:
        qtbot.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    with qtbot.waitSignal(view.place_chosen) as caught:
        qtbot.keyClick(view, Qt.Key.Key_Return)
    assert caught.args == pytest.approx([0.1 + 3 * 2 / 50, 0.0 if kind is LossCurve else -2 / 50])


def test_the_point_does_not_leave_the_plane_by_keys(qtbot):
    view = shown(qtbot, ContourMap)
    for _ in range(60):
        qtbot.keyClick(view, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert view.ghost == (1.0, 0.0)


def test_the_current_point_of_a_line_is_dragged_along_it(qtbot):
    view = shown(qtbot, LossCurve, land(size=(31, 1)))
    with qtbot.waitSignal(view.place_chosen) as caught:
        drag(qtbot, view, view.point_of((0.1, 0.0)), view.point_of((-0.6, 0.0)))
    assert caught.args == pytest.approx([-0.6, 0.0], abs=0.02)


def test_the_curve_has_room_for_the_true_losses_of_the_path(qtbot):
    view = shown(qtbot, LossCurve, land(size=(31, 1)))
    view.set_landscape(land(size=(31, 1), path=np.array([(0.0, 0.0), (0.5, 0.0)])))
    assert view.scale.high == pytest.approx(bowl(-1.0, 0.0))
    view.set_landscape(replace(view.landscape, path_losses=np.array([1.9, 0.05])))
    assert (view.scale.low, view.scale.high) == (0.05, 1.9)


# ---- turning


def test_a_drag_beside_the_point_turns_within_limits(qtbot):
    view = shown(qtbot, SurfaceView)
    with qtbot.assertNotEmitted(view.place_chosen):
        drag(qtbot, view, QPointF(20, 20), QPointF(80, 30))
    assert view.pose.azimuth == pytest.approx(Camera().azimuth + 30)
    assert view.pose.elevation == pytest.approx(Camera().elevation + 5)
    drag(qtbot, view, QPointF(20, 20), QPointF(20, 900))
    assert view.pose.elevation == STEEPEST
    drag(qtbot, view, QPointF(20, 20), QPointF(20, -900))
    assert view.pose.elevation == FLATTEST


def test_keys_turn_come_nearer_and_go_back(qtbot):
    view = shown(qtbot, SurfaceView)
    before = view.grab().toImage()
    qtbot.keyClick(view, Qt.Key.Key_Left)
    qtbot.keyClick(view, Qt.Key.Key_Up)
    assert (view.pose.azimuth, view.pose.elevation) == (Camera().azimuth - 6, Camera().elevation + 6)
    qtbot.keyClick(view, Qt.Key.Key_Plus)
    assert view.pose.zoom > 1
    assert view.grab().toImage() != before
    qtbot.keyClick(view, Qt.Key.Key_0)
    assert view.pose == Camera()
    assert view.grab().toImage() == before


def test_arrow_keys_are_taken_from_the_windows_shortcuts_here_alone(qtbot):
    turn = QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_Left, Qt.KeyboardModifier.NoModifier)
    run = QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_Space, Qt.KeyboardModifier.NoModifier)
    for view, key, takes in ((shown(qtbot, SurfaceView), turn, True), (shown(qtbot, SurfaceView), run, False),
                             (shown(qtbot, ContourMap), turn, False)):  # fmt: skip
        key.ignore()
        view.event(key)
        assert key.isAccepted() == takes


def test_the_wheel_comes_nearer_and_a_double_click_goes_back(qtbot):
    view = shown(qtbot, SurfaceView)
    wheel = QWheelEvent(QPointF(50, 50), QPointF(50, 50), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
                        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False)  # fmt: skip
    view.wheelEvent(wheel)
    assert view.pose.zoom == pytest.approx(1.0015**120)
    qtbot.mouseDClick(view, LEFT, pos=QPoint(50, 50))
    assert view.pose == Camera()


def test_a_large_picture_that_turns_is_drawn_finely_a_moment_later(qtbot):
    view = shown(qtbot, SurfaceView, size=(800, 600))
    view.set_pose(view.pose.turned(10, 0))
    assert view.rendered().fine == 1
    qtbot.waitUntil(lambda: view.rendered().fine == 2)


def test_the_same_pose_is_drawn_once(qtbot):
    view = shown(qtbot, SurfaceView)
    view.grab()
    drawn = view.rendered()
    view.grab()
    assert view.rendered() is drawn
    view.set_landscape(land(lambda a, b: -bowl(a, b)))
    assert view.rendered() is not drawn


# ---- what is seen


def test_a_hill_hides_the_path_behind_it(qtbot):
    """The part of the path in front is drawn in full white, the part behind faintly."""

    def ridge(a, b):
        return np.where(np.abs(b) < 0.15, 1.0, 0.0) + 0 * a

    behind, front = (np.array([(-0.7, b), (0.7, b)]) for b in (0.3, -0.7))
    whites = []
    for path in (front, behind):
        view = shown(qtbot, SurfaceView, land(ridge, (41, 41), path, here=(0.9, 0.9)))
        view.set_pose(Camera(0.0, 35.0))
        point = view.point_of((0.0, path[0, 1]))
        color = view.grab().toImage().pixelColor(point.toPoint())
        whites.append(min(color.red(), color.green(), color.blue()))
    assert whites[0] > 200
    assert whites[1] < 150


@pytest.mark.parametrize("kind", VIEWS)
def test_the_tip_tells_the_place_and_the_loss(qtbot, kind):
    view = shown(qtbot, kind)
    said = view.describe(view.point_of((0.5, 0.25)))
    words = said.split()
    assert words[::2] == ["first", "second", "loss"]
    assert float(words[1]) == pytest.approx(0.5, abs=0.03)
    assert float(words[3]) == pytest.approx(0.25, abs=0.03)
    assert float(words[5]) == pytest.approx(bowl(0.5, 0.25), abs=0.02)
    assert view.describe(QPointF(0, 0)) == ""


def test_the_map_shows_the_colour_of_each_loss(qtbot):
    view = shown(qtbot, ContourMap, land(path=np.zeros((0, 2))))
    image = view.grab().toImage()
    levels = view.scale.height(view.scale.levels())
    for place in ((-0.9, 0.9), (0.9, 0.55), (0.45, 0.5)):
        height = float(view.scale.height(bowl(*place)))
        assert np.abs(levels - height).min() > 0.02  # no line there
        want = colours.viridis()[round(height * 255), :3].astype(int)
        got = image.pixelColor(view.point_of(place).toPoint()).getRgb()[:3]
        assert np.abs(np.array(got) - want).max() < 12


def test_what_is_not_finite_is_hatched_and_said(qtbot):
    view = shown(qtbot, ContourMap, land(with_hole))
    at = view.point_of((-0.6, -0.375)).toPoint()
    image = view.grab().toImage()
    seen = {image.pixelColor(at.x() + k, at.y()).name() for k in range(-4, 5)}
    assert {theme.current().dim, theme.current().raised} <= seen
    assert "hatched: not finite" in view.notes()
    assert "hatched: not finite" in [text for text, *_ in view.labels(view.axes()).placed]
    assert shown(qtbot, ContourMap).notes() == ()


def test_a_log_scale_can_be_chosen(qtbot):
    view = shown(qtbot, ContourMap)
    assert view.notes() == ()
    view.set_log(True)
    assert view.notes() == ("log scale",)


@pytest.mark.parametrize("kind", [*VIEWS, LossCurve])
def test_the_theme_changes_the_words(qtbot, kind):
    view = shown(qtbot, kind, land(size=(21, 1)) if kind is LossCurve else None)
    dark = view.grab().toImage()
    theme.set_theme("light")
    view.apply_theme()
    assert view.grab().toImage() != dark
    words = view.labels(view.landscape, view.camera()) if kind is SurfaceView else view.labels(view.axes())
    assert {color for *_, color in words.placed} == {theme.LIGHT.dim}


@pytest.mark.parametrize("size", [(360, 260), (180, 150), (1200, 800), (60, 50), (10, 10)])
@pytest.mark.parametrize("kind", VIEWS)
def test_no_word_collides_or_is_cut(qtbot, kind, size):
    view = shown(qtbot, kind, land(with_hole), size)
    for azimuth in range(-180, 180, 45) if kind is SurfaceView else (0,):
        if kind is SurfaceView:
            view.set_pose(Camera(azimuth, 28.0))
        words = view.labels(view.landscape, view.camera()) if kind is SurfaceView else view.labels(view.axes())
        rects = [rect for _, rect, *_ in words.placed]
        assert all(view.rect().toRectF().adjusted(-1, -1, 1, 1).contains(rect) for rect in rects)
        assert not any(a.intersects(b) for i, a in enumerate(rects) for b in rects[:i])
        assert len(rects) >= 4 or min(size) < 150


ALL = [(kind, name) for name, odd in ODD.items() for kind in (*VIEWS, *([LossCurve] if odd.is_line else []))]


@pytest.mark.parametrize(("kind", "name"), ALL)
def test_odd_input_is_drawn(qtbot, kind, name):
    view = shown(qtbot, kind, ODD[name])
    assert not view.grab().isNull()
    view.describe(QPointF(180, 130))
    qtbot.mouseClick(view, LEFT, pos=QPoint(180, 130))
    qtbot.keyClick(view, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    view.set_log(True)
    assert not view.grab().isNull()
    view.set_landscape(None)
    assert not view.grab().isNull()
