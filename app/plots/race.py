"""The card "Optimiser race": who runs at the left, everyone's loss beside it."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from app import theme
from app.plots.card import Card
from app.plots.colours import line_colour
from app.plots.lines import Color, Line, Lines
from app.plots.race_list import WIDE, RaceList
from app.plots.share import Table
from app.plots.switch import Switch
from app.plots.text import Text
from app.watches.race import RaceData, RaceWish
from engine.race import Standing, winner

EMPTY = (
    "Several optimisers start from the network's present weights, on the same batches, and their losses are drawn "
    "here; the network itself stays as it is. Choose who runs, and press Start."
)
BOTH = WIDE + 200  # px from which list and curves stand side by side
SMOOTH = 24  # a running mean goes over so small a part of a noisy curve


class RaceCard(Card):
    """`asked(RaceWish)` on Start and Stop."""

    about = (
        "Every contestant trains a copy of the network: the same weights at first, the same batches, only optimiser "
        "and learning rate differ. The curves are the losses of the batches (smoothed where they are noisy); a cross "
        "marks one that diverged. Whoever has the least loss on the training rows leads. The ways they go can be seen "
        "on the loss surface: choose Along the ways of a race in its menu."
    )

    def __init__(self, parent: QWidget | None = None) -> None:
        self.list, self.lines, self.message_here = RaceList(), Lines(), Text(EMPTY, 12, role="dim", wrap=True)
        self.start, self.switch = QPushButton("Start"), Switch(("Curves", "Who runs"), size=12)
        content = QWidget()
        super().__init__("Optimiser race", content, EMPTY, parent)
        self.start.setFixedHeight(22)
        self.start.setStyleSheet("padding: 0 10px;")
        self.start.clicked.connect(self._start)
        self.head.insertWidget(2, self.switch)
        self.head.addWidget(self.start)
        self.pages, self._beside = QStackedWidget(), QHBoxLayout(content)
        words = QWidget()
        column = QVBoxLayout(words)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.message_here)
        column.addStretch(1)
        self.pages.addWidget(words)
        self.pages.addWidget(self.lines)
        self._beside.setContentsMargins(0, 0, 0, 0)
        self._beside.setSpacing(16)
        self._beside.addWidget(self.list)
        self._beside.addWidget(self.pages, 1)
        self.switch.chosen.connect(lambda _: self._fit())
        self.list.changed.connect(self._say_start)
        self.data: RaceData | None = None
        self._run, self._wanted, self._able = 0, RaceWish(), False
        self.show_content()
        self.lines.apply_theme()
        self._fit()
        self._say_start()

    def minimumSizeHint(self) -> QSize:
        return QSize(150, 90)

    # --- running --------------------------------------------------------------------------------------------------

    @property
    def running(self) -> bool:
        """Whether a race of this card's is under way."""
        return self.data is not None and self.data.running and self.data.run == self._run

    def _start(self) -> None:
        if self.running:
            self._wanted = RaceWish(self._wanted.contestants, self._wanted.steps, self._run, stopped=True)
        else:
            self._run += 1
            self._wanted = RaceWish(self.list.contestants, int(self.list.steps.value), self._run)
            self.switch.choose(0)
        self.asked.emit(self._wanted)

    def _say_start(self) -> None:
        running = self.running
        self.start.setText("Stop" if running else "Start")
        self.start.setAccessibleName("Stop the race" if running else "Start the race")
        self.start.setToolTip("End the race where it is" if running else "Everyone runs from the present weights on")
        self.start.setEnabled(running or self._able)

    # --- what is shown --------------------------------------------------------------------------------------------

    def set_document(self, document) -> None:
        if document is not None:
            training = document.network.training
            self.list.current = (training.optimizer, training.learning_rate)

    def show_snapshot(self, snapshot) -> None:
        data = snapshot.views.get("race")
        able = not snapshot.busy and snapshot.state != "failed"
        if snapshot.learning_rate:
            self.list.current = (self.list.current[0], snapshot.learning_rate)
        if data is self.data and able == self._able:
            return
        self.data, self._able = data, able
        self._draw()
        self._say_start()

    def show_empty(self, message: str) -> None:
        """The list stays: the message stands in the place of the curves."""
        self.message_here.set_text(message)
        self.remark.set_text("")
        self.pages.setCurrentIndex(0)

    def _draw(self) -> None:
        data = self.data
        if data is None or not any(len(standing.curve) > 1 for standing in data.standings):
            waiting = data is not None and data.running
            why = "" if data is None else data.message
            self.show_empty(why or ("The race is about to begin …" if waiting else EMPTY))
            return
        first = winner(data.standings)
        lines = [_line(standing, k == first, data.noisy) for k, standing in enumerate(data.standings)]
        self.lines.set_lines(lines, _is_positive(lines), data.begin)
        self.pages.setCurrentIndex(1)
        self.remark.set_text(_told(data, first))
        self.remark.setToolTip("\n".join(
            f"{s.contestant.title}: {s.trouble}" for s in data.standings if s.trouble))  # fmt: skip

    def table(self) -> Table | None:
        """A line for each point of each curve."""
        if self.data is None:
            return None
        rows = ((s.contestant.title, step, loss) for s in self.data.standings for step, loss in s.curve)
        return Table(("contestant", "step", "loss"), rows)

    # --- room -----------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Side by side, or one of both where the card is narrow."""
        both = self.width() >= BOTH
        self.switch.setVisible(not both)
        self.show_title(both)  # the switch stands in its place
        self.list.setVisible(both or self.switch.index == 1)
        self.pages.setVisible(both or self.switch.index == 0)
        self._beside.setStretch(0, 0 if both else 1)
        self.list.setMaximumWidth(WIDE if both else 16777215)
        self.list.setMinimumWidth(WIDE if both else 0)


def _line(standing: Standing, leads: bool, noisy: bool) -> Line:
    curve = standing.curve
    hurdle = bool(standing.trouble)
    note = ("diverged" if len(curve) else "cannot run") if hurdle else _loss(standing.loss)
    y = steady(curve[:, 1]) if noisy else curve[:, 1]
    return Line(standing.contestant.title, curve[:, 0], y, _hue(standing.contestant.colour), note=note,
                role="bad" if hurdle else "good" if leads else "dim", strong=leads, ended=hurdle)  # fmt: skip


def steady(values: np.ndarray) -> np.ndarray:
    """A running mean (n,) of what is finite, one-sided at the ends, so that the last value is no single batch's."""
    wide = max(1, 2 * (len(values) // (2 * SMOOTH)) + 1)
    if wide == 1 or not len(values):
        return values
    finite, ones = np.isfinite(values), np.ones(wide)
    counts = np.convolve(finite, ones, "same")
    sums = np.convolve(np.where(finite, values, 0.0), ones, "same")
    return np.where(finite, sums / np.maximum(1, counts), np.nan)


def _loss(loss: float) -> str:
    return theme.format_number(loss, 3) if not math.isnan(loss) else ""


def _hue(colour: int) -> Color:
    return lambda tokens: line_colour(tokens, colour)


def _is_positive(lines: list[Line]) -> bool:
    """Whether the losses can stand on a logarithmic axis: a likelihood may be below zero."""
    known = np.concatenate([line.y[np.isfinite(line.y)] for line in lines])
    return bool(len(known)) and bool((known > 0).all())


def _told(data: RaceData, first: int | None) -> str:
    """Who leads, or has won, and how far it is."""
    if data.message:
        return data.message
    if first is None:
        return "nobody is left"
    name = data.standings[first].contestant.title
    done = f"{theme.format_count(data.done)} of {theme.format_count(data.steps)} steps"
    if data.running:
        return f"{name} leads · {done}"
    return f"{name} wins" if data.done >= data.steps else f"{name} leads · ended after {done}"
