"""A plot with its heading; empty, it says what would be there and how to get it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from app.plots.text import Elided, Text


class Card(QWidget):
    """Heading on the left, a dim remark (or widgets put into `head`) on the right, `content` below."""

    def __init__(self, title: str, content: QWidget, empty: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.content = content
        self.title = Text(title, 13, 600)
        self.remark = Elided("", 10.5, role="dim", mono=True)
        self.remark.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.remark.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.message = Text(empty, 12, role="dim", wrap=True)
        self.message.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.head = QHBoxLayout()
        self.head.setSpacing(8)
        self.head.addWidget(self.title)
        self.head.addWidget(self.remark, 1)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.message)
        self.stack.addWidget(content)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(self.head)
        layout.addWidget(self.stack, 1)

    @property
    def is_empty(self) -> bool:
        """Whether the message stands in place of the plot."""
        return self.stack.currentWidget() is self.message

    def show_content(self) -> None:
        """Show the plot."""
        if self.is_empty:
            self.stack.setCurrentWidget(self.content)

    def show_empty(self, message: str) -> None:
        """Show `message` in the plot's place."""
        self.message.set_text(message)
        self.remark.set_text("")
        self.stack.setCurrentWidget(self.message)
