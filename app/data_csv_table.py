"""The first rows of a CSV file, with a choice over every column of what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QTableWidget, QTableWidgetItem

from app import theme
from app.numbers import format_count
from app.panels.controls import Choice

if TYPE_CHECKING:
    from engine.data import CsvPreview

MOST_COLUMNS, MOST_LETTERS = 60, 40
WORDS = {"numeric": "numbers", "category": "categories", "text": "text, left out", "empty": "empty, left out",
         "constant": "constant, left out", "identifier": "identifier, left out", "ignored": "left out"}  # fmt: skip


class CsvTable(QTableWidget):
    """`kind_chosen(column, kind)` with kind "auto", "categories", "ignore" or "more_targets"."""

    kind_chosen = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(26)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.setFont(theme.mono_font(theme.SIZE_SMALL + 0.5))
        self.horizontalHeader().setFont(theme.ui_font(theme.SIZE_BODY, 600))
        self.setAccessibleName("first rows of the file")

    def show_preview(self, preview: CsvPreview, options: dict[str, Any]) -> None:
        """The head of the file; the first row holds the choices."""
        columns = preview.columns[:MOST_COLUMNS]
        names = [column.name for column in columns] or [f"column {k + 1}" for k in range(len(preview.head[0]))]
        names = names[:MOST_COLUMNS]
        self.clear()
        self.setColumnCount(len(names))
        self.setRowCount(1 + len(preview.head))
        self.setHorizontalHeaderLabels(names)
        for place, column in enumerate(columns):
            self._head(place, column, preview.target, options)
        for row, cells in enumerate(preview.head, 1):
            for place, cell in enumerate(cells[: len(names)]):
                shown = cell if len(cell) <= MOST_LETTERS else f"{cell[:MOST_LETTERS]}…"
                item = QTableWidgetItem(shown or "–")
                item.setForeground(QColor(theme.current().text if cell else theme.current().bad))
                if not cell:
                    item.setToolTip("missing")
                self.setItem(row, place, item)
        self.resizeColumnsToContents()
        for place in range(len(names)):
            self.setColumnWidth(place, min(220, max(124, self.columnWidth(place))))

    def _head(self, place: int, column, target: str, options: dict[str, Any]) -> None:
        facts = f"{format_count(column.distinct)} distinct values, {format_count(column.missing)} missing"
        tip = "\n".join(part for part in (facts, column.note if column.name != target else "") if part)
        if column.missing:
            header = self.horizontalHeaderItem(place)
            header.setText(f"{column.name}  ({format_count(column.missing)} missing)")
        self.horizontalHeaderItem(place).setToolTip(tip)
        if column.name == target:
            item = QTableWidgetItem("target")
            item.setForeground(QColor(theme.current().forward_text))
            item.setFont(theme.ui_font(theme.SIZE_BODY, 600))
            self.setItem(0, place, item)
            return
        choice = Choice()
        forced = "categories" if column.name in options["categories"] else ""
        forced = next((name for name in ("ignore", "more_targets") if column.name in options[name]), forced)
        guess = "guess" if forced else WORDS[column.kind]
        kinds = ((guess, "auto"), ("categories", "categories"), ("left out", "ignore"), ("target too", "more_targets"))
        for words, kind in kinds:
            if forced or words != guess:
                choice.addItem(words, kind)
            elif kind == "auto":
                choice.addItem(guess, kind)
        choice.setCurrentIndex(max(0, choice.findData(forced or "auto")))
        choice.setToolTip(tip)
        choice.setAccessibleName(f"kind of {column.name}")
        name = column.name
        choice.activated.connect(lambda index, box=choice: self.kind_chosen.emit(name, box.itemData(index)))
        self.setCellWidget(0, place, choice)
