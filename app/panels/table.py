"""A tensor as a table of numbers. Only the visible cells are ever formatted."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from app import theme

MOST_ROWS, MOST_COLUMNS = 1000, 256
NO_INDEX = QModelIndex()


class TensorModel(QAbstractTableModel):
    """Rank 0 and 1: one row. Higher ranks: the leading axes, joined, are rows; the last one is columns."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.array: np.ndarray | None = None
        self._flat = np.zeros((0, 0))

    def set_array(self, array: np.ndarray | None) -> None:
        """Show `array`, of a large one the first rows and columns. The same shape again keeps the scroll position."""
        flat = np.zeros((0, 0)) if array is None or array.size == 0 else self._flattened(array)
        same = self.array is not None and array is not None and self.array.shape == array.shape
        if not same:
            self.beginResetModel()
        self.array, self._flat = array, flat
        if not same:
            self.endResetModel()
        elif flat.size:
            self.dataChanged.emit(self.index(0, 0), self.index(len(flat) - 1, flat.shape[1] - 1))

    @staticmethod
    def _flattened(array: np.ndarray) -> np.ndarray:
        columns = array.shape[-1] if array.ndim else 1
        return array.reshape(-1, columns)[:MOST_ROWS, :MOST_COLUMNS]

    @property
    def note(self) -> str:
        """Says what is left out; empty if nothing is."""
        if self.array is None or self._flat.size == self.array.size:
            return ""
        return f"first {len(self._flat)} rows and {self._flat.shape[1]} columns"

    def element(self, row: int, column: int) -> tuple[int, ...]:
        """Index in the tensor of a cell."""
        if self.array is None or self.array.ndim == 0:
            return ()
        leading = self.array.shape[:-1]
        return (*(int(i) for i in np.unravel_index(row, leading)), column) if leading else (column,)

    def rowCount(self, parent: QModelIndex = NO_INDEX) -> int:
        return 0 if parent.isValid() else self._flat.shape[0]

    def columnCount(self, parent: QModelIndex = NO_INDEX) -> int:
        return 0 if parent.isValid() else self._flat.shape[1]

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole):
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ForegroundRole, Qt.ItemDataRole.ToolTipRole):
            return None
        value = self._flat[index.row(), index.column()]
        if role == Qt.ItemDataRole.ForegroundRole:
            return None if math.isfinite(value) else QColor(theme.current().bad)
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{list(self.element(index.row(), index.column()))}  {float(value)!r}".replace("-", theme.MINUS)
        return str(value).replace("-", theme.MINUS) if self._flat.dtype.kind in "iub" else theme.format_number(value)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole):
        if role != Qt.ItemDataRole.DisplayRole or self.array is None:
            return None
        if orientation == Qt.Orientation.Horizontal:
            return str(section)
        place = self.element(section, 0)[:-1]
        return ", ".join(map(str, place)) or ""


class TensorTable(QTableView):
    """The table itself: read only, monospaced, aligned right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tensor = TensorModel(self)
        self.setModel(self.tensor)
        self.setShowGrid(False)
        self.setCornerWidget(QWidget())
        self.setAlternatingRowColors(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.horizontalHeader().setDefaultSectionSize(78)
        self.verticalHeader().setDefaultSectionSize(22)
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
            header.setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            header.setHighlightSections(False)
        self.setAccessibleName("values of the tensor")
        self.apply_theme()

    def apply_theme(self) -> None:
        """Fonts of the current theme."""
        for widget in (self, self.horizontalHeader(), self.verticalHeader()):
            widget.setFont(theme.mono_font(11))
