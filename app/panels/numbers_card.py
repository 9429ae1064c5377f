"""The numbers of one element, framed in the direction's colour."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app import theme
from app.plots.heatmap import AHEAD
from app.plots.text import Text


class NumbersCard(QWidget):
    """ "element [17, 3]" over "−0.0312 = −0.0894 · (1 − 0.8069²)"; the text can be selected and copied."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._phase = "forward"
        self.place = Text("", 10.5, role="dim", wrap=True)
        self.numbers = Text("", 12, mono=True, wrap=True)
        self.numbers.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(3)
        column.addWidget(self.place)
        column.addWidget(self.numbers)

    def show_numbers(self, element: tuple[int, ...], numbers: str, phase: str) -> None:
        """Show `numbers` of `element` (() for a scalar)."""
        self.place.set_text(f"element [{', '.join(map(str, element))}]" if element else "the value")
        self.numbers.set_text(numbers)
        finite = not any(sign in numbers for sign in ("NaN", "∞"))
        self.numbers.set_role("text" if finite else "bad")
        self._phase = phase
        self.update()

    def show_ahead(self, ahead: bool) -> None:
        """Faintly, and with the reason, what this step has not computed yet."""
        if ahead:
            self.place.set_text(f"{self.place.text().partition(' · ')[0]} · {AHEAD}")
            self.numbers.set_role("dim")

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.current().direction(self._phase)), 1))
        painter.setBrush(QColor(theme.current().raised))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
