"""Files dropped on the window: a network is opened."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QMimeData, QObject
from PySide6.QtWidgets import QWidget


class FileDrop(QObject):
    """Makes `window` take files: `openers` maps a suffix (".chainrule") to what is done with the path."""

    def __init__(self, window: QWidget, openers: dict[str, Callable[[str], object]]) -> None:
        super().__init__(window)
        self.openers = openers
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def path_in(self, mime: QMimeData) -> str | None:
        """The first local file among the dragged ones that somebody opens."""
        paths = [url.toLocalFile() for url in mime.urls() if url.isLocalFile()]
        return next((path for path in paths if self._opener(path)), None)

    def _opener(self, path: str) -> Callable[[str], object] | None:
        return next((deed for suffix, deed in self.openers.items() if path.lower().endswith(suffix)), None)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Accept what can be opened, refuse the rest."""
        if event.type() not in (QEvent.Type.DragEnter, QEvent.Type.DragMove, QEvent.Type.Drop):
            return False
        path = self.path_in(event.mimeData())
        deed = self._opener(path) if path is not None else None
        if path is None or deed is None:
            return False
        event.acceptProposedAction()
        if event.type() == QEvent.Type.Drop:
            deed(path)
        return True
