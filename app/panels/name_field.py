"""The layer's name, which can be typed over."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from app import theme
from app.plots.text import Text


class NameField(QWidget):
    """`chosen(name)` when the user settles on another one. Whoever is asked may `refuse` it with a reason."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.line, self.reason = QLineEdit(), Text("", 10.5, role="bad", wrap=True)
        self.line.setObjectName("name")
        self.line.setAccessibleName("Name")
        self.line.setMaxLength(64)
        self.line.editingFinished.connect(self._settle)
        self.line.textEdited.connect(lambda: self.refuse(""))
        self.line.installEventFilter(self)
        self.reason.hide()
        self._name, self._looks = "", (None, None)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.line)
        column.addWidget(self.reason)
        self.apply_theme()

    def set_name(self, name: str, editable: bool) -> None:
        """Show `name`; while the user types another one, that stays."""
        self.line.setReadOnly(not editable)
        self.line.setFocusPolicy(Qt.FocusPolicy.StrongFocus if editable else Qt.FocusPolicy.NoFocus)
        self.line.setToolTip("Name of the layer: click to change it." if editable else name)
        self.line.setProperty("fixed", not editable)
        if name != self._name or not self.line.isModified():
            self._name = name
            self.line.setText(name)
            self.line.setCursorPosition(0)
            self.refuse("")

    def text(self) -> str:
        """What stands there."""
        return self.line.text()

    def refuse(self, reason: str) -> None:
        """Mark what is typed, and say why."""
        self.reason.set_text(reason)
        self.reason.setVisible(bool(reason))
        self.line.setProperty("wrong", bool(reason))
        looks = (self.line.property("fixed"), bool(reason))
        if looks != self._looks:  # the stylesheet is not asked again at every edit
            self._looks = looks
            self.line.style().unpolish(self.line)
            self.line.style().polish(self.line)

    def flush(self) -> None:
        """Settle what is typed."""
        self._settle()

    def _settle(self) -> None:
        if self.line.isReadOnly() or not self.line.isModified():
            return
        wanted = self.line.text().strip()
        self.line.setModified(False)
        if wanted != self._name:
            self.chosen.emit(wanted)
        if self.line.text() != self._name and (not self.line.hasFocus() or not self.reason.text()):
            self.line.setText(self._name)
            self.refuse("")

    def eventFilter(self, watched, event) -> bool:
        """Escape takes back, and goes on to whoever gives the keys away; leaving takes back what was refused."""
        if event.type() == event.Type.KeyPress and event.key() == Qt.Key.Key_Escape:
            self.line.setModified(False)
            self.line.setText(self._name)
            self.refuse("")
        if event.type() == event.Type.FocusOut and self.reason.text():
            self.line.setText(self._name)
            self.refuse("")
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter leaves the field unless the name was refused: then it stays to be mended."""
        if not self.reason.text() or event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)

    def apply_theme(self) -> None:
        """The heading's font."""
        self.line.setFont(theme.ui_font(15, 600))
