"""A tip at the pointer: it comes at once and says what a release would do, or why it did nothing."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtWidgets import QLabel, QWidget

from app import theme

WIDEST, ASIDE, LINGER_MS = 320, 18, 4000


class Tip(QLabel):
    """Lies on its parent and lets the mouse through."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("tip")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setFont(theme.ui_font(theme.SIZE_BODY))
        self.setMargin(2)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.hide)
        self.hide()

    def show_at(self, where: QPoint, words: str, kind: str = "") -> None:
        """`words` beside `where` (in the parent), inside the parent; "" hides. `kind`: "bad" or ""."""
        self._timer.stop()
        if not words:
            self.hide()
            return
        if self.property("kind") != kind:
            self.setProperty("kind", kind)
            self.style().unpolish(self)
            self.style().polish(self)
        self.setText(words)
        self.setFixedWidth(min(WIDEST, max(map(self.fontMetrics().horizontalAdvance, words.splitlines())) + 28))
        self.setFixedHeight(self.heightForWidth(self.width()))
        room = self.parentWidget().rect().adjusted(4, 4, -4, -4)
        x = min(where.x() + ASIDE, room.right() - self.width())
        y = where.y() + ASIDE
        if y + self.height() > room.bottom():
            y = where.y() - ASIDE - self.height()
        self.move(max(room.left(), x), max(room.top(), y))
        self.show()
        self.raise_()

    def linger(self) -> None:
        """Stay for a moment, then go."""
        self._timer.start(LINGER_MS)
