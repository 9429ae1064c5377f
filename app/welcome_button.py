"""The buttons at the left of the welcome page; pressed by mouse, Enter or Space."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction, QKeyEvent, QPainter
from PySide6.QtWidgets import QPushButton

from app import theme

SIDE = 232
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Pressed:
    """Mixed into a button: Enter presses it as Space does, and both are its own while it has the focus."""

    def event(self, event: QEvent) -> bool:
        """Space and Enter before the window's shortcuts."""
        if event.type() == QEvent.Type.ShortcutOverride and event.key() in (Qt.Key.Key_Space, *ENTER):
            event.accept()
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses."""
        if event.key() in ENTER:
            self.click()
        else:
            super().keyPressEvent(event)


class SideButton(Pressed, QPushButton):
    """As wide as the column, its words at the left."""

    def __init__(self, text: str = "", pad: int = 7, more: str = "") -> None:
        super().__init__(text)
        self.setFixedWidth(SIDE)
        self.setStyleSheet(f"QPushButton {{ text-align: left; padding: {pad}px 12px; {more} }}")


class CommandButton(SideButton):
    """A command with its shortcut at the right."""

    def __init__(self, text: str, action: QAction) -> None:
        super().__init__(text)
        self._keys = action.shortcuts()[0].toString()
        self.setToolTip(action.toolTip())
        self.clicked.connect(action.trigger)

    def paintEvent(self, event) -> None:
        """The button, then the shortcut."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setPen(theme.color(theme.current().dim))
        painter.setFont(theme.ui_font(theme.SIZE_SMALL + 0.5))
        painter.drawText(
            self.rect().adjusted(0, 0, -12, 0), Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self._keys
        )
