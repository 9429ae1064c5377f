"""Which example of the batch the numbers are of: ‹ example 3 of 10 ›."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton

from app import theme


class ExampleStrip(QFrame):
    """`chosen(index)`; hidden where a batch is one example."""

    chosen = Signal(int)

    def __init__(self, parent=None) -> None:
        super().__init__(parent)
        self.setObjectName("strip")
        self.index, self.count = 0, 1
        line = QHBoxLayout(self)
        line.setContentsMargins(4, 2, 4, 2)
        line.setSpacing(0)
        self.text = QLabel()
        self.text.setFont(theme.ui_font(theme.SIZE_SMALL + 0.5))
        self.text.setProperty("role", "dim")
        self.text.setMinimumWidth(108)
        self.text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.back = self._button("‹", "The example before", -1)
        self.on = self._button("›", "The next example", 1)
        for widget in (self.back, self.text, self.on):
            line.addWidget(widget)
        self.hide()

    def _button(self, text: str, tip: str, by: int) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setFont(theme.ui_font(theme.SIZE_HEAD))
        button.setToolTip(f"{tip} of this batch")
        button.setAccessibleName(button.toolTip())
        button.setProperty("role", "flat")
        button.setAutoRepeat(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(lambda: self.chosen.emit((self.index + by) % self.count))
        return button

    def show_example(self, index: int, count: int) -> None:
        """`index` of `count`, told from 1 on."""
        if (index, count) != (self.index, self.count) or not self.text.text():
            self.index, self.count = index, max(1, count)
            self.text.setText(f"example {index + 1} of {self.count}")
            self.adjustSize()
        self.setVisible(self.count > 1)
