"""A line of the command palette: hue, title with the found letters marked, kind, shortcut."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate

from app import theme
from app.palette_entries import Entry

ENTRY, PLACES = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1
ROW = 32
LEFT, MIDDLE = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignVCenter


class RowDelegate(QStyledItemDelegate):
    """Paints an Entry."""

    def sizeHint(self, option, index) -> QSize:
        """All rows are of one height."""
        return QSize(80, ROW)

    def paint(self, painter: QPainter, option, index) -> None:
        """Ground where it is marked, then the parts from left to right."""
        entry: Entry = index.data(ENTRY)
        tokens, rect = theme.current(), option.rect.adjusted(0, 1, -4, -1)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setBrush(theme.color(theme.mix(tokens.raised, tokens.hairline, 0.5)))
            painter.drawRoundedRect(rect, theme.RADIUS, theme.RADIUS)
        painter.setOpacity(1.0 if entry.enabled else 0.45)
        if entry.category:
            painter.setBrush(theme.color(tokens.of_category(entry.category)))
            painter.drawRoundedRect(QRect(rect.left() + 12, rect.center().y() - 4, 9, 9), 2.5, 2.5)
        right = self._paint_right(painter, rect, entry)
        title = QRect(rect.left() + 32, rect.top(), max(0, right - rect.left() - 44), rect.height())
        _paint_title(painter, title, entry.title, set(index.data(PLACES) or ()))
        painter.restore()

    def _paint_right(self, painter: QPainter, rect: QRect, entry: Entry) -> int:
        """Kind at the right edge, shortcut or place left of it; returns where they begin."""
        painter.setPen(theme.color(theme.current().dim))
        right = rect.right() - 12
        kind, keys = theme.ui_font(theme.SIZE_SMALL + 0.5), theme.mono_font(theme.SIZE_SMALL + 0.5)
        for text, font, width in ((entry.kind, kind, 68), (entry.keys, keys, 0)):
            painter.setFont(font)
            shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideMiddle, rect.width() // 3)
            width = max(width, QFontMetrics(font).horizontalAdvance(shown)) if shown else width
            place = QRect(right - width, rect.top(), width, rect.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignRight | MIDDLE, shown)
            right -= width + 16
        return right


def _paint_title(painter: QPainter, room: QRect, title: str, places: set[int]) -> None:
    """Found letters in blue and semibold; what has no room is cut."""
    tokens, x = theme.current(), room.left()
    plain, marked = theme.ui_font(theme.SIZE_BODY + 0.5), theme.ui_font(theme.SIZE_BODY + 0.5, 600)
    painter.setClipRect(room)
    begin = 0
    while begin < len(title):
        end = begin + 1
        while end < len(title) and (end in places) == (begin in places):
            end += 1
        font, text = (marked if begin in places else plain), title[begin:end]
        painter.setFont(font)
        painter.setPen(theme.color(tokens.forward_text if begin in places else tokens.text))
        width = QFontMetrics(font).horizontalAdvance(text)
        painter.drawText(QRect(x, room.top(), width + 4, room.height()), LEFT | MIDDLE, text)
        x, begin = x + width, end
    painter.setClipping(False)
