"""What a hand does on the canvas: press, drag, let go, by places of the scene."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.canvas.ports import OUTPUT, Port, place_of

LEFT, COPY, NONE = Qt.MouseButton.LeftButton, Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier


class Hands:
    """Works on `panel`."""

    def __init__(self, panel) -> None:
        self.panel, self.view, self.scene = panel, panel.view, panel.scene
        self.refusals: list[str] = []
        panel.editor.refused.connect(self.refusals.append)

    def port(self, id: str, name: str = OUTPUT) -> QPoint:
        """Where a port lies in the viewport."""
        return self.view.mapFromScene(place_of(self.scene, Port(id, name)))

    def card(self, id: str, across: float = 92, down: float = 90) -> QPoint:
        """A place on a card, in the viewport."""
        return self.view.mapFromScene(self.scene.nodes[id].pos() + QPointF(across, down))

    def wire(self, *key: str) -> QPoint:
        """The middle of a wire, in the viewport."""
        return self.view.mapFromScene(self.scene.wires[key].path.pointAtPercent(0.5))

    def ground(self) -> QPoint:
        """A place where nothing lies."""
        return QPoint(self.view.viewport().width() // 2, self.view.viewport().height() - 40)

    def press(self, at: QPoint, modifiers=NONE) -> None:
        """Press the left button."""
        QTest.mousePress(self.view.viewport(), LEFT, modifiers, at)

    def pull(self, start: QPoint, end: QPoint) -> None:
        """Move with the button down."""
        for part in range(1, 5):
            QTest.mouseMove(self.view.viewport(), start + (end - start) * part / 4)

    def let_go(self, at: QPoint, modifiers=NONE) -> None:
        """Let the left button go."""
        QTest.mouseRelease(self.view.viewport(), LEFT, modifiers, at)

    def drag(self, start: QPoint, end: QPoint, modifiers=NONE) -> None:
        """All three."""
        self.press(start, modifiers)
        self.pull(start, end)
        self.let_go(end, modifiers)

    def click(self, at: QPoint, modifiers=NONE) -> None:
        """Press and let go."""
        QTest.mouseClick(self.view.viewport(), LEFT, modifiers, at)

    def key(self, key, modifiers=NONE) -> None:
        """A key on the canvas."""
        QTest.keyClick(self.view, key, modifiers)

    def act(self, name: str) -> None:
        """Trigger an action of the canvas."""
        self.panel.actions_by_name[name].trigger()

    def drop(self, mime, at: QPoint) -> bool:
        """Enter, move and drop, as Qt sends them; whether it was taken."""
        port = self.view.viewport()
        for event in (
            QDragEnterEvent(at, COPY, mime, LEFT, NONE),
            QDragMoveEvent(at, COPY, mime, LEFT, NONE),
            QDropEvent(QPointF(at), COPY, mime, LEFT, NONE),
        ):
            QApplication.sendEvent(port, event)
            if not event.isAccepted():
                return False
        return True
