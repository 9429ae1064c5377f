"""Editors of single settings: typed text that is checked while it is typed, steps, choices, ticks.

Every field has `chosen(value)`, `complained(reason)` ("" when all is well) and `set_value`. `gesture` counts: changes
with the same number belong to one entry of the undo history.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QToolButton, QWidget

from app import theme
from app.numbers import MINUS
from app.panels.controls import Choice, Tick
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
        if self._pause.isActive():
            self._pause.stop()
            self._take()
        if self._reason:
            self._complain("")
        if self.line.text() != self.words(self.value):
            self.line.setText(self.words(self.value))
        self.gesture += 1

    def revert(self) -> None:
        """Back to what holds."""
        self._pause.stop()
        self._settle()

    def _complain(self, reason: str) -> None:
        if reason != self._reason:
            self._reason = reason
            self.line.setProperty("wrong", bool(reason))
            self.line.style().unpolish(self.line)
            self.line.style().polish(self.line)
            self.complained.emit(reason)

    def eventFilter(self, watched, event) -> bool:
        """Escape takes back; a new visit is a new gesture."""
        if event.type() == QEvent.Type.FocusIn:
            self.gesture += 1
        if event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Escape:
            self.revert()
            return True
        if event.type() == QEvent.Type.ShortcutOverride and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            if self._pause.isActive():
                self.flush()  # what a shortcut saves or takes back is what is seen
            if event.matches(QKeySequence.StandardKey.Undo) or event.matches(QKeySequence.StandardKey.Redo):
                event.ignore()  # the document's undo, not the line's
                return True
        return super().eventFilter(watched, event)


class NumberField(TypedField):
    """A number with − and +; ↑ ↓ and (with the keyboard focus) the wheel step too."""

    def __init__(self, attribute: Attribute, buttons: bool = True) -> None:
        super().__init__(attribute)
        for sign, up in ((MINUS, False), ("+", True)) if buttons else ():
            button = QToolButton()
            button.setText(sign)
            button.setProperty("role", "spin")
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.setAutoRepeat(True)
            button.clicked.connect(lambda _=False, up=up: self.step(up))
            button.setFixedWidth(20)
            self._hold(button)

    def parse(self, text: str) -> Any:
        """Whole numbers stay whole; a comma is a decimal mark."""
        text = text.replace(MINUS, "-").replace("\u2009", "").replace(" ", "")
        if self.attribute.kind == "int":
            return int(text)
        return float(text.replace(",", "."))

    def words(self, value: Any) -> str:
        """Short, and exact enough to be typed again."""
        return str(value) if isinstance(value, int) else f"{value:.10g}".replace("e-0", "e-").replace("-", MINUS)

    def step(self, up: bool) -> None:
        """One step up or down, within the range."""
        if self._pause.isActive() or self._reason:
            self.revert() if self._reason else self.flush()
        value = stepped(self.attribute, self.value, up)
        if value != self.value:
            self._choose(value)
            self.line.setText(self.words(value))

    def eventFilter(self, watched, event) -> bool:
        """Arrow keys; the wheel only where the keyboard is, so that scrolling the page changes nothing."""
        if event.type() == QEvent.Type.KeyPress and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.step(event.key() == Qt.Key.Key_Up)
            return True
        if event.type() == QEvent.Type.Wheel:
            if not self.line.hasFocus() or not event.angleDelta().y():
                return False
            self.step(event.angleDelta().y() > 0)
            return True
        return super().eventFilter(watched, event)


def stepped(attribute: Attribute, value: Any, up: bool) -> Any:
    """The next value: whole numbers by one, narrow ranges by a fiftieth, all others by a quarter."""
    low, high = attribute.low, attribute.high
    if attribute.kind == "int":
        new = value + (1 if up else -1)
    elif low is not None and high is not None and high - low <= 20:
        unit = (high - low) / 50
        new = round((round(value / unit) + (1 if up else -1)) * unit, 10)
    elif value == 0:
        new = 1e-4 if up else 0.0
    else:
        new = float(f"{value * (1.25 if up else 0.8):.3g}")
        new = 0.0 if not up and new < 1e-5 and (low or 0) <= 0 else new
    new = new if low is None else max(type(value)(low), new)
    return new if high is None else min(type(value)(high), new)


class ShapeField(TypedField):
    """ "8×8": sizes joined by ×, x, * or commas."""

    def parse(self, text: str) -> Any:
        """A tuple of sizes. Raises ValueError."""
        parts = text.replace("×", " ").replace("x", " ").replace("*", " ").replace(",", " ").split()
        if not parts:
            raise ValueError("a shape needs at least one size")
        return tuple(int(part) for part in parts)

    def words(self, value: Any) -> str:
        """Joined by ×."""
        return "×".join(map(str, value))


class NamesField(TypedField):
    """A list of names, parted by commas."""

    def parse(self, text: str) -> Any:
        """The names."""
        return tuple(part.strip() for part in text.split(",") if part.strip())

    def words(self, value: Any) -> str:
        """With commas."""
        return ", ".join(map(str, value))


class ChoiceField(Field):
    """A list to choose from; the wheel passes by."""

    def __init__(self, attribute: Attribute) -> None:
        super().__init__(attribute)
        self.box = Choice()
        for choice in attribute.choices:
            self.box.addItem(choice.replace("_", " "), choice)
        self.box.activated.connect(lambda index: self._choose(self.box.itemData(index)))
        self.setFocusProxy(self.box)
        self._hold(self.box, 1)

    def set_value(self, value: Any) -> None:
        """Show `value`."""
        self.value = value
        self.box.setCurrentIndex(max(0, self.box.findData(value)))


class TickField(Field):
    """Yes or no."""

    def __init__(self, attribute: Attribute) -> None:
        super().__init__(attribute)
        self.box = Tick()
        self.box.clicked.connect(self._choose)
        self.setFocusProxy(self.box)
        self._hold(self.box)
        self.layout().addStretch(1)

    def set_value(self, value: Any) -> None:
        """Show `value`."""
        self.value = value
        self.box.setChecked(bool(value))


def make_field(attribute: Attribute, buttons: bool = True) -> Field:
    """The editor that suits `attribute`; numbers with − and + if there are to be `buttons`."""
    from engine.data.options import ListAttribute

    if isinstance(attribute, ListAttribute):
        return NamesField(attribute)
    kinds = {
        "int": NumberField, "float": NumberField, "shape": ShapeField, "choice": ChoiceField, "bool": TickField,
        "text": TypedField,
    }  # fmt: skip
    kind = kinds[attribute.kind]
    field = kind(attribute, buttons) if kind is NumberField else kind(attribute)
    field.set_value(attribute.default)
    return field
