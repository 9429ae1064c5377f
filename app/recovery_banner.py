"""The offer of work that a crash left behind. It waits; nothing is lost by leaving it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget


class RecoveryBanner(QWidget):
    """Hidden until `show_offer`. `restored`, `discarded`: what was pressed."""

    restored = Signal()
    discarded = Signal()

    def __init__(self, parent=None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.restore, self.discard = QPushButton("Restore"), QPushButton("Discard")
        self.restore.clicked.connect(self.restored)
        self.discard.clicked.connect(self.discarded)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 8, 12, 8)
        row.setSpacing(8)
        row.addWidget(self.text, 1)
        row.addWidget(self.restore)
        row.addWidget(self.discard)
        self.hide()

    def show_offer(self, words: str) -> None:
        """Show `words` ("": nothing is offered)."""
        self.text.setText(words)
        self.setVisible(bool(words))
