"""What all editors of settings share, and text that is checked while it is typed.

Every field has `chosen(value)`, `complained(reason)` ("" when all is well) and `set_value`. `gesture` counts: changes
with the same number belong to one entry of the undo history.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from app import theme
from engine.errors import ChainruleError

if TYPE_CHECKING:
    from engine.attributes import Attribute

TYPING_MS, PAUSE_SECONDS = 250, 1.2
HEIGHT = 26


class Field(QWidget):
    """What all fields share."""

    chosen = Signal(object)
    complained = Signal(str)

    def __init__(self, attribute: Attribute) -> None:
        super().__init__()
        self.attribute, self.value, self.gesture = attribute, attribute.default, 0
        self._last = 0.0
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)

    def _hold(self, widget: QWidget, stretch: int = 0) -> None:
        widget.setFont(theme.mono_font(theme.SIZE_BODY) if isinstance(widget, QLineEdit) else theme.ui_font(12))
        widget.setAccessibleName(self.attribute.name.replace("_", " "))
        widget.setFixedHeight(HEIGHT)
        self.layout().addWidget(widget, stretch)

    def _choose(self, value: Any) -> None:
        now = time.monotonic()
        if now - self._last > PAUSE_SECONDS and not self.busy():
            self.gesture += 1
        self._last = now
        self.value = value
        self.chosen.emit(value)

    def busy(self) -> bool:
        """Whether the user is in the middle of it."""
        return False

    def flush(self) -> None:
        """Settle what is half typed."""


class TypedField(Field):
    """A line of text. What is wrong is marked with its reason, and taken back on leaving."""

    def __init__(self, attribute: Attribute) -> None:
        super().__init__(attribute)
        self.line = QLineEdit()
        self.line.setObjectName("setting")
        self.line.textEdited.connect(self._typed)
        self.line.editingFinished.connect(self._settle)
        self.line.installEventFilter(self)
        self.setFocusProxy(self.line)
        self._hold(self.line, 1)
        self._pause = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._pause.timeout.connect(self._take)
        self._reason = ""
        self._before: tuple[Any, ...] = ()  # the value before the typing began; empty while nothing is typed

    def parse(self, text: str) -> Any:
        """The value that `text` means. Raises ValueError."""
        return text

    def words(self, value: Any) -> str:
        """`value` as it is typed."""
        return str(value)

    def set_value(self, value: Any) -> None:
        """Show `value`, unless something else is just being typed."""
        same, self.value = value == self.value and self.line.text() != "", value
        if not same and not self._pause.isActive() and not self._reason:
            self.line.setText(self.words(value))
            self.line.setCursorPosition(0)

    def busy(self) -> bool:
        """While it has the keyboard."""
        return self.line.hasFocus()

    def flush(self) -> None:
        """Take what is typed, or take it back."""
        self._settle()

    def checked(self, text: str) -> Any:
        """The value, in range. Raises ChainruleError or ValueError."""
        return self.attribute.check(self.parse(text.strip()))

    def _typed(self, text: str) -> None:
        self._before = self._before or (self.value,)
        try:
            self.checked(text)
        except (ChainruleError, ValueError, OverflowError) as error:
            self._pause.stop()
            own = isinstance(error, ChainruleError)
            self._complain(str(error) if own else f"{text!r} is not {self.attribute.describe()}.")
        else:
            self._complain("")
            self._pause.start()

    def _take(self) -> None:
        value = self.checked(self.line.text())
        if value != self.value:
            self._choose(value)

    def _settle(self) -> None:
        self._before = ()
        if self._pause.isActive():
            self._pause.stop()
            self._take()
        if self._reason:
            self._complain("")
        if self.line.text() != self.words(self.value):
            self.line.setText(self.words(self.value))
        self.gesture += 1

    def revert(self) -> None:
        """Back to what held before the typing, in the same entry of the undo history."""
        self._pause.stop()
        for value in self._before:
            if value != self.value:
                self._choose(value)
        self._settle()

    def _complain(self, reason: str) -> None:
        if reason != self._reason:
            self._reason = reason
            self.line.setProperty("wrong", bool(reason))
            self.line.style().unpolish(self.line)
            self.line.style().polish(self.line)
            self.complained.emit(reason)

    def eventFilter(self, watched, event) -> bool:
        """Escape takes back, and goes on to whoever gives the keys away; a new visit is a new gesture."""
        if event.type() == QEvent.Type.FocusIn:
            self.gesture += 1
        if event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Escape:
            self.revert()
        if event.type() == QEvent.Type.ShortcutOverride and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            if self._pause.isActive():
                self.flush()  # what a shortcut saves or takes back is what is seen
            if event.matches(QKeySequence.StandardKey.Undo) or event.matches(QKeySequence.StandardKey.Redo):
                event.ignore()  # the document's undo, not the line's
                return True
        return super().eventFilter(watched, event)
