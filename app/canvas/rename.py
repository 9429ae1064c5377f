"""The name of a card, typed over where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QLineEdit

from app import theme
from app.canvas import geometry as g
from engine.edits import check_id
from engine.errors import EditError

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

LEAST = 96


class RenameField(QLineEdit):
    """Enter or a click elsewhere takes the name, Escape does not; a name that cannot be taken stays and says why."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view.viewport())
        self._view, self._id, self._closing = view, "", False
        self.setObjectName("rename")
        self.setAccessibleName("Name of the layer")
        self.setMaxLength(64)
        self.textEdited.connect(self._judge)
        self.returnPressed.connect(self.finish)
        view.zoomed.connect(lambda _: self._place())
        self.hide()

    def begin(self, id: str) -> None:
        """Type over the name of layer `id`."""
        self._id = id
        self.setText(id)
        self._judge(id)
        self._place()
        self.show()
        self.raise_()
        self.selectAll()
        self.setFocus()

    def finish(self) -> None:
        """Take the name, if it can be taken."""
        if self.isHidden():
            return
        new, old = self.text().strip(), self._id
        if self._judge(new):
            self.close_field()
            self._view.editor.rename(old, new)

    def close_field(self) -> None:
        """Away with it; the name is what it was."""
        if self.isHidden() or self._closing:
            return
        self._closing = True  # losing the focus would close it once more
        if self.hasFocus():
            self._view.setFocus()
        self._id = ""
        self.hide()
        self._view.tip.hide()
        self._closing = False

    def _judge(self, text: str) -> bool:
        wrong = self._wrong_with(text.strip())
        if bool(wrong) != bool(self.property("wrong")):
            self.setProperty("wrong", bool(wrong))
            self.style().unpolish(self)
            self.style().polish(self)
        self._view.tip.show_at(self.geometry().bottomLeft(), wrong, "bad")
        return not wrong

    def _wrong_with(self, name: str) -> str:
        if name != self._id and name in self._view.editor.document.network.nodes:
            return f"There is already a layer {name!r}; choose another name."
        try:
            check_id(name)
        except EditError as error:
            return str(error)
        return ""

    def _place(self) -> None:
        item = self._view.canvas.nodes.get(self._id)
        if item is None:
            return
        scale, corner = self._view.scale_now, self._view.mapFromScene(item.pos())
        self.setFont(theme.ui_font(max(11.0, min(22.0, 14.5 * scale)), 600))
        height = max(24, round(26 * scale))
        width = max(LEAST, round((g.WIDTH - 20) * scale))
        self.setGeometry(QRect(corner.x() + round(10 * scale), corner.y() + round(5 * scale), width, height))

    def keyPressEvent(self, event) -> None:
        """Escape leaves; every other key stays here."""
        if event.key() == Qt.Key.Key_Escape:
            self.close_field()
            return
        super().keyPressEvent(event)
        event.accept()

    def focusOutEvent(self, event) -> None:
        """Leaving takes the name if it can be taken, and forgets it otherwise."""
        super().focusOutEvent(event)
        if not self.isHidden() and not self._closing and event.reason() != Qt.FocusReason.PopupFocusReason:
            self.finish()
            self.close_field()
