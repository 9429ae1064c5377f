"""A message that stays until it is read: what went wrong and what to do.

It lies over the canvas: nothing moves when it comes or goes, and it never blocks the window.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from app import theme
from app.icons import icon
from app.words import worded

WIDEST, SIDE, BELOW = 620, 16, 44  # pixels; it leaves room for the breadcrumb and the button of problems


class Banner(QWidget):
    """Hidden until `show_message`. `area()`: what it lies over, in its parent's coordinates."""

    def __init__(self, parent=None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.message = ""
        self.area: Callable[[], QRect] = QRect
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.close_button = QToolButton()
        self.close_button.setProperty("role", "flat")
        self.close_button.setIconSize(QSize(12, 12))
        self.close_button.setToolTip("Dismiss")
        self.close_button.setAccessibleName("Dismiss the message")
        self.close_button.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 8, 8, 8)
        row.addWidget(self.text, 1)
        row.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        self.apply_theme()
        self.hide()

    def show_message(self, message: str) -> None:
        """Show `message` ("": nothing)."""
        self.message = message
        self.text.setText(worded(message))
        self.setVisible(bool(message))
        self.place()

    def place(self) -> None:
        """In the middle of what it lies over, near its upper edge."""
        area = self.area()
        wide = max(200, min(WIDEST, area.width() - 2 * SIDE))
        tall = max(self.layout().heightForWidth(wide), self.minimumSizeHint().height())
        self.setGeometry(area.left() + (area.width() - wide) // 2, area.top() + BELOW, wide, tall)
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """It follows what it lies over."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Show) and self.isVisible():
            self.place()
        return False

    def apply_theme(self) -> None:
        """The cross in the theme's colour."""
        self.close_button.setIcon(icon("close", theme.current().dim))
