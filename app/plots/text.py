"""Labels whose colour has a role in the theme, and the walk that brings a tree of widgets into a new theme."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from app import theme

LEAST = 8  # letters: less than that of a longer text says nothing


class Text(QLabel):
    """A label of one `role`, the name of a token: "text", "dim", "forward_text", "backward_text", "good", "bad"."""

    def __init__(self, text: str = "", size: float = 12, weight: int = 400, role: str = "text", mono: bool = False,
                 wrap: bool = False) -> None:  # fmt: skip
        super().__init__(text)
        self._size, self._weight, self._mono, self.role = size, weight, mono, role
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(wrap)
        if wrap:
            self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.apply_theme()

    def set_role(self, role: str) -> None:
        """Change the colour's role."""
        if role != self.role:
            self.role = role
            self.apply_theme()

    def set_text(self, text: str) -> None:
        """`setText` that costs nothing when nothing changes: these run thirty times a second."""
        if text != self.text():
            self.setText(text)

    def apply_theme(self) -> None:
        """Take colour and font from the current theme."""
        self.setFont(theme.mono_font(self._size) if self._mono else theme.ui_font(self._size, self._weight))
        self.setStyleSheet(f"color: {getattr(theme.current(), self.role)}; background: transparent;")


class Elided(Text):
    """A label that gives way: shortened with "…" where room is short, and gone before it becomes a riddle.

    `brief` is what it says instead of anything cut.
    """

    brief = ""

    def set_brief(self, text: str) -> None:
        """What to say where there is no room for the whole text."""
        self.brief = text
        self.update()

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        whole, metrics = self.text(), self.fontMetrics()
        if self.brief and metrics.horizontalAdvance(whole) > self.width():
            whole = self.brief
        shown = metrics.elidedText(whole, Qt.TextElideMode.ElideRight, self.width())
        if not self.brief and shown != self.text() and len(shown) < max(LEAST, 0.6 * len(self.text())):
            return
        painter = QPainter(self)
        painter.setPen(QColor(getattr(theme.current(), self.role)))
        painter.setFont(self.font())
        painter.drawText(self.rect(), int(self.alignment()), shown)


class Hairline(QWidget):
    """A line of one pixel that divides without boxing in."""

    def __init__(self, upright: bool = False) -> None:
        super().__init__()
        (self.setFixedWidth if upright else self.setFixedHeight)(1)

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), QColor(theme.current().hairline))


def restyle(root: QWidget) -> None:
    """Call `apply_theme` on everything below `root` that has it, and repaint."""
    for child in root.findChildren(QWidget):
        apply = getattr(child, "apply_theme", None)
        if apply is not None:
            apply()
        child.update()
    root.update()
