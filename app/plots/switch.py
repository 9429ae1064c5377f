"""A heading that switches: "Loss · Accuracy", the shown one in full colour. Tab and the arrow keys reach it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme

SPACE = 14


class Switch(QWidget):
    """Words in a row; `chosen(int)` when another one is shown."""

    chosen = Signal(int)

    def __init__(self, words: tuple[str, ...], parent: QWidget | None = None, size: float = 13) -> None:
        super().__init__(parent)
        self.words, self.index, self._size = list(words), 0, size
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setToolTip("Click to switch")
        self.setAccessibleName(" or ".join(words))

    def set_text(self, index: int, word: str) -> None:
        """Rename one of the words."""
        self.words[index] = word
        self.setAccessibleName(" or ".join(self.words))
        self.updateGeometry()
        self.update()

    def choose(self, index: int) -> None:
        """Show the word `index`."""
        if index != self.index and 0 <= index < len(self.words):
            self.index = index
            self.update()
            self.chosen.emit(index)

    def _metrics(self) -> QFontMetricsF:
        return QFontMetricsF(theme.ui_font(self._size, 600))

    def _places(self) -> list[tuple[float, float]]:
        """(left, width) of every word."""
        places, left = [], 0.0
        for word in self.words:
            width = self._metrics().horizontalAdvance(word)
            places.append((left, width))
            left += width + SPACE
        return places

    def sizeHint(self) -> QSize:
        left, width = self._places()[-1]
        return QSize(int(left + width) + 2, int(self._metrics().height()) + 3)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, tokens = QPainter(self), theme.current()
        painter.setFont(theme.ui_font(self._size, 600))
        for i, (left, width) in enumerate(self._places()):
            painter.setPen(QColor(tokens.text if i == self.index else tokens.dim))
            painter.drawText(
                int(left), 0, int(width) + 2, self.height() - 3, Qt.AlignmentFlag.AlignVCenter, self.words[i]
            )
            if self.hasFocus() and i == self.index:
                painter.fillRect(int(left), self.height() - 2, int(width), 2, QColor(tokens.forward))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        for i, (left, width) in enumerate(self._places()):
            if left - SPACE / 2 <= event.position().x() <= left + width + SPACE / 2:
                self.choose(i)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        moves = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if event.key() in moves:
            self.choose(self.index + moves[Qt.Key(event.key())])
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.choose((self.index + 1) % len(self.words))
        else:
            super().keyPressEvent(event)
