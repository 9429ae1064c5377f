"""Layers dragged in from the palette: where they may land, and what lies under them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QMimeData, QPoint, Qt

from app import editing
from app.canvas.items import NodeItem, WireItem

if TYPE_CHECKING:
    from PySide6.QtGui import QDragMoveEvent, QDropEvent

    from app.canvas.view import CanvasView

MIME = "application/x-chainrule-layer"


def mime_of(kind: str) -> QMimeData:
    """What is dragged: the kind of layer."""
    mime = QMimeData()
    mime.setData(MIME, QByteArray(kind.encode()))
    return mime


def kind_in(mime: QMimeData) -> str | None:
    """The kind of layer dragged; None for anything else."""
    from engine.layers import REGISTRY

    kind = mime.data(MIME).data().decode("utf-8", "replace") if mime.hasFormat(MIME) else ""
    return kind if kind in REGISTRY else None


class DropTarget:
    """Follows a drag over `view`."""

    def __init__(self, view: CanvasView) -> None:
        self._view = view

    def over(self, event: QDragMoveEvent) -> None:
        """Accept a layer; the wire it would go into lights up."""
        kind = kind_in(event.mimeData())
        if kind is None:
            event.ignore()
            return
        where = event.position()
        self._show(where.toPoint(), kind)
        self._view.edge.follow(where, lambda: self._show(where.toPoint(), kind))
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()

    def _show(self, where: QPoint, kind: str) -> None:
        wire = self._wire_at(where, kind)
        self._view.canvas.mark_hot(None, wire)
        self._view.tip.show_at(where, f"Insert between {wire.key[0]} and {wire.key[1]}" if wire else "")

    def gone(self) -> None:
        """The drag has left."""
        self._view.edge.stop()
        self._view.canvas.mark_hot(None)
        self._view.tip.hide()

    def drop(self, event: QDropEvent) -> None:
        """A layer is let go."""
        self.gone()
        kind = kind_in(event.mimeData())
        if kind is None:
            event.ignore()
            return
        where = event.position().toPoint()
        wire = self._wire_at(where, kind)
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        self._view.editor.drop(kind, self._view.mapToScene(where), wire.key if wire else None)
        self._view.setFocus()

    def _wire_at(self, where: QPoint, kind: str) -> WireItem | None:
        if not editing.insertable(kind):
            return None
        around = self._view.mapToScene(where.x() - 6, where.y() - 6, 12, 12)
        items = self._view.canvas.items(around)
        if any(isinstance(item, NodeItem) for item in items):
            return None
        return next((item for item in items if isinstance(item, WireItem)), None)
