"""Tensor: one value of the selected layer in figures, as a histogram and as a table."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QComboBox, QSizePolicy, QVBoxLayout, QWidget

from app import theme
from app.panels.form import Form
from app.panels.table import TensorTable
from app.plots import colours
from app.plots.heatmap import AHEAD
from app.plots.statistics import Statistics, histogram
from app.plots.text import Elided, Text, restyle
from app.value_names import values_of

BINS = 61  # odd: zero lies in the middle of a bar
NO_LAYER = "Select a layer on the canvas to see its values here as numbers."
NOT_YET = "The values of {layer} stand here as soon as it has run. Press Space, or step with →."
NO_VALUES = "{layer} holds no values of its own in this program."


class Histogram(QWidget):
    """Counts over the values between ∓ the largest magnitude, bars in the signed colours."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.counts, self.limit = np.zeros(BINS, int), 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("histogram of the values")

    def set_values(self, array: np.ndarray, limit: float) -> None:
        """Show the distribution of `array` between ±`limit`."""
        self.limit, self.counts = limit, histogram(array, limit, BINS)
        self.setToolTip(f"from −{theme.format_number(limit)} to +{theme.format_number(limit)}")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, 76)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, tokens = QPainter(self), theme.current()
        room, step = self.height() - 16, self.width() / BINS
        hues = colours.signed(np.linspace(-1, 1, BINS)[None], 1.0, tokens)[0]
        most = max(1, int(self.counts.max()))
        for i, count in enumerate(self.counts):
            high = room * count / most if count == 0 else max(1.5, room * count / most)
            hue = QColor(*map(int, hues[i])) if abs(2 * i - BINS + 1) > 6 else QColor(tokens.dim)
            painter.fillRect(QRectF(i * step, room - high, max(1.0, step - 1), high), hue)
        painter.fillRect(QRectF(0, room, self.width(), 1), QColor(tokens.hairline))
        painter.setFont(theme.mono_font(10.5))
        painter.setPen(QColor(tokens.dim))
        below = self.rect().adjusted(0, room + 2, 0, 0)
        limit = theme.format_number(self.limit, 3)
        for text, side in ((f"−{limit}", Qt.AlignmentFlag.AlignLeft), ("0", Qt.AlignmentFlag.AlignHCenter),
                           (f"+{limit}", Qt.AlignmentFlag.AlignRight)):  # fmt: skip
            painter.drawText(below, side | Qt.AlignmentFlag.AlignTop, text)


class TensorPanel(QWidget):
    """`name_changed(str)`: another value is wanted."""

    name_changed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.layer: str | None = None
        self.choice, self.shape = QComboBox(), Elided("", 12, role="dim", mono=True)
        self.figures, self.histogram, self.table = Form(columns=2), Histogram(), TensorTable()
        self.note, self.message = Elided("", 10.5, role="dim"), Text(NO_LAYER, 12, role="dim", wrap=True)
        self.ahead = Text(f"These numbers are {AHEAD}.", 11, role="dim", wrap=True)
        self.ahead.hide()
        self._program: tuple = ()
        self._array: np.ndarray | None = None
        self.choice.setAccessibleName("value of the layer")
        self.choice.currentTextChanged.connect(self._choose)
        self._lay_out()
        self._show(None)

    def _lay_out(self) -> None:
        self.details = QWidget()
        inner = QVBoxLayout(self.details)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(10)
        for widget in (self.ahead, self.shape, self.figures, self.histogram):
            inner.addWidget(widget)
        inner.addWidget(self.table, 1)
        inner.addWidget(self.note)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 8)
        column.setSpacing(10)
        column.addWidget(self.choice)
        column.addWidget(self.message)
        column.addWidget(self.details, 1)
        column.addStretch(0)

    @property
    def name(self) -> str:
        """Name of the value shown; empty if there is none."""
        return self.choice.currentText()

    def select_layer(self, layer: str | None) -> None:
        """Offer the values of this layer."""
        if layer != self.layer:
            self.layer = layer
            self._fill_choice()

    def show_snapshot(self, snapshot) -> None:
        """Show the chosen value as it is now."""
        if snapshot.instructions is not self._program:
            self._program = snapshot.instructions
            self._fill_choice()
        array = snapshot.values.get(self.name)
        if array is not self._array or array is None:
            self._show(array)
        self.ahead.setVisible(array is not None and self.name in snapshot.ahead)

    def _fill_choice(self) -> None:
        before, names = self.name, values_of(self._program, self.layer)
        self.choice.blockSignals(True)
        self.choice.clear()
        self.choice.addItems(names)
        if before in names:
            self.choice.setCurrentText(before)
        self.choice.blockSignals(False)
        self.choice.setVisible(bool(names))
        self._choose(self.name)

    def _choose(self, name: str) -> None:
        self._show(None)
        self.name_changed.emit(name)

    def _show(self, array: np.ndarray | None) -> None:
        self._array = array
        self.details.setVisible(array is not None)
        self.message.setVisible(array is None)
        if array is None:
            missing = NOT_YET if self.choice.count() or not self._program else NO_VALUES
            self.message.set_text(NO_LAYER if self.layer is None else missing.format(layer=self.layer))
            return
        found = Statistics.of(array)
        self.shape.set_text(
            f"[{', '.join(map(str, array.shape))}]  {array.dtype}  {theme.format_count(array.size)} values"
        )
        self.figures.set_rows(figures(found))
        largest = max(abs(found.low), abs(found.high))
        self.histogram.set_values(array, largest if np.isfinite(largest) else 0.0)
        self.table.tensor.set_array(array)
        self.note.set_text(self.table.tensor.note)
        self.note.setVisible(bool(self.table.tensor.note))

    def apply_theme(self) -> None:
        """Take on the current theme."""
        restyle(self)


def figures(found: Statistics) -> list[tuple[str, str, str]]:
    """The statistics as rows of a form, in the order in which they are read: across, then down."""
    number = theme.format_number
    bad = f"{theme.format_count(found.bad)} of {theme.format_count(found.size)}" if found.bad else "none"
    return [
        ("min", number(found.low), "smallest finite value"), ("max", number(found.high), "largest finite value"),
        ("mean", number(found.mean), "of the finite values"), ("std", number(found.std), "standard deviation"),
        ("zeros", theme.format_percent(found.zeros), "share of values that are exactly 0"),
        ("not finite", bad, "NaN or infinite"),
    ]  # fmt: skip
