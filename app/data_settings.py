"""Which data set, its options, a picture of it, and the way out where it does not fit the network."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QSizePolicy, QVBoxLayout, QWidget

from app.data_background import Background
from app.data_fitting import Mending, mending, misfits
from app.data_preview import DataPreview
from app.numbers import format_count, format_number, format_percent
from app.panels.controls import Choice
from app.panels.facts import words
from app.panels.problems import ProblemNotes
from app.panels.settings_form import SettingsForm
from app.plots.text import Text, restyle
from app.words import worded
from engine.data import SOURCES, DataSpec, load
from engine.data.options import SPLIT
from engine.edits import SetAttributes, SetData, SetTraining, Together
from engine.errors import ChainruleError

if TYPE_CHECKING:
    from app.document import Change, Document
    from app.snapshot import Snapshot
    from engine.data import Dataset
    from engine.edits import Edit

SLIDERS = ("noise", "validation", "test")
LARGE, BATCH = ("text", "mnist5000", "idx", "reversal", "copy"), 32  # thousands of images or sequences
OWN = ("csv", "table")  # their options are no plain settings
DRAWN = ("points",)  # what is set with the mouse, in a view


def laid_out(dataset: Dataset, layout: str) -> tuple[int, ...] | None:
    """The shape of a row under another layout, as far as the data tells how its pixels lie."""
    image = dataset.image_shape
    if image is None:
        return None
    return tuple(image) if layout == "image" else (math.prod(image),)


class DataSettings(QWidget):
    """`loaded(Dataset)` whenever another one is there."""

    loaded = Signal(object)
    refused = Signal(str)
    csv_asked = Signal()
    test_asked = Signal()

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document, self.dataset = document, None
        self.spec: DataSpec | None = None
        self._filled = False
        self.source, self.form, self.preview = Choice(), SettingsForm(SLIDERS), DataPreview()
        self.problems, self.mend = ProblemNotes(), QPushButton()
        self.csv, self.test, self.judged = QPushButton("Open CSV…"), QPushButton("Open the test set…"), Text("", 12)
        self.error = Text("", 12, role="bad", wrap=True)
        self.judged.setWordWrap(True)
        self._mending: Mending | None = None
        self._background = Background(self)
        self._background.done.connect(self._take)
        self._background.failed.connect(self._fail)
        self._lay_out()
        self.source.activated.connect(lambda index: self.choose(self.source.itemData(index)))
        self.form.changed.connect(self._set)
        self.csv.clicked.connect(self.csv_asked)
        self.test.clicked.connect(self.test_asked)
        self.mend.clicked.connect(self._apply_mending)
        document.changed.connect(self._follow)

    def _lay_out(self) -> None:
        self.source.setAccessibleName("Data set")
        self.source.setFixedHeight(28)
        self.csv.setToolTip("A table of your own. You can also drop the file on the window.")
        self.test.setToolTip("Judge the network on the rows that were locked away; every opening is counted.")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for widget in (self.source, self.csv, self.error, self.problems, self.mend, self.preview, self.form, self.test,
                       self.judged):  # fmt: skip
            column.addWidget(widget)
        self.mend.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        for widget in (self.error, self.mend, self.test, self.judged):
            widget.hide()

    def refresh(self) -> None:
        """Show what the document says now."""
        spec = self.document.network.data
        changed = spec != self.spec or not self._filled
        self.spec, self._filled = spec, True
        if changed:
            self._fill_sources()
            self.judged.hide()
            if spec is not None:
                self._show_options()
            else:
                self.form.show_settings("", (), {})
                self._show(None)
        if changed and spec is not None and spec.kind != "csv":
            self.load()
        elif not changed and self.isVisible():
            self._judge_fit()  # three more checks of the network: not while nobody looks

    def _show_options(self) -> None:
        spec = self.spec
        attributes = spec.source.attributes
        if spec.kind in OWN:
            attributes = tuple(a for a in attributes if a.name in {entry.name for entry in SPLIT})
        attributes = tuple(a for a in attributes if a.name not in DRAWN)
        numbers = self.dataset is not None and self.dataset.predicts_numbers
        self.form.show_settings(spec.kind, attributes, spec.options, () if numbers else ("standardise_target",))

    def showEvent(self, event) -> None:
        """What has changed while nobody looked."""
        super().showEvent(event)
        self._judge_fit()

    def _fill_sources(self) -> None:
        kind = self.spec.kind if self.spec else ""
        self.source.clear()
        if not kind:
            self.source.addItem("Choose a data set", "")
        for offered, title in self.offered():
            self.source.addItem(title, offered)
        self.source.setCurrentIndex(self.source.findData(kind))

    def offered(self) -> list[tuple[str, str]]:
        """Kind and title of every data set that can be chosen."""
        own = self.spec is not None and self.spec.kind == "table"
        return [
            (source.kind, "CSV file…" if source.kind == "csv" else source.title)
            for source in SOURCES.values() if source.kind != "table" or own
        ]  # fmt: skip

    def load(self) -> None:
        """Draw or read the data set beside the window."""
        spec, folder = self.spec, self.document.network.folder
        self._background.request(spec, lambda: load(spec, folder))

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """The session's own data set is as good as one read here; a file is read here only if there is no session."""
        if self.spec is None:
            return
        if snapshot.dataset is not None and snapshot.dataset is not self.dataset:
            self._background.cancel()
            self._show(snapshot.dataset)
        elif snapshot.state == "failed" and self.dataset is None and not (self._background.busy or self.error.text()):
            self.load()

    def _take(self, spec: DataSpec, dataset: Dataset) -> None:
        if spec == self.spec:
            self._show(dataset)

    def _fail(self, spec: DataSpec, message: str) -> None:
        if spec == self.spec:
            self._show(None)
            self.error.set_text(worded(message))
            self.error.show()

    def _show(self, dataset: Dataset | None) -> None:
        self.dataset = dataset
        if self.spec is not None:
            self._show_options()
        self.error.set_text("")
        self.error.hide()
        self.preview.set_dataset(dataset)
        self._judge_fit()
        locked = 0 if dataset is None else len(dataset) - len(dataset.train) - len(dataset.validation)
        self.test.setVisible(locked > 0)
        if dataset is not None:
            self.setToolTip(worded(dataset.summary))
            self.loaded.emit(dataset)

    def _judge_fit(self) -> None:
        found, self._mending = (), None
        if self.dataset is not None:
            network = self.document.network
            found, self._mending = misfits(network, self.dataset), mending(network, self.dataset)
        self.problems.set_problems(found)
        self.mend.setVisible(self._mending is not None)
        if self._mending is not None:
            self.mend.setText(self._mending.words.replace(", ", ",\n"))
            self.mend.setToolTip(f"{self._mending.words}: one edit that can be undone.")

    def _apply_mending(self) -> None:
        if self._mending is not None:
            self._apply(self._mending.edit, "Fit the network to the data", None)

    def choose(self, kind: str) -> None:
        """Learn from another data set; for a table of the user's own, ask which file."""
        if kind == "csv":
            self._fill_sources()  # it is chosen once a file is
            self.csv_asked.emit()
        elif kind and (self.spec is None or kind != self.spec.kind):
            self._apply(self._with_batch(kind), f"Data: {SOURCES[kind].title}", None)

    def _with_batch(self, kind: str) -> Edit:
        """The data set, and for a large one a batch that is no whole epoch: one step would take gigabytes."""
        training, chosen = self.document.network.training, SetData(DataSpec.of(kind))
        if kind not in LARGE or training.batch_size:
            return chosen
        return Together((chosen, SetTraining(dataclasses.replace(training, batch_size=BATCH))))

    def _set(self, name: str, value: object, merge: str) -> None:
        try:
            changed = self.spec.with_options(**{name: value})
        except ChainruleError as error:
            self.refused.emit(str(error))
            self._show_options()
        else:
            self._apply(self._followed(name, changed), f"{words(name)} of the data", merge)

    def _followed(self, name: str, changed: DataSpec) -> Edit:
        """The data set; where it lays its images out otherwise now, the input that took them follows."""
        shape = laid_out(self.dataset, changed.options[name]) if name == "layout" and self.dataset is not None else None
        entries = [node for node in self.document.network.nodes.values() if node.kind == "Input"]
        if shape is None or len(entries) != 1 or tuple(entries[0].attrs["shape"]) != tuple(self.dataset.shape):
            return SetData(changed)
        return Together((SetData(changed), SetAttributes(entries[0].id, {"shape": shape})))

    def _apply(self, edit, text: str, merge: str | None) -> None:
        try:
            self.document.apply(edit, text, merge)
        except ChainruleError as error:
            self.refused.emit(str(error))

    def _follow(self, change: Change) -> None:
        if change.replaced:
            self.form.owner, self.dataset = "", None
        if change.structural:
            self.refresh()

    def show_test(self, result: dict[str, float], opened: int) -> None:
        """Figures on the test rows."""
        score = next((name for name in ("accuracy", "r2") if name in result), "")
        told = {"accuracy": lambda v: f"accuracy {format_percent(v)}", "r2": lambda v: f"R² {format_number(v)}"}
        figures = [f"Test: loss {format_number(result['loss'])}"] + ([told[score](result[score])] if score else [])
        rows = f"{format_count(int(result['rows']))} rows, opened {opened} ×"
        self.judged.set_text(f"{', '.join(figures)} ({rows})")
        self.judged.show()

    def apply_theme(self) -> None:
        """Take on the current theme."""
        restyle(self)
