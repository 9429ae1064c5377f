"""What can be done to the network on the canvas. Every deed is one edit of the document, or a message why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, Signal
from PySide6.QtWidgets import QApplication

from app import editing, editing_clipboard
from app.canvas import geometry as g
from engine.edits import MoveLayers, RenameLayer
from engine.errors import ChainruleError
from engine.network import Wire

if TYPE_CHECKING:
    from app.canvas.items import WireKey
    from app.canvas.scene import CanvasScene
    from app.document import Document
    from engine.edits import Edit


class CanvasEditor(QObject):
    """Deeds on `document`, as far as they need the selection of `scene`. `refused(message)`: one could not be done.

    `edited` follows every deed that was done here, `added(id)` a new layer.
    """

    refused = Signal(str)
    edited = Signal()
    added = Signal(str)

    def __init__(self, document: Document, scene: CanvasScene, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document, self.scene = document, scene

    @property
    def ids(self) -> list[str]:
        """Ids of the selected layers, in the document's order."""
        chosen = {card.id for card in self.scene.chosen_cards()}
        return [id for id in self.document.network.nodes if id in chosen]

    def apply(self, edit: Edit | None, text: str, merge: str | None = None) -> bool:
        """Carry out `edit`, if there is one; returns whether anything was done."""
        if edit is None:
            return False
        try:
            self.document.apply(edit, text, merge)
        except ChainruleError as error:
            self.refused.emit(str(error))
            return False
        self.edited.emit()
        return True

    # --- layers --------------------------------------------------------------------------------------------------

    def add(self, kind: str, spot: QPointF) -> None:
        """A new layer beside the selected one (or the loose end) and wired from it; else around `spot`, its centre."""
        network = self.document.network
        beside = self.scene.selected or editing.loose_end(network)
        edit, id = editing.addition(network, kind, beside, _corner(spot))
        if self.apply(edit, f"Add {id}"):
            self.added.emit(id)

    def drop(self, kind: str, spot: QPointF, wire: WireKey | None) -> None:
        """A new layer with its centre at `spot`; into `wire`, if one is there."""
        network = self.document.network
        if wire is not None:
            edit, id = editing.insertion(network, kind, Wire(*wire), _corner(spot))
        else:
            edit, id = editing.addition(network, kind, None, _corner(spot))
        if self.apply(edit, f"Insert {id}" if wire else f"Add {id}"):
            self.added.emit(id)

    def delete(self) -> None:
        """The selected layers and wires."""
        wires = [Wire(*item.key) for item in self.scene.chosen_wires()]
        ids = self.ids
        what = ids[0] if len(ids) == 1 else f"{len(ids)} layers" if ids else "wire"
        self.apply(editing.deletion(self.document.network, ids, wires), f"Delete {what}")

    def rename(self, old: str, new: str) -> bool:
        """Another name for a layer; returns whether it was taken."""
        if new == old:
            return True
        done = self.apply(RenameLayer(old, new), f"Rename {old} to {new}")
        if done:
            self.scene.select(new)
        return done

    def select_everything(self) -> None:
        """All layers and wires."""
        self.scene.select_everything()

    # --- clipboard -----------------------------------------------------------------------------------------------

    def copy(self) -> bool:
        """The selected layers onto the clipboard; returns whether there were any."""
        if not self.ids:
            return False
        # not a QMimeData made here: Qt may delete it after the interpreter is gone, and that crashes the process
        QApplication.clipboard().setText(editing_clipboard.copied(self.document.network, self.ids))
        return True

    def cut(self) -> None:
        """Copy and delete."""
        if self.copy():
            self.delete()

    def paste(self) -> None:
        """Layers from the clipboard, under free names, and selected."""
        self._insert(QApplication.clipboard().text(), "Paste")

    def duplicate(self) -> None:
        """The selected layers once more, without touching the clipboard."""
        if self.ids:
            self._insert(editing_clipboard.copied(self.document.network, self.ids), "Duplicate")

    def _insert(self, text: str, deed: str) -> None:
        try:
            edit, names = editing_clipboard.pasting(self.document.network, text)
        except ChainruleError as error:
            self.refused.emit(str(error))
            return
        if self.apply(edit, f"{deed} {names[0] if len(names) == 1 else f'{len(names)} layers'}"):
            self.scene.select_all(names)

    # --- places --------------------------------------------------------------------------------------------------

    def commit_move(self) -> None:
        """One edit for all cards that a drag has moved."""
        moved = self.scene.moved()
        if moved:
            self.apply(MoveLayers(moved), f"Move {moved[0][0] if len(moved) == 1 else 'layers'}")

    def nudge(self, across: float, down: float) -> None:
        """The selected layers by a little; several in a row are one entry of the history."""
        ids = self.ids
        self.apply(editing.nudging(self.document.network, ids, (across, down)), "Move", merge=f"nudge {ids}")

    def align(self, edge: str) -> None:
        """The selected layers on one line, "left" or "top"."""
        self.apply(editing.alignment(self.document.network, self.ids, edge), f"Align {edge}")

    def distribute(self, axis: int) -> None:
        """Equal distances, sideways (0) or downwards (1)."""
        self.apply(editing.distribution(self.document.network, self.ids, axis), "Distribute")

    def arrange(self) -> None:
        """Lay all layers out in columns."""
        self.scene.arrange()

    def connect_to(self, wire: Wire) -> None:
        """A wire chosen by keyboard."""
        if self.apply(editing.rewiring(None, wire), f"Connect {wire.source} → {wire.target}"):
            self.scene.select(wire.target)


def _corner(centre: QPointF) -> tuple[float, float]:
    return round((centre.x() - g.WIDTH / 2) / 4) * 4.0, round((centre.y() - g.HEIGHT / 2) / 4) * 4.0
