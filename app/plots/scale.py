"""Colour bar from −limit to +limit with the histogram of the values beside it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.plots import colours
from app.plots.statistics import histogram

BINS = 32
BAR = 8
LONGEST = 7  # signs of a label beside its + or −, as many as have room


class ScaleBar(QWidget):
    """Upright: +limit on top, 0 in the middle, −limit below; one bar of the histogram per bin, to the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.limit = 0.0
        self.counts = np.zeros(BINS, int)
        self.apply_theme()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("colour scale and histogram")

    def set_values(self, array: np.ndarray | None, limit: float) -> None:
        """Show the scale ±`limit` and the distribution of `array`."""
        self.limit = limit
        self.counts = np.zeros(BINS, int) if array is None else histogram(array, limit, BINS)
        self.update()

    def apply_theme(self) -> None:
        """Make the bar in the current theme's colours."""
        ramp = np.linspace(1, -1, 256)[:, None]
        self._ramp = colours.to_image(colours.signed(ramp, 1.0, theme.current()))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(70, 120)

    @property
    def labels(self) -> tuple[str, str, str]:
        """What stands at the top, the middle (if all is zero) and the bottom."""
        top = _brief(self.limit)
        return (f"+{top}", "", f"−{top}") if self.limit else ("", "0", "")

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, tokens = QPainter(self), theme.current()
        painter.drawImage(QRectF(0, 0, BAR, self.height()), self._ramp)
        self._paint_bars(painter, tokens)
        painter.setFont(theme.mono_font(10.5))
        painter.setPen(QColor(tokens.dim))
        beside = self.rect().adjusted(BAR + 5, 0, 0, 0)
        places = (Qt.AlignmentFlag.AlignTop, Qt.AlignmentFlag.AlignVCenter, Qt.AlignmentFlag.AlignBottom)
        for text, place in zip(self.labels, places, strict=True):
            flags = place | Qt.AlignmentFlag.AlignLeft
            painter.fillRect(painter.boundingRect(beside, flags, text).adjusted(-2, 0, 3, 0), QColor(tokens.panel))
            painter.drawText(beside, flags, text)

    def _paint_bars(self, painter: QPainter, tokens: theme.Tokens) -> None:
        """Lengths go with the square root of the counts: the tails of a distribution are what one looks for."""
        room, most = self.width() - BAR - 5, self.counts.max()
        if most == 0:
            return
        step = self.height() / BINS
        color = QColor(tokens.dim)
        color.setAlpha(110)
        for i, count in enumerate(self.counts[::-1]):
            length = room * (count / most) ** 0.5
            painter.fillRect(QRectF(BAR + 5, i * step + 0.5, length, max(1.0, step - 1)), color)


def _brief(limit: float) -> str:
    """`limit` in 3 digits, in 2 with an exponent where that would be too long: 0.0312, 2.8e−4, 1.2e5."""
    text = theme.format_number(limit, 3)
    if len(text) <= LONGEST or not np.isfinite(limit):
        return text
    mantissa, _, power = f"{limit:.1e}".partition("e")
    return f"{mantissa}e{int(power)}".replace("-", theme.MINUS)
