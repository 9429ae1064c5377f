"""A small control that goes through choices one by one: "‹ example 3 of 32 ›". Tab reaches it, arrows turn it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme

ARROW, HIGH, SIZE = 16, 20, 11
_KEYS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: -1, Qt.Key.Key_Up: 1,
         Qt.Key.Key_PageDown: -10, Qt.Key.Key_PageUp: 10}  # fmt: skip


class Stepper(QWidget):
    """`words`: what each choice is called; `chosen(int)` when another one is shown."""

    chosen = Signal(int)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words, self.index = ("",), 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(name)
        self.setToolTip(f"{name}: click the arrows, or use the arrow keys or the wheel")

    def set_choices(self, words: tuple[str, ...], index: int) -> None:
        """Offer these, with `index` shown; fewer than two are no choice, and it hides."""
        self.setVisible(len(words) > 1)
        if words != self.words or index != self.index:
            self.words, self.index = words or ("",), max(0, min(index, len(words) - 1))
            self.setAccessibleDescription(self.words[self.index])
            self.updateGeometry()
            self.update()

    def choose(self, index: int) -> None:
        """Show a choice; beyond the last comes the first."""
        index %= len(self.words)
        if index != self.index:
            self.index = index
            self.setAccessibleDescription(self.words[index])
            self.update()
            self.chosen.emit(index)

    def sizeHint(self) -> QSize:
        metrics = QFontMetricsF(theme.ui_font(SIZE))
        few = self.words if len(self.words) < 40 else (*self.words[:20], *self.words[-20:])
        return QSize(int(max(map(metrics.horizontalAdvance, few))) + 2 * ARROW + 4, HIGH)

    def minimumSizeHint(self) -> QSize:
        return QSize(2 * ARROW + 24, HIGH)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, tokens = QPainter(self), theme.current()
        painter.setFont(theme.ui_font(SIZE))
        middle = Qt.AlignmentFlag.AlignCenter
        painter.setPen(QColor(tokens.forward_text if self.hasFocus() else tokens.dim))
        painter.drawText(QRectF(0, 0, ARROW, HIGH - 3), middle, "‹")
        painter.drawText(QRectF(self.width() - ARROW, 0, ARROW, HIGH - 3), middle, "›")
        painter.setPen(QColor(tokens.text))
        words, room, metrics = self.words[self.index], self.width() - 2 * ARROW, painter.fontMetrics()
        if metrics.horizontalAdvance(words) > room:
            words = words.partition(" ")[2] or words  # "example 3 of 32" as "3 of 32"
        words = metrics.elidedText(words, Qt.TextElideMode.ElideMiddle, room)
        painter.drawText(QRectF(ARROW, 0, self.width() - 2 * ARROW, HIGH - 3), middle, words)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.choose(self.index + (-1 if event.position().x() < self.width() / 2 else 1))

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.choose(self.index + (1 if event.angleDelta().y() > 0 else -1))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in _KEYS:
            self.choose(self.index + _KEYS[key])
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self.choose(0 if key == Qt.Key.Key_Home else len(self.words) - 1)
        else:
            super().keyPressEvent(event)
