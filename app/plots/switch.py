"""A heading that switches: "Loss · Accuracy", the shown one in full colour. Tab and the arrow keys reach it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme

SPACE, BRIEF_SPACE, SMALLER = 14, 9, 2.5  # between words; where room is short: between them, and how much smaller


class Switch(QWidget):
    """Words in a row; `chosen(int)` when another one is shown. `brief`: what they shrink to where room is short."""

    chosen = Signal(int)

    def __init__(self, words: tuple[str, ...], parent: QWidget | None = None, size: float = 13,
                 brief: tuple[str, ...] = ()) -> None:  # fmt: skip
        super().__init__(parent)
        self.brief = list(brief)
        self.words, self.index, self._size = list(words), 0, size
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Maximum if brief else QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
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

    @property
    def shrunk(self) -> bool:
        """Whether the brief words stand there."""
        return bool(self.brief) and self.width() < self._extent(self.words, self._size, SPACE)

    def _font(self) -> QFont:
        return theme.ui_font(self._size - SMALLER if self.shrunk else self._size, 600)

    def _metrics(self) -> QFontMetricsF:
        return QFontMetricsF(self._font())

    def _places(self) -> list[tuple[float, float]]:
        """(left, width) of every word that is drawn."""
        places, left, metrics = [], 0.0, self._metrics()
        for word in self.brief if self.shrunk else self.words:
            width = metrics.horizontalAdvance(word)
            places.append((left, width))
            left += width + (BRIEF_SPACE if self.shrunk else SPACE)
        return places

    def _extent(self, words: list[str], size: float, space: int) -> int:
        metrics = QFontMetricsF(theme.ui_font(size, 600))
        return int(sum(map(metrics.horizontalAdvance, words)) + space * (len(words) - 1)) + 2

    def sizeHint(self) -> QSize:
        high = QFontMetricsF(theme.ui_font(self._size, 600)).height()
        return QSize(self._extent(self.words, self._size, SPACE), int(high) + 3)

    def minimumSizeHint(self) -> QSize:
        """Of the brief words, where there are any."""
        if not self.brief:
            return self.sizeHint()
        return QSize(self._extent(self.brief, self._size - SMALLER, BRIEF_SPACE), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, tokens, words = QPainter(self), theme.current(), self.brief if self.shrunk else self.words
        painter.setFont(self._font())
        for i, (left, width) in enumerate(self._places()):
            painter.setPen(QColor(tokens.text if i == self.index else tokens.dim))
            painter.drawText(int(left), 0, int(width) + 2, self.height() - 3, Qt.AlignmentFlag.AlignVCenter, words[i])
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
