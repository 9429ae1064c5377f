"""The search field in the top bar: it looks like a field, and opens the command palette."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QPainter
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from app import theme
from app.icons import icon

WIDE, NARROW, HEIGHT = 250, 34, 32
MIDDLE, USUAL, ROOMY = 130, 1400, 1540  # widths of the field, and of bars that have room for them
WORDS, FEWER = "Search or run a command", "Search"


class SearchButton(QAbstractButton):
    """Gives way down to its lens where the bar is short of room."""

    def __init__(self, action: QAction, parent=None) -> None:
        super().__init__(parent)
        self._keys = action.shortcuts()[0].toString()
        self.clicked.connect(action.trigger)
        self.setAccessibleName(action.text())
        self.setToolTip(action.toolTip())
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Room for the words and the shortcut, in a bar that has it to spare."""
        bar = self.parentWidget().width() if self.parentWidget() else 0
        return QSize(WIDE if bar >= ROOMY else MIDDLE if bar >= USUAL else NARROW, HEIGHT)

    def paintEvent(self, event) -> None:
        """Ground, lens, words, shortcut; what has no room is left out."""
        tokens, painter = theme.current(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        lit = self.underMouse() or self.hasFocus()
        painter.setPen(
            theme.color(tokens.forward if self.hasFocus() else tokens.hairline) if lit else Qt.PenStyle.NoPen
        )
        painter.setBrush(theme.color(tokens.raised))
        painter.drawRoundedRect(self.rect().toRectF().adjusted(0.5, 0.5, -0.5, -0.5), theme.RADIUS, theme.RADIUS)
        icon("search", tokens.dim).paint(painter, 9, 8, 16, 16)
        painter.setPen(theme.color(tokens.dim))
        painter.setFont(theme.ui_font(theme.SIZE_SMALL + 0.5))
        keys = painter.fontMetrics().horizontalAdvance(self._keys)
        room = self.width() - 32 - 12
        text = next((t for t in (WORDS, FEWER) if painter.fontMetrics().horizontalAdvance(t) + keys + 16 <= room), "")
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(self.rect().adjusted(32, 0, -10, 0), middle | Qt.AlignmentFlag.AlignLeft, text)
        if text or keys <= room:
            painter.drawText(self.rect().adjusted(32, 0, -10, 0), middle | Qt.AlignmentFlag.AlignRight, self._keys)
