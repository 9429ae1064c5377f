"""Who runs in a race: a row each with optimiser and rate, to be added and removed."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QScrollArea, QToolButton, QVBoxLayout, QWidget

from app import theme
from app.panels.controls import Choice
from app.panels.fields import NumberField
from app.plots.colours import line_colour
from app.plots.text import Text
from engine.attributes import Attribute
from engine.race import TITLES, Contestant, classic, customary_rate, sweep
from engine.training import OPTIMIZER_NAMES

MOST = 12  # contestants
RATE = Attribute("learning_rate", "float", 0.1, "Its learning rate.", 1e-12, 1e12)
STEPS = Attribute("steps", "int", 1000, "How many steps everyone takes.", 1, 10_000_000, unit="steps")
WIDE = 252  # px


class Swatch(QWidget):
    """A dash in the colour of a contestant."""

    def __init__(self) -> None:
        super().__init__()
        self.colour = 0
        self.setFixedSize(14, 26)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(QColor(line_colour(theme.current(), self.colour)), 3)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawLine(QPointF(2, self.height() / 2), QPointF(12, self.height() / 2))


class Row(QWidget):
    """One contestant: `changed(Contestant)`, `removed()`."""

    changed = Signal(object)
    removed = Signal()

    def __init__(self, contestant: Contestant) -> None:
        super().__init__()
        self.contestant = contestant
        self.swatch, self.choice, self.rate, self.away = Swatch(), Choice(), NumberField(RATE, False), QToolButton()
        self.swatch.colour = contestant.colour
        for name in OPTIMIZER_NAMES:
            self.choice.addItem(TITLES[name], name)
        self.choice.setFixedHeight(26)
        self.choice.setFont(theme.ui_font(12))
        self.choice.setAccessibleName("Optimiser")
        self.rate.line.setAccessibleName("Learning rate")
        self.rate.line.setToolTip("Learning rate; ↑ ↓ turn it by a quarter")
        self.choice.setMinimumContentsLength(3)
        self.choice.setMinimumWidth(64)
        self.rate.setMinimumWidth(58)
        self.rate.setMaximumWidth(92)
        self.away.setText("×")
        self.away.setProperty("role", "spin")
        self.away.setFixedSize(22, 26)
        self.away.setAccessibleName("Remove from the race")
        self.away.setToolTip("Remove from the race")
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(6)
        line.addWidget(self.swatch)
        line.addWidget(self.choice, 5)
        line.addWidget(self.rate, 4)
        line.addWidget(self.away)
        self._show()
        self.choice.activated.connect(self._choose)
        self.rate.chosen.connect(lambda rate: self._change(learning_rate=float(rate)))
        self.away.clicked.connect(self.removed)

    def _show(self) -> None:
        self.choice.setCurrentIndex(self.choice.findData(self.contestant.optimizer))
        self.rate.set_value(self.contestant.learning_rate)

    def _choose(self, index: int) -> None:
        """Another optimiser runs at the rate that is customary for it."""
        name = self.choice.itemData(index)
        if name != self.contestant.optimizer:
            self._change(optimizer=name, learning_rate=customary_rate(name))

    def _change(self, **what) -> None:
        self.contestant = replace(self.contestant, **what, name="")
        self._show()
        self.changed.emit(self.contestant)


class RaceList(QWidget):
    """`changed()`: another list of `contestants`, or other `steps`."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: list[Row] = []
        self.current = ("sgd", 0.1)  # what the network is trained with
        self._column = QVBoxLayout()
        self._column.setContentsMargins(0, 0, 4, 0)
        self._column.setSpacing(4)
        page, inner = QWidget(), QVBoxLayout()
        inner.setContentsMargins(0, 0, 0, 0)
        inner.addLayout(self._column)
        inner.addStretch(1)
        page.setLayout(inner)
        self._scroll = scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(page)
        self.add, self.four, self.sweep = (QToolButton() for _ in range(3))
        deeds = ((self.add, "Add", "One more contestant", self._add),
                 (self.four, "Four", "SGD, momentum, RMSProp and Adam at their customary rates", self._classic),
                 (self.sweep, "Sweep", "The network's optimiser at five rates, a decade apart", self._sweep),
                 )  # fmt: skip
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        for button, word, tip, deed in deeds:
            button.setText(word)
            button.setToolTip(tip)
            button.setFixedHeight(24)
            button.setFont(theme.ui_font(10.5))
            button.clicked.connect(deed)
            buttons.addWidget(button)
        buttons.addStretch(1)
        self.steps = NumberField(STEPS, False)
        self.steps.set_value(STEPS.default)
        self.steps.setFixedWidth(84)
        self.steps.chosen.connect(lambda _: self.changed.emit())
        label = Text("steps", 10.5, role="dim")
        foot = QGridLayout()
        foot.setContentsMargins(0, 0, 0, 0)
        foot.setHorizontalSpacing(6)
        foot.addWidget(label, 0, 0)
        foot.addWidget(self.steps, 0, 1)
        foot.setColumnStretch(2, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(6)
        whole.addWidget(scroll, 100)
        whole.addLayout(buttons)
        whole.addLayout(foot)
        whole.addStretch(1)
        self.set_contestants(classic())

    def sizeHint(self) -> QSize:
        return QSize(WIDE, 160)

    @property
    def contestants(self) -> tuple[Contestant, ...]:
        """Those in the list."""
        return tuple(row.contestant for row in self.rows)

    def set_contestants(self, contestants: tuple[Contestant, ...]) -> None:
        """Show these."""
        for row in self.rows:
            self._column.removeWidget(row)
            row.deleteLater()
        self.rows = []
        for contestant in contestants[:MOST]:
            self._append(contestant)
        self._changed()

    def _append(self, contestant: Contestant) -> None:
        row = Row(contestant)
        row.changed.connect(lambda _: self.changed.emit())
        row.removed.connect(lambda row=row: self._remove(row))
        self.rows.append(row)
        self._column.addWidget(row)

    def _add(self) -> None:
        used = {row.contestant.colour for row in self.rows}
        colour = next(k for k in range(MOST + 1) if k not in used)
        self._append(Contestant(self.current[0], self.current[1], colour=colour))
        self._changed()

    def _remove(self, row: Row) -> None:
        self.rows.remove(row)
        self._column.removeWidget(row)
        row.deleteLater()
        self._changed()

    def _classic(self) -> None:
        self.set_contestants(classic())

    def _sweep(self) -> None:
        self.set_contestants(sweep(*self.current))

    def _changed(self) -> None:
        self._scroll.setMaximumHeight(len(self.rows) * (26 + 4))
        self.add.setEnabled(len(self.rows) < MOST)
        for row in self.rows:
            row.away.setEnabled(len(self.rows) > 1)
        self.changed.emit()
