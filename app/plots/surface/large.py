"""The loss surface in a window of its own."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.plots.surface.card import SurfaceCard


class SurfaceWindow(QWidget):
    """The card, large; it goes back to its place when this is closed: `closed`."""

    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setWindowTitle("Loss surface")
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(20, 16, 20, 16)
        QShortcut(QKeySequence(Qt.Key.Key_Escape), self, self.close)

    def sizeHint(self) -> QSize:
        return QSize(1100, 760)

    def take(self, card: SurfaceCard) -> None:
        """Show the card here."""
        self.column.addWidget(card)
        card.show()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.closed.emit()
        super().closeEvent(event)
