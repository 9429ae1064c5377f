"""The learning rate, live: typed, or turned up and down by a quarter with the arrow keys and the wheel."""

from __future__ import annotations

import math

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from app import theme
from app.numbers import MINUS, format_number

FACTOR = 1.25
NAME = "learning rate"
LARGEST = 1e12


class RateField(QWidget):
    """`chosen(rate)` when the user settles on another rate; `left` when Return or Escape ends the typing.

    A text that is no rate is marked, with the reason below it, until it is mended or taken back with Escape.
    """

    chosen = Signal(float)
    left = Signal()

    def __init__(self, parent=None) -> None:
        super().__init__(parent)
        self.value = 0.0
        self.name = QLabel(NAME)
        self.name.setFont(theme.ui_font(theme.SIZE_SMALL))
        self.name.setProperty("role", "dim")
        self.field = QLineEdit("–")
        self.field.setObjectName("rate")
        self.field.setFont(theme.mono_font(theme.SIZE_HEAD))
        self.field.setFixedSize(84, 22)
        self.field.setAccessibleName("Learning rate")
        self.field.setToolTip("Learning rate; ↑ ↓ or the wheel turn it by a quarter. It takes effect at once.")
        self.field.editingFinished.connect(self._settle)
        self.field.returnPressed.connect(self.left)
        self.field.textEdited.connect(self._edited)
        self.note: QLabel | None = None
        self.field.installEventFilter(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)
        column.addWidget(self.name)
        column.addWidget(self.field)

    def show_value(self, rate: float) -> None:
        """Show `rate`, unless the user is typing."""
        if self.field.property("wrong") or (self.field.hasFocus() and self.field.isModified()):
            return
        if rate != self.value or self.field.text() == "–":
            self.value = rate
            self.field.setText(_short(rate))
            self._mark(True)

    def show_step(self, rate: float | None) -> None:
        """Tell the rate of the step where a schedule makes it another than was set."""
        now = rate is not None and rate != self.value
        self.name.setText(f"now {_short(rate)}" if now else NAME)
        self.name.setToolTip("The schedule has brought the learning rate to this" if now else "")

    def eventFilter(self, watched, event) -> bool:
        """Arrow keys and the wheel."""
        if event.type() == event.Type.KeyPress and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._turn(event.key() == Qt.Key.Key_Up)
            return True
        if event.type() == event.Type.KeyPress and event.key() == Qt.Key.Key_Escape:
            self.field.setModified(False)
            self.field.setText(_short(self.value))
            self._mark(True)
            self.field.clearFocus()
            self.left.emit()
            return True
        if event.type() == event.Type.Wheel and event.angleDelta().y():
            self._turn(event.angleDelta().y() > 0)
            return True
        return super().eventFilter(watched, event)

    def _turn(self, up: bool) -> None:
        if self.value > 0:
            self._choose(float(f"{self.value * FACTOR if up else self.value / FACTOR:.3g}"))

    def _settle(self) -> None:
        rate = self._typed()
        if not self.field.isModified():
            return
        self.field.setModified(False)
        if rate is None:
            self.field.setModified(True)
            self._edited()
        elif rate != self.value:
            self._choose(rate)

    def _edited(self) -> None:
        """While the text is no rate the field is red, and the reason stands below it as long."""
        good = self._typed() is not None
        self._mark(good)
        if not good:
            self._tell(
                f"{_reason(self.field.text())}\nThe learning rate stays {_short(self.value)}; Esc brings it back."
            )

    def _tell(self, words: str) -> None:
        if self.note is None:
            self.note = QLabel(self.window())
            self.note.setProperty("role", "note")
            self.note.setMargin(8)
            self.note.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.note.setText(words)
        self.note.adjustSize()
        place = self.field.mapTo(self.window(), QPoint(0, self.field.height() + 6))
        self.note.move(max(8, min(place.x(), self.window().width() - self.note.width() - 8)), place.y())
        self.note.raise_()
        self.note.show()

    def _choose(self, rate: float) -> None:
        self.value = rate
        self.field.setModified(False)
        self.field.setText(_short(rate))
        self._mark(True)
        self.chosen.emit(rate)

    def _typed(self) -> float | None:
        rate = _number(self.field.text())
        return rate if rate is not None and math.isfinite(rate) and 0 <= rate <= LARGEST else None

    def _mark(self, good: bool) -> None:
        if good and self.note is not None:
            self.note.hide()
        if self.field.property("wrong") != (not good):
            self.field.setProperty("wrong", not good)
            self.field.style().unpolish(self.field)
            self.field.style().polish(self.field)


def _number(text: str) -> float | None:
    try:
        return float(text.replace(MINUS, "-").replace(",", ".").replace("\u2009", ""))
    except ValueError:
        return None


def _reason(text: str) -> str:
    """Why `text` is no learning rate."""
    rate = _number(text)
    if rate is None:
        return (
            f"“{text[:20]}” is not a number: type one such as 0.05 or 1e-3." if text.strip() else "Nothing was typed."
        )
    if math.isfinite(rate):
        return "A learning rate cannot be negative." if rate < 0 else "A learning rate is at most 1e12."
    return "A learning rate must be finite."


def _short(rate: float) -> str:
    text = f"{rate:.4g}"
    return format_number(rate) if "e" in text else text
