"""A view in a window of its own, or on the full screen."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.plots.card import Card


class CardWindow(QWidget):
    """The card, large; it goes back to its place when this is closed: `closed`."""

    closed = Signal()

    def __init__(self, parent: QWidget, card: Card) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setWindowTitle(f"{card.name()} — Chainrule")
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.addWidget(card)
        card.show()
        QShortcut(QKeySequence(Qt.Key.Key_Escape), self, self.leave)
        QShortcut(QKeySequence("F"), self, self.switch_full)

    def sizeHint(self) -> QSize:
        return QSize(1100, 760)

    def switch_full(self) -> None:
        """The full screen and back."""
        self.showNormal() if self.isFullScreen() else self.showFullScreen()

    def leave(self) -> None:
        """Escape: from the full screen to a window, from there back to the foot."""
        self.showNormal() if self.isFullScreen() else self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.closed.emit()
        super().closeEvent(event)
