"""Editors of single settings: numbers with steps, shapes, names, choices, ticks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QToolButton

from app.numbers import MINUS
from app.panels.controls import Choice, Tick
from app.panels.typed_field import Field, TypedField

if TYPE_CHECKING:
    from engine.attributes import Attribute, PathAttribute


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
        if self._reason:
            self.revert()
        elif self._before:
            self.flush()
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


class PathField(TypedField):
    """The path of a file, typed or picked."""

    def __init__(self, attribute: PathAttribute) -> None:
        super().__init__(attribute)
        self.button = QToolButton()
        self.button.setText("…")
        self.button.setProperty("role", "spin")
        self.button.setToolTip("Pick a file")
        self.button.clicked.connect(self.pick)
        self.button.setFixedWidth(24)
        self._hold(self.button)
        self.button.setAccessibleName(f"pick {attribute.name}")

    def pick(self) -> None:
        """Ask for a file, and take it."""
        from app import files_dialogs

        kinds = f"Files ({self.attribute.pattern});;All files (*)"
        path = files_dialogs.pick_file(self.window(), f"Open {self.attribute.name}", kinds)
        if path and path != self.value:
            self.gesture += 1
            self._choose(path)
            self.line.setText(path)


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
    from engine.attributes import PathAttribute
    from engine.data.options import ListAttribute

    if isinstance(attribute, ListAttribute | PathAttribute):
        return NamesField(attribute) if isinstance(attribute, ListAttribute) else PathField(attribute)
    kinds = {
        "int": NumberField, "float": NumberField, "shape": ShapeField, "choice": ChoiceField, "bool": TickField,
        "text": TypedField,
    }  # fmt: skip
    kind = kinds[attribute.kind]
    field = kind(attribute, buttons) if kind is NumberField else kind(attribute)
    field.set_value(attribute.default)
    return field
