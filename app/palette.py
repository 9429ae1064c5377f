"""The command palette: type a few letters, Enter does it. It lies over the window and needs no mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.palette_entries import Entry, entries, find, recent_keys, remember
from app.palette_row import ENTRY, PLACES, ROW, RowDelegate

if TYPE_CHECKING:
    from app.window import MainWindow

WIDTH, TOP, ROWS = 560, 60, 12
LEAPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -ROWS, Qt.Key.Key_PageDown: ROWS}


class Palette(QWidget):
    """Covers the window while it is open; a click beside it, or Escape, closes it."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._offered: list[Entry] = []
        self._before: QWidget | None = None
        self.box = QFrame(self)
        self.box.setObjectName("palette")
        self.field = QLineEdit()
        self.field.setFixedHeight(36)
        self.field.setFont(theme.ui_font(theme.SIZE_HEAD))
        self.field.setPlaceholderText("Command, layer, lesson or file")
        self.field.setAccessibleName("Search commands, layers, lessons and files")
        self.field.textChanged.connect(self._search)
        self.field.installEventFilter(self)
        self.list = QListWidget()
        self.list.setAccessibleName("What was found")
        self.list.setItemDelegate(RowDelegate(self.list))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        self.list.itemClicked.connect(lambda _: self.choose())
        self.nothing = QLabel("Nothing of that name. Try fewer letters.")
        self.nothing.setProperty("role", "dim")
        self.nothing.setContentsMargins(12, 6, 12, 10)
        column = QVBoxLayout(self.box)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(6)
        for widget in (self.field, self.list, self.nothing):
            column.addWidget(widget)
        window.installEventFilter(self)
        self.hide()

    # --- life ----------------------------------------------------------------------------------------------------

    def open(self) -> None:
        """Show everything, what was chosen lately first; pressed again, close."""
        if self.isVisible():
            self.close_palette()
            return
        self._before = QApplication.focusWidget()
        self._offered = entries(self._window)
        self.field.clear()
        self._search("")
        self.setGeometry(self._window.rect())
        self.raise_()
        self.show()
        self._fit()
        self.field.setFocus()

    def close_palette(self) -> None:
        """Away with it; what had the focus has it again."""
        self.hide()
        before, self._before = self._before, None
        if before is not None and before.isVisible():
            before.setFocus()

    def choose(self) -> None:
        """Do what is marked."""
        item = self.list.currentItem()
        entry: Entry | None = item.data(ENTRY) if item is not None else None
        if entry is None or not entry.enabled:
            return
        self.close_palette()
        if self._window.control.remembers:
            remember(entry.key)
        self._window.control.guarded(entry.do)

    # --- searching -----------------------------------------------------------------------------------------------

    def _search(self, query: str) -> None:
        self.list.clear()
        for entry, fit in find(query, self._offered, recent_keys()):
            item = QListWidgetItem(entry.title)
            item.setData(ENTRY, entry)
            item.setData(PLACES, fit.places)
            if not entry.enabled:
                item.setFlags(Qt.ItemFlag.ItemIsSelectable)
            self.list.addItem(item)
        self._mark(0, 1)
        self._fit()

    def _mark(self, row: int, onwards: int) -> None:
        """Mark `row`, or the next one in that direction that can be chosen."""
        count = self.list.count()
        while 0 <= row < count and not self.list.item(row).data(ENTRY).enabled:
            row += onwards
        if 0 <= row < count:
            self.list.setCurrentRow(row)

    def _fit(self) -> None:
        count = self.list.count()
        self.list.setVisible(count > 0)
        self.nothing.setVisible(count == 0)
        room = max(3, (self.height() - TOP - 90) // ROW)
        self.list.setFixedHeight(min(count, ROWS, room) * ROW + 4)
        width = min(WIDTH, self.width() - 32)
        self.box.setFixedWidth(width)
        self.box.adjustSize()
        self.box.move((self.width() - width) // 2, TOP)

    # --- events --------------------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys of the list while the field has the focus; the window's size."""
        if watched is self._window and event.type() == QEvent.Type.Resize and self.isVisible():
            self.setGeometry(self._window.rect())
            self._fit()
        if watched is self.field and event.type() == QEvent.Type.KeyPress:
            return self._take_key(event)
        return False

    def _take_key(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        if key in LEAPS and self.list.count():
            row = min(self.list.count() - 1, max(0, self.list.currentRow() + LEAPS[key]))
            self._mark(row, 1 if LEAPS[key] > 0 else -1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.choose()
        elif key == Qt.Key.Key_Escape:
            self.close_palette()
        elif key not in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            return False
        return True

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click beside the box closes it."""
        if not self.box.geometry().contains(event.position().toPoint()):
            self.close_palette()

    def paintEvent(self, event) -> None:
        """What lies behind steps back a little."""
        tokens = theme.current()
        QPainter(self).fillRect(self.rect(), theme.color(tokens.canvas, 0.55 if tokens.is_dark else 0.6))
