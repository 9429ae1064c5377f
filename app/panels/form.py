"""Rows of a name and a value, aligned: the inspector's form, and the figures of a tensor."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from app.plots.text import Elided, Text

Row = tuple[str, str, str]


class Form(QWidget):
    """Rows (name, value, tip) in `columns` pairs across; hidden while it has none."""

    def __init__(self, parent: QWidget | None = None, columns: int = 1) -> None:
        super().__init__(parent)
        self._columns = columns
        self.rows: tuple[Row, ...] = ()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(6)
        for column in range(columns):
            self._grid.setColumnStretch(2 * column + 1, 1)
        self._cells: list[tuple[Text, Elided]] = []

    def set_rows(self, rows: Iterable[Row]) -> None:
        """Show these rows; labels are made once and used again."""
        rows = tuple(rows)
        if rows == self.rows:
            return
        self.rows = rows
        while len(self._cells) < len(rows):
            self._cells.append(self._new_cell(len(self._cells)))
        for i, (name, value) in enumerate(self._cells):
            for widget in (name, value):
                widget.setVisible(i < len(rows))
            if i < len(rows):
                name.set_text(rows[i][0])
                value.set_text(rows[i][1])
                name.setToolTip(rows[i][2])
                value.setToolTip(rows[i][2])
        self.setVisible(bool(rows))

    def _new_cell(self, number: int) -> tuple[Text, Elided]:
        name, value = Text("", 12, role="dim"), Elided("", 12, mono=True)
        value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row, column = divmod(number, self._columns)
        self._grid.addWidget(name, row, 2 * column)
        self._grid.addWidget(value, row, 2 * column + 1)
        return name, value

    def text_of(self, name: str) -> str:
        """The value of the row called `name`. Raises KeyError."""
        return {row[0]: row[1] for row in self.rows}[name]
