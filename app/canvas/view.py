"""The view that is worked on: hands presses to gestures, drops to the palette's target, keys to the editor."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
)
from PySide6.QtWidgets import QGraphicsItem

from app.canvas.camera import Camera
from app.canvas.drop import DropTarget
from app.canvas.edge import EdgeScroll
from app.canvas.editor import CanvasEditor
from app.canvas.gestures import Gesture, begin
from app.canvas.items import NodeItem, WireItem
from app.canvas.ports import port_at
from app.canvas.rename import RenameField
from app.canvas.scene import CanvasScene
from app.canvas.tip import Tip

TITLE = 30.0  # a double click above this height of a card is meant for its name
NUDGE = 8.0
TABS = (Qt.Key.Key_Tab, Qt.Key.Key_Backtab)
ARROWS = {
    Qt.Key.Key_Left: (-NUDGE, 0.0), Qt.Key.Key_Right: (NUDGE, 0.0), Qt.Key.Key_Up: (0.0, -NUDGE),
    Qt.Key.Key_Down: (0.0, NUDGE),
}  # fmt: skip


class CanvasView(Camera):
    """Shows a CanvasScene, and lets it be edited. `tapped`: Space without a drag.

    `menu_wanted(where)`: a context menu, at this place of the screen. `opened(layer)`: a card is to be looked into.
    """

    menu_wanted = Signal(object)
    tapped = Signal()
    opened = Signal(str)

    def __init__(self, scene: CanvasScene, editor: CanvasEditor, parent=None) -> None:
        super().__init__(scene, parent)
        self.editor = editor
        self.setAccessibleName("Canvas")
        self.viewport().setMouseTracking(True)
        self.setAcceptDrops(True)
        self.gesture: Gesture | None = None
        self.edge = EdgeScroll(self)
        self.tip = Tip(self.viewport())
        self.rename_field = RenameField(self)
        self._drop = DropTarget(self)
        editor.edited.connect(self.hold)
        self.zoomed.connect(lambda _: self._look())
        scene.rearranged.connect(self._look)
        editor.added.connect(self._show_added)
        editor.document.changed.connect(self._document_changed)
        self._space = self._dragged = False

    def _look(self) -> None:
        """What has come into view can be read; in a large network not all of it at once."""
        area = self.mapToScene(self.viewport().rect()).boundingRect()
        if self.canvas.look(area, self.scale_now):
            QTimer.singleShot(0, self, self._look)

    def _document_changed(self, change) -> None:
        """What the mouse had taken hold of may be gone."""
        if change.moved or change.added:
            self.make_room()
        if self.canvas.crowd is not None:
            self._look()
        if self.gesture is not None and (change.structural or change.moved):
            self.cancel_gesture()
        if change.structural:
            self.rename_field.close_field()

    # --- mouse ---------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A gesture begins; a second button gives up the first one's."""
        if self.gesture is not None:
            self.cancel_gesture()
            return
        self.rename_field.finish()
        self.gesture = begin(self, event, self._space)
        if self.gesture is not None and self.gesture.cursor is not None:
            self.viewport().setCursor(self.gesture.cursor)
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The gesture follows; without one, what lies under the pointer shows that it can be taken."""
        if self.gesture is None:
            self._hover(event)
            return
        self.gesture.follow(event)
        self._dragged |= self.gesture.dragged

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The gesture ends."""
        gesture = self.gesture
        if gesture is None or event.button() != gesture.button:
            return
        gesture.follow(event)
        self._dragged |= gesture.dragged
        self._end_gesture()
        gesture.release(event.position())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """On a card's name: rename it there; below it: look inside. Elsewhere a second click is a click."""
        item, where = self._item_at(event.position().toPoint()), self.mapToScene(event.position().toPoint())
        if isinstance(item, NodeItem) and item.mapFromScene(where).y() < TITLE:
            self.canvas.select(item.id)
            self.rename()
        elif isinstance(item, NodeItem) and port_at(self.canvas, where, self.scale_now) is None:
            self.opened.emit(item.id)
        else:
            self.mousePressEvent(event)

    def layer_in_the_middle(self) -> str | None:
        """The layer whose card lies in the middle of what is seen."""
        item = self._item_at(self.viewport().rect().center())
        return item.id if isinstance(item, NodeItem) else None

    def cancel_gesture(self) -> None:
        """Give up what the mouse is doing."""
        gesture = self.gesture
        if gesture is not None:
            self._end_gesture()
            gesture.cancel()

    def _end_gesture(self) -> None:
        self.gesture = None
        self.edge.stop()
        self.viewport().unsetCursor()

    def _hover(self, event: QMouseEvent) -> None:
        where = self.mapToScene(event.position().toPoint())
        port = None if self._space else port_at(self.canvas, where, self.scale_now)
        hit = next(iter(self.canvas.items(where)), None) if port is None and not self._space else None
        wire = hit if isinstance(hit, WireItem) else None
        self.canvas.mark_hot(port, wire)
        if not self._space:
            taken = port is not None or (wire is not None and wire.end_at(where) is not None)
            self.viewport().setCursor(Qt.CursorShape.CrossCursor if taken else Qt.CursorShape.ArrowCursor)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Layers of the palette may come in."""
        self._drop.over(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Where would it land?"""
        self._drop.over(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """It has left again."""
        self._drop.gone()

    def dropEvent(self, event: QDropEvent) -> None:
        """A layer is let go."""
        self._drop.drop(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is under the pointer any more."""
        if self.gesture is None:
            self.canvas.mark_hot(None)
        super().leaveEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Without the keyboard a held Space would never be let go."""
        if self._space:
            self._dragged = True
            self._hold_space(False, False)
        super().focusOutEvent(event)

    # --- menu and names ------------------------------------------------------------------------------------------

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The menu key; the right button opens it when it is let go."""
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            cards = self.canvas.chosen_cards()
            middle = (
                cards[0].sceneBoundingRect().center() if cards else self.mapToScene(self.viewport().rect().center())
            )
            self.open_menu(self.mapFromScene(middle), hit=False)
        event.accept()

    def open_menu(self, where: QPoint, hit: bool = True) -> None:
        """Ask for the menu at `where`; what lies there is selected first (`hit`)."""
        item = self._item_at(where) if hit else None
        if hit and (item is None or not item.isSelected()):
            self.canvas.select_only({item} if isinstance(item, NodeItem | WireItem) else set())
        self.menu_wanted.emit(self.viewport().mapToGlobal(where))

    def _item_at(self, where: QPoint) -> QGraphicsItem | None:
        return next(iter(self.canvas.items(self.mapToScene(where))), None)

    def rename(self) -> None:
        """The selected card's name can be typed over."""
        if self.canvas.selected is not None:
            self.rename_field.begin(self.canvas.selected)

    def reveal(self, id: str) -> None:
        """Select the card of layer `id`, and bring it into view."""
        if self.canvas.has(id):
            self.canvas.select(id)
            self.ensureVisible(self.canvas.card(id).sceneBoundingRect(), 40, 60)
            self.hold()
            self.zoomed.emit(self.scale_now)

    def _show_added(self, id: str) -> None:
        """Select a new card; what can be seen already stays where it is."""
        self.canvas.select(id)
        centre = self.mapFromScene(self.canvas.card(id).sceneBoundingRect().center())
        if not self.viewport().rect().contains(centre):
            self.reveal(id)

    # --- keys ----------------------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Space belongs to the canvas while it has the focus: held for panning, tapped for run and pause."""
        if event.type() == QEvent.Type.ShortcutOverride and event.key() == Qt.Key.Key_Space:
            event.accept()
            return True
        if event.type() == QEvent.Type.KeyPress and event.key() in TABS and self._walk(event.key() == TABS[0]):
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space held pans; Alt and arrows move what is selected; Escape gives up or clears."""
        key, arrow = event.key(), ARROWS.get(event.key())
        if key == Qt.Key.Key_Space:
            self._hold_space(True, event.isAutoRepeat())
        elif key == Qt.Key.Key_Escape:
            self._escape()
        elif arrow is not None and event.modifiers() & Qt.KeyboardModifier.AltModifier:
            far = 4 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
            self.editor.nudge(arrow[0] * far, arrow[1] * far)
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            event.accept()  # they step through the operations: where that cannot be, nothing scrolls away instead
        else:
            super().keyPressEvent(event)

    def _escape(self) -> None:
        if self.gesture is not None:
            self.cancel_gesture()
        else:
            self.tip.hide()
            self.canvas.clearSelection()

    def _walk(self, forward: bool) -> bool:
        """Tab goes through the layers first, then leaves the canvas; returns whether it stays."""
        ids = list(self.editor.document.network.nodes)
        now = self.canvas.selected
        place = ids.index(now) + (1 if forward else -1) if now in ids else 0 if forward else len(ids) - 1
        if 0 <= place < len(ids):
            self.reveal(ids[place])
            return True
        return False

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Space without a drag was a tap."""
        if event.key() == Qt.Key.Key_Space:
            self._hold_space(False, event.isAutoRepeat())
        else:
            super().keyReleaseEvent(event)

    def _hold_space(self, held: bool, repeated: bool) -> None:
        if repeated or held == self._space:
            return
        self._space = held
        self.viewport().setCursor(Qt.CursorShape.OpenHandCursor if held else Qt.CursorShape.ArrowCursor)
        if held:
            self._dragged = False
        elif not self._dragged:
            self.tapped.emit()
