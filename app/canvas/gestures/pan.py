"""Move the canvas under the pointer."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt

from app.canvas.gestures.base import Gesture


class Pan(Gesture):
    """Middle or right button, or Space held. A right button let go without a drag opens the menu."""

    cursor = Qt.CursorShape.ClosedHandCursor
    scrolls = False

    def __init__(self, view, event) -> None:
        super().__init__(view, event)
        self._last = event.position()

    def move(self, where: QPointF) -> None:
        """The canvas goes along."""
        self.view.pan(where - self._last)
        self._last = where

    def release(self, where: QPointF) -> None:
        """Nothing more to do, unless it was a click for the menu."""
        if self.button == Qt.MouseButton.RightButton and not self.dragged:
            self.view.open_menu(where.toPoint())
