"""Random hands on the real window: mouse, keys, drops, menus. Nothing breaks, and nothing is lost."""

from __future__ import annotations

import os
import random

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QMenu, QMessageBox

from app.canvas.drop import mime_of
from app.window import MainWindow
from engine.layers import REGISTRY

DEEDS = int(os.environ.get("CHAINRULE_DEEDS", "150"))  # for each seed
LEFT, RIGHT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton
NONE, CTRL, SHIFT = (Qt.KeyboardModifier(k) for k in
                     (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier,
                      Qt.KeyboardModifier.ShiftModifier))  # fmt: skip
KEYS = "Key_Tab Key_Backtab Key_Escape Key_Return Key_Up Key_Down Key_Left Key_Right Key_Delete Key_F2 Key_F8 Key_Menu "
KEYS = [getattr(Qt.Key, name) for name in (KEYS + "Key_Space Key_A Key_C Key_X Key_9 Key_Backspace Key_U").split()]
LESSONS = ("xor", "four_neuron_chain", "spirals")


@pytest.fixture
def window(app, dark, make_live, answers, monkeypatch, qtbot):
    """A window whose questions are answered at once, and which cannot be quit."""
    for dialog in (QMessageBox, QDialog):
        monkeypatch.setattr(dialog, "exec", lambda *_: 0)
    monkeypatch.setattr(QMenu, "exec", lambda *_: None)
    made = MainWindow()
    made.files.dialogs = answers()
    made.actions_by_name["quit"].setEnabled(False)
    made.resize(1280, 800)
    made.show()
    live = make_live(made)
    live.until(lambda _: made.plots is not None)
    live.open("spirals")
    yield made
    made.document.undo_stack.setClean()
    made.close()
    made.deleteLater()
    app.processEvents()


class RandomHands:
    """Does one thing after another; what is chosen depends on the seed alone."""

    def __init__(self, window: MainWindow, seed: int) -> None:
        self.window, self.draw = window, random.Random(seed)
        self.deeds = (
            (self.drag, 6), (self.click, 4), (self.key, 6), (self.action, 6), (self.drop, 3), (self.wheel, 2),
            (self.click_anywhere, 3), (self.type_into_palette, 1), (self.add, 3), (self.lesson, 0.3), (self.edge, 1),
        )  # fmt: skip

    def go(self) -> str:
        """One deed; returns its name."""
        deeds, weights = zip(*self.deeds, strict=True)
        deed = self.draw.choices(deeds, weights)[0]
        deed()
        return deed.__name__

    @property
    def port(self):
        return self.window.canvas.camera.viewport()

    def spot(self) -> QPoint:
        """Somewhere on the canvas, often on a card or a port."""
        nodes = list(self.window.document.network.nodes.values())
        if nodes and self.draw.random() < 0.7 and self.window.canvas.mode == "layers":
            x, y = self.draw.choice(nodes).position
            across = self.draw.choice((0, 184, self.draw.uniform(0, 184)))
            place = self.window.canvas.view.mapFromScene(x + across, y + self.draw.choice((82, 54, 109, 15)))
            if self.port.rect().contains(place):
                return place
        return QPoint(self.draw.randrange(self.port.width()), self.draw.randrange(self.port.height()))

    def drag(self) -> None:
        button = self.draw.choice((LEFT, LEFT, LEFT, MIDDLE, RIGHT))
        start, end, keys = self.spot(), self.spot(), self.draw.choice((NONE, NONE, CTRL, SHIFT))
        QTest.mousePress(self.port, button, keys, start)
        for part in (0.3, 0.6, 1.0):
            QTest.mouseMove(self.port, start + (end - start) * part)
        if self.draw.random() < 0.15:
            QTest.keyClick(self.port, Qt.Key.Key_Escape)
        if self.draw.random() < 0.1:
            self.action()
        QTest.mouseRelease(self.port, button, keys, end)

    def click(self) -> None:
        twice = QTest.mouseDClick if self.draw.random() < 0.25 else QTest.mouseClick
        twice(self.port, self.draw.choice((LEFT, LEFT, RIGHT)), self.draw.choice((NONE, CTRL)), self.spot())

    def click_anywhere(self) -> None:
        place = QPoint(self.draw.randrange(self.window.width()), self.draw.randrange(self.window.height()))
        under = self.window.childAt(place)
        if under is not None:
            QTest.mouseClick(under, LEFT, NONE, under.mapFrom(self.window, place))

    def key(self) -> None:
        target = QApplication.focusWidget() or self.port
        QTest.keyClick(target, self.draw.choice(KEYS), self.draw.choice((NONE, NONE, NONE, SHIFT)))

    def action(self) -> None:
        actions = self.window.actions_by_name
        actions[self.draw.choice(sorted(actions))].trigger()

    def drop(self) -> None:
        mime, at = mime_of(self.draw.choice([*sorted(REGISTRY), "Nothing"])), self.spot()
        copy = Qt.DropAction.CopyAction
        for event in (QDragEnterEvent(at, copy, mime, LEFT, NONE), QDragMoveEvent(at, copy, mime, LEFT, NONE)):
            QApplication.sendEvent(self.port, event)
        last = QDropEvent(QPointF(at), copy, mime, LEFT, NONE) if self.draw.random() < 0.8 else QDragLeaveEvent()
        QApplication.sendEvent(self.port, last)

    def wheel(self) -> None:
        at, turn = QPointF(self.spot()), QPoint(0, self.draw.choice((-240, -120, 120, 240)))
        event = QWheelEvent(
            at, self.port.mapToGlobal(at), QPoint(), turn, Qt.MouseButton.NoButton, self.draw.choice((NONE, SHIFT)),
            Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(self.port, event)

    def type_into_palette(self) -> None:
        self.window.palette_box.open()
        QTest.keyClicks(self.window.palette_box.field, self.draw.choice(("re", "dense", "undo", "xor", "zzz", "al")))
        QTest.keyClick(self.window.palette_box.field, self.draw.choice((Qt.Key.Key_Return, Qt.Key.Key_Escape)))

    def add(self) -> None:
        self.window.control.guarded(lambda: self.window.control.add_layer(self.draw.choice(sorted(REGISTRY))))

    def lesson(self) -> None:
        from engine.files import LESSONS as folder

        self.window.control.open(str(folder / f"{self.draw.choice(LESSONS)}.chainrule"))

    def edge(self) -> None:
        self.window.resize(self.draw.randrange(960, 1500), self.draw.randrange(600, 950))


def close_popups() -> None:
    """Menus and dialogs go again."""
    for popup in (QApplication.activePopupWidget(), QApplication.activeModalWidget()):
        if popup is not None:
            popup.close()


@pytest.mark.parametrize("seed", range(2))
def test_random_hands_break_nothing(window, qtbot, seed):
    first = [window.document.network.copy()]
    window.document.changed.connect(lambda change: change.replaced and first.append(window.document.network.copy()))
    hands, done, closer = RandomHands(window, seed), [], QTimer(window, interval=20)
    closer.timeout.connect(close_popups)  # also in the event loop of a menu's own
    closer.start()
    with qtbot.capture_exceptions() as caught:
        for _ in range(DEEDS):
            done.append(hands.go())
            QApplication.processEvents()
            assert not caught, (done[-3:], caught[0])
    assert len(set(done)) >= 9
    closer.stop()
    window.canvas.view.cancel_gesture()
    assert window.isVisible()
    document = window.document
    before = document.network.copy()
    there = document.undo_stack.index()
    while document.undo_stack.canUndo():
        document.undo_stack.undo()
    assert document.network.same_document(first[-1])
    while document.undo_stack.index() < there:
        document.undo_stack.redo()
    assert document.network.same_document(before)
    problems = document.report.problems
    QTest.qWait(50)
    assert window.snapshot.state != "loading" or problems
