"""What every gesture can do: it begins with a press, follows the pointer, and ends with a release or is given up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent

    from app.canvas.view import CanvasView


class Gesture:
    """`start` is where the pointer was pressed, in the viewport, `origin` the same place on the canvas.

    Subclasses change the document only in `release`. `scrolls`: at the edge of the view, the view moves along.
    """

    cursor: Qt.CursorShape | None = None
    scrolls = True
    slack: float | None = None  # pixels; a shorter way is no drag (None: the system's distance)

    def __init__(self, view: CanvasView, event: QMouseEvent) -> None:
        self.view, self.scene, self.editor = view, view.canvas, view.editor
        self.start, self.button, self.modifiers = event.position(), event.button(), event.modifiers()
        self.origin = self.at(self.start)
        self.dragged = False

    def follow(self, event: QMouseEvent) -> None:
        """The pointer has moved; less than the system's drag distance is no drag yet."""
        where = event.position()
        if not self.dragged:
            self.dragged = (where - self.start).manhattanLength() >= self._least()
        if self.dragged:
            self.move(where)
            if self.scrolls:
                self.view.edge.follow(where, lambda: self.move(where))

    def _least(self) -> float:
        return min(6, QApplication.startDragDistance()) if self.slack is None else self.slack

    def at(self, where: QPointF) -> QPointF:
        """A place of the viewport on the canvas."""
        return self.view.viewportTransform().inverted()[0].map(where)

    def move(self, where: QPointF) -> None:
        """The pointer is dragged to `where` in the viewport."""

    def release(self, where: QPointF) -> None:
        """The button is let go at `where`."""

    def cancel(self) -> None:
        """Given up: everything as it was."""
