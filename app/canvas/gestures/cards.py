"""Select cards by clicking, move them by dragging."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF

from app.canvas.gestures.band import ADDING
from app.canvas.gestures.base import Gesture

if TYPE_CHECKING:
    from app.canvas.items import NodeItem

GRID = 4.0


class MoveCards(Gesture):
    """A press selects the card (Ctrl or Shift: adds or takes away); a drag moves all that are selected, as one edit."""

    def __init__(self, view, event, item: NodeItem) -> None:
        super().__init__(view, event)
        self._item, self._was = item, item.isSelected()
        if self.modifiers & ADDING:
            item.setSelected(True)
        elif not self._was:
            self.scene.select_only({item})
        self.scene.hold()
        self._places = {card: card.pos() for card in self.scene.chosen_cards()}

    def move(self, where: QPointF) -> None:
        """All selected cards go along; they rest on a fine grid."""
        by = self.at(where) - self.origin
        self.scene.move_cards((card, _on_grid(place + by)) for card, place in self._places.items())

    def release(self, where: QPointF) -> None:
        """One edit for all of them; without a drag it was a click."""
        if self.dragged:
            self.editor.commit_move()
        elif self.modifiers & ADDING:
            self._item.setSelected(not self._was)
        elif self._was:
            self.scene.select_only({self._item})

    def cancel(self) -> None:
        """Back to where they were."""
        self.scene.move_cards(pair for pair in self._places.items() if pair[0].scene() is not None)


class ClickWire(Gesture):
    """A press selects the wire (Ctrl or Shift: adds or takes away)."""

    def __init__(self, view, event, item) -> None:
        super().__init__(view, event)
        if self.modifiers & ADDING:
            item.setSelected(not item.isSelected())
        else:
            self.scene.select_only({item})


def _on_grid(place: QPointF) -> QPointF:
    return QPointF(round(place.x() / GRID) * GRID, round(place.y() / GRID) * GRID)
