"""The learning rate, live: typed, or turned up and down by a quarter with the arrow keys and the wheel."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from app import theme
from app.numbers import MINUS, format_number

FACTOR = 1.25


class RateField(QWidget):
    """`chosen(rate)` when the user settles on another rate; a text that is no rate is refused and marked."""

    chosen = Signal(float)

    def __init__(self, parent=None) -> None:
        super().__init__(parent)
        self.value = 0.0
        name = QLabel("learning rate")
        name.setFont(theme.ui_font(theme.SIZE_SMALL))
        name.setProperty("role", "dim")
        self.field = QLineEdit("–")
        self.field.setObjectName("rate")
        self.field.setFont(theme.mono_font(theme.SIZE_HEAD))
        self.field.setFixedSize(84, 22)
        self.field.setAccessibleName("Learning rate")
        self.field.setToolTip("Learning rate; ↑ ↓ or the wheel turn it by a quarter. It takes effect at once.")
        self.field.editingFinished.connect(self._settle)
        self.field.textEdited.connect(lambda: self._mark(self._typed() is not None))
        self.field.installEventFilter(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)
        column.addWidget(name)
        column.addWidget(self.field)

    def show_value(self, rate: float) -> None:
        """Show `rate`, unless the user is typing."""
        if self.field.hasFocus() and self.field.isModified():
            return
        if rate != self.value or self.field.text() == "–":
            self.value = rate
            self.field.setText(_short(rate))
            self._mark(True)

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
            self.field.setText(_short(self.value))
            self._mark(True)
        elif rate != self.value:
            self._choose(rate)

    def _choose(self, rate: float) -> None:
        self.value = rate
        self.field.setModified(False)
        self.field.setText(_short(rate))
        self.chosen.emit(rate)

    def _typed(self) -> float | None:
        try:
            rate = float(self.field.text().replace(MINUS, "-").replace(",", ".").replace("\u2009", ""))
        except ValueError:
            return None
        return rate if math.isfinite(rate) and 0 <= rate <= 1e12 else None

    def _mark(self, good: bool) -> None:
        if self.field.property("wrong") != (not good):
            self.field.setProperty("wrong", not good)
            self.field.style().unpolish(self.field)
            self.field.style().polish(self.field)


def _short(rate: float) -> str:
    text = f"{rate:.4g}"
    return format_number(rate) if "e" in text else text
