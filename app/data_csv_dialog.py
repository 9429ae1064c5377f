"""How a CSV file is read: preview, target, what each column is, separators, split; problems stand where they are."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QProgressBar, QPushButton, QVBoxLayout, QWidget

from app.data_background import Background
from app.data_csv_table import CsvTable
from app.data_fitting import mending
from app.numbers import format_count, thin
from app.panels.controls import Tick
from app.panels.settings_form import SettingsForm
from app.plots.text import Elided, Text
from engine.attributes import Attribute
from engine.data import DataSpec, load
from engine.data.options import CSV_OPTIONS, SPLIT
from engine.edits import SetData, Together
from engine.errors import ChainruleError, DataError

if TYPE_CHECKING:
    from app.document import Document
    from engine.data import CsvPreview, Dataset

READING = ("task", "separator", "decimal", "header", "nan")
LISTS = ("categories", "ignore", "more_targets")
SIZE = (880, 620)
LARGEST_TARGETS = 400


def read(options: dict[str, Any]) -> tuple[CsvPreview, Dataset | None, str]:
    """Preview and data set under `options`, and why there is no data set. Raises DataError if it is no table."""
    from engine.data import read_csv_preview

    path = options["path"]
    preview = read_csv_preview(path, **{name: value for name, value in options.items() if name != "path"})
    if preview.problem:
        return preview, None, preview.problem
    try:
        return preview, load(DataSpec.of("csv", **options)), ""
    except DataError as error:
        return preview, None, str(error)


class CsvDialog(QDialog):
    """Accepting it makes one edit of the document: the data, and with it the network's ends if that is ticked."""

    def __init__(self, path: str, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Use a table as data")
        self.resize(*SIZE)
        self.document, self.path = document, path
        self.options = self._first_options()
        self.preview: CsvPreview | None = None
        self.dataset: Dataset | None = None
        self._background = Background(self)
        self._background.done.connect(self._show)
        self._background.failed.connect(lambda _, message: self._show_problem(message))
        self.name, self.facts = Elided(os.path.basename(path), 15, 600), Text("Reading …", 12, role="dim")
        self.reading, self.split = SettingsForm(), SettingsForm(("validation", "test"))
        self.table, self.problem = CsvTable(), Text("", 12, role="bad", wrap=True)
        self.notes, self.fit = Text("", 11.5, role="dim", wrap=True), Tick("")
        self.progress, self.cancel, self.use = QProgressBar(), QPushButton("Cancel"), QPushButton("Use this table")
        self._lay_out()
        self.reading.changed.connect(lambda name, value, _: self.set_option(name, value))
        self.split.changed.connect(lambda name, value, _: self.set_option(name, value))
        self.table.kind_chosen.connect(self.set_kind)
        self.cancel.clicked.connect(self.reject)
        self.use.clicked.connect(self.take)
        self._show_options()
        self._read()

    def _first_options(self) -> dict[str, Any]:
        """Those of the document, if it reads this file already."""
        data = self.document.network.data
        if data is not None and data.kind == "csv" and data.options["path"] == self.path:
            return dict(data.options)
        return dict(DataSpec.of("csv", path=self.path).options)

    def _lay_out(self) -> None:
        self.name.setToolTip(self.path)
        self.progress.setRange(0, 0)
        self.progress.setTextVisible(False)
        self.fit.setChecked(True)
        self.use.setDefault(True)
        self.use.setEnabled(False)
        side = QWidget()
        side.setFixedWidth(280)
        left = QVBoxLayout(side)
        left.setContentsMargins(0, 0, 0, 0)
        left.setSpacing(8)
        for widget in (Text("Reading", 13, 600), self.reading, Text("Rows", 13, 600), self.split):
            left.addWidget(widget)
        left.addStretch(1)
        right = QVBoxLayout()
        right.setSpacing(8)
        right.addWidget(self.table, 1)
        right.addWidget(self.notes)
        middle = QHBoxLayout()
        middle.setSpacing(20)
        middle.addWidget(side)
        middle.addLayout(right, 1)
        foot = QHBoxLayout()
        foot.addWidget(self.fit)
        foot.addStretch(1)
        foot.addWidget(self.cancel)
        foot.addWidget(self.use)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(20, 16, 20, 16)
        whole.setSpacing(10)
        for widget in (self.name, self.facts, self.progress):
            whole.addWidget(widget)
        whole.addLayout(middle, 1)
        whole.addWidget(self.problem)
        whole.addLayout(foot)
        self.fit.hide()
        self.problem.hide()

    # --- options -------------------------------------------------------------------------------------------------

    def set_option(self, name: str, value: Any) -> None:
        """Read it otherwise; what does not fit together is said, and what was stays."""
        value = "" if name == "target" and value == "the last column" else value
        changes = {name: value}
        if name == "target":  # a column is predicted once
            changes["more_targets"] = tuple(other for other in self.options["more_targets"] if other != value)
        try:
            self.options = dict(DataSpec.of("csv", **{**self.options, **changes}).options)
        except ChainruleError as error:
            self._say(str(error))
        else:
            self._read()
        self._show_options()

    def set_kind(self, column: str, kind: str) -> None:
        """Take `column` as "categories", leave it out ("ignore"), predict it ("more_targets"), or guess ("auto")."""
        lists = {name: [n for n in self.options[name] if n != column] for name in LISTS}
        if kind in lists:
            lists[kind].append(column)
        self.options = dict(DataSpec.of("csv", **{**self.options, **lists}).options)
        self._read()

    def _show_options(self) -> None:
        known = {entry.name: entry for entry in CSV_OPTIONS}
        names = tuple(column.name for column in self.preview.columns) if self.preview else ()
        target = Attribute("target", "choice", "the last column", known["target"].help,
                           choices=("the last column", *names[:LARGEST_TARGETS]))  # fmt: skip
        values = {**self.options, "target": self.options["target"] or "the last column"}
        if values["target"] not in target.choices:
            target = Attribute("target", "text", "", known["target"].help)
        self.reading.show_settings(self.path, (target, *(known[name] for name in READING)), values)
        self.split.show_settings(self.path, SPLIT, self.options)

    # --- reading -------------------------------------------------------------------------------------------------

    def _read(self) -> None:
        options = dict(self.options)
        self.progress.show()
        self.use.setEnabled(False)
        self._background.request(self.path, lambda: read(options))

    def _show(self, _key: object, result: tuple[CsvPreview, Dataset | None, str]) -> None:
        first = self.preview is None or self.preview.header != result[0].header
        columns = [column.name for column in self.preview.columns] if self.preview else []
        self.preview, self.dataset, problem = result
        preview = self.preview
        self.progress.hide()
        mark = f"decimal {preview.decimal}"
        self.facts.set_text(" · ".join((f"{format_count(preview.rows)} rows", f"{len(preview.columns)} columns",
                                        preview.encoding.upper(), preview.separator, mark)))  # fmt: skip
        self.table.show_preview(preview, self.options)
        if first or columns != [column.name for column in preview.columns]:
            self._show_options()
        self.notes.set_text("\n".join(self.dataset.notes[:4]) if self.dataset else "")
        self._say(problem)
        self.use.setEnabled(self.dataset is not None)
        if self.dataset is not None:
            self.facts.set_text(f"{self.facts.text()}\n{thin(self.dataset.summary)}")
        found = mending(self.document.network, self.dataset) if self.dataset is not None else None
        self.fit.setVisible(found is not None)
        if found is not None:
            self.fit.setText(found.words)
            self.fit.updateGeometry()

    def _show_problem(self, message: str) -> None:
        self.progress.hide()
        self.dataset = None
        self.facts.set_text("This file cannot be read as it is.")
        self._say(message)

    def _say(self, problem: str) -> None:
        self.problem.set_text(problem.replace(self.path, os.path.basename(self.path)))
        self.problem.setVisible(bool(problem))

    # --- end -----------------------------------------------------------------------------------------------------

    def take(self) -> None:
        """One edit: the data, and the network's ends."""
        self.reading.flush()
        self.split.flush()
        if self._background.busy or self.dataset is None:
            return
        edit: Any = SetData(DataSpec.of("csv", **self.options))
        found = mending(self.document.network, self.dataset)
        if found is not None and self.fit.isChecked():
            edit = Together((edit, found.edit))
        try:
            self.document.apply(edit, f"Data: {os.path.basename(self.path)}")
        except ChainruleError as error:
            self._say(str(error))
            return
        self.accept()

    def done(self, result: int) -> None:
        """Closing it ends the reading."""
        self._background.cancel()
        super().done(result)

    def keyPressEvent(self, event) -> None:
        """Enter and Escape in a line of text are about that line alone; the dialog is accepted with its button."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not self.use.hasFocus():
            return
        if event.key() == Qt.Key.Key_Escape and isinstance(self.focusWidget(), QLineEdit):
            return
        super().keyPressEvent(event)
