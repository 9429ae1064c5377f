"""How the network is trained: every training setting, and runs of one or all epochs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app import theme
from app.numbers import format_count

if TYPE_CHECKING:
    from app.document import Change, Document
    from app.snapshot import Snapshot


class TrainingPanel(QScrollArea):
    """`epochs_asked(count)`: train so long; `refused(reason)`: the document does not take a setting;
    `limit_chosen(epochs or None)`: a run stops by itself after so many epochs.

    Its editors are made by `make`, after the window's first paint.
    """

    epochs_asked = Signal(int)
    refused = Signal(str)
    limit_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.document: Document | None = None
        page = QWidget()
        self._column = QVBoxLayout(page)
        self._column.setContentsMargins(2, 6, 8, 8)
        self._column.setSpacing(10)
        self.setWidget(page)

    def make(self, document: Document) -> None:
        """The editors, for `document`."""
        from app.panels.controls import Tick
        from app.panels.settings_form import SettingsForm

        self.document, self.form = document, SettingsForm()
        self.form.changed.connect(self._set)
        self.one, self.all, self.words = QPushButton("One epoch"), QPushButton(), QLabel()
        self.one.setToolTip("Train once over all training rows  (E)")
        self.one.clicked.connect(lambda: self.epochs_asked.emit(1))
        self.all.clicked.connect(lambda: self.epochs_asked.emit(self.document.network.training.epochs))
        self.words.setWordWrap(True)
        self.words.setProperty("role", "dim")
        self.words.setFont(theme.ui_font(theme.SIZE_SMALL + 0.5))
        self.stop = Tick()
        self.stop.setToolTip("A run pauses by itself there, and goes on to the next multiple when it is run again")
        self.stop.setAccessibleName("Stop a run after the epochs above")
        self.stop.toggled.connect(lambda _: self._limit())
        for widget in (self.form, self.words, self.stop, self.one, self.all):
            self._column.addWidget(widget)
        self._column.addStretch(1)
        document.changed.connect(self._follow)
        self._show()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Which buttons can be pressed, and how long an epoch is."""
        if self.document is None:
            return
        ready = not snapshot.busy and snapshot.state not in ("failed", "diverged")
        for button in (self.one, self.all):
            button.setEnabled(ready)
        self._tell(steps_per_epoch(snapshot, self.document.network.training.batch_size))

    def _tell(self, steps: int) -> None:
        batch = self.document.network.training.batch_size
        rows = f"{format_count(batch)} row{'s' if batch > 1 else ''}" if batch else "All rows"
        size = f"{rows} in every step{' (batch size 0)' if batch == 0 else ''}."
        count = f" One epoch is {format_count(steps)} step{'s' if steps > 1 else ''}." if steps else ""
        told = f"{size}{count} The learning rate acts at once; the weights stay with every setting but the seed."
        if told != self.words.text():
            self.words.setText(told)

    def _follow(self, change: Change) -> None:
        if change.training or change.replaced:
            self._show()

    def _show(self) -> None:
        from engine.training import TRAINING_ATTRIBUTES

        training = self.document.network.training
        self.form.show_settings("training", TRAINING_ATTRIBUTES, training.to_json())
        self.all.setText(f"{format_count(training.epochs)} epochs")
        self.stop.setText(f"Stop after {format_count(training.epochs)} epochs")
        self.stop.updateGeometry()
        self._limit()
        self._tell(0)

    def _limit(self) -> None:
        self.limit_chosen.emit(self.document.network.training.epochs if self.stop.isChecked() else None)

    def _set(self, name: str, value: object, merge: str) -> None:
        import dataclasses

        from app.panels.facts import words
        from engine.edits import SetTraining
        from engine.errors import ChainruleError

        training = dataclasses.replace(self.document.network.training, **{name: value})
        try:
            self.document.apply(SetTraining(training), words(name), merge)
        except ChainruleError as error:
            self.refused.emit(str(error))
            self._show()

    def apply_theme(self) -> None:
        """Take on the current theme."""
        if self.document is not None:
            from app.plots.text import restyle

            restyle(self.form)


def steps_per_epoch(snapshot: Snapshot, batch_size: int) -> int:
    """Steps until every training row has been seen; 0 while the data is not known."""
    rows = len(snapshot.dataset.train) if snapshot.dataset is not None else 0
    return -(-rows // min(batch_size or rows, rows)) if rows else 0
