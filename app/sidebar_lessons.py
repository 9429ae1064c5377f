"""The ready-made networks: title and what each is about; a click opens it."""

from __future__ import annotations

import os

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QVBoxLayout,
    QWidget,
)

from app import theme
from engine.errors import ChainruleError

PATH, ABOUT = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1
WRAPPED = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop


class LessonsPanel(QWidget):
    """`chosen(path)` on a click or Enter."""

    chosen = Signal(str)

    def __init__(self, parent=None) -> None:
        super().__init__(parent)
        self.list = QListWidget()
        self.list.setAccessibleName("Lessons")
        self.list.setItemDelegate(LessonDelegate(self.list))
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.list.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.list.itemClicked.connect(lambda row: self.chosen.emit(row.data(PATH)))
        self.list.itemActivated.connect(lambda row: self.chosen.emit(row.data(PATH)))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.list)

    def fill(self) -> None:
        """Read the ready-made networks; one that cannot be read is left out."""
        from engine.files import lessons, load

        self.list.clear()
        for name, title, path in lessons():
            row = QListWidgetItem(title or name)
            row.setData(PATH, path)
            try:
                row.setData(ABOUT, first_sentence(load(path).description))
            except ChainruleError:
                continue
            self.list.addItem(row)

    def mark(self, path: str | None) -> None:
        """Select the lesson that is open."""
        self.list.clearSelection()
        for i in range(self.list.count()):
            row = self.list.item(i)
            if path is not None and os.path.abspath(path) == os.path.abspath(row.data(PATH)):
                self.list.setCurrentItem(row)


def first_sentence(text: str) -> str:
    """What stands before the first full stop; the whole text is told by the layer panel."""
    head = text.split(". ")[0].strip()
    return head if not head or head.endswith(".") else f"{head}."


class LessonDelegate(QStyledItemDelegate):
    """Title in semibold, then the description, wrapped and dimmed."""

    def _rects(self, option, index) -> tuple[QRect, QRect]:
        width = max(80, self.parent().width() - 32)  # whether or not there is a scroll bar
        title = QFontMetrics(theme.ui_font(theme.SIZE_BODY, 600)).boundingRect(
            0, 0, width, 1000, WRAPPED, index.data() or ""
        )
        about = QFontMetrics(theme.ui_font(theme.SIZE_SMALL + 0.5)).boundingRect(
            0, 0, width, 1000, WRAPPED, index.data(ABOUT) or ""
        )
        return title, about

    def sizeHint(self, option, index) -> QSize:
        """As tall as both texts."""
        title, about = self._rects(option, index)
        return QSize(80, title.height() + (about.height() + 3 if index.data(ABOUT) else 0) + 16)

    def paint(self, painter, option, index) -> None:
        """Ground when chosen or under the pointer, then the texts."""
        tokens = theme.current()
        title, about = self._rects(option, index)
        chosen = option.state & QStyle.StateFlag.State_Selected
        painter.save()
        painter.setRenderHint(painter.RenderHint.Antialiasing)
        if chosen or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color(tokens.raised, 1.0 if chosen else 0.6))
            painter.drawRoundedRect(option.rect.adjusted(0, 1, -4, -1), theme.RADIUS, theme.RADIUS)
        corner = option.rect.topLeft()
        painter.setFont(theme.ui_font(theme.SIZE_BODY, 600))
        painter.setPen(theme.color(tokens.text))
        painter.drawText(title.translated(corner.x() + 8, corner.y() + 8), WRAPPED, index.data() or "")
        painter.setFont(theme.ui_font(theme.SIZE_SMALL + 0.5))
        painter.setPen(theme.color(tokens.dim))
        below = about.translated(corner.x() + 8, corner.y() + 11 + title.height())
        painter.drawText(below, WRAPPED, index.data(ABOUT) or "")
        painter.restore()
