"""The image that the network sees, and its probabilities as bars, one a class."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.numbers import format_percent
from app.plots import colours
from app.plots.example_rows import grey

if TYPE_CHECKING:
    from engine.data.drawn import Frame

MOST, TALLEST, LEAST = 20, 26.0, 11.0  # bars, and their heights
NAME, FIGURE = 76.0, 52.0  # most room for a name, and room for a percentage


class SeenImage(QWidget):
    """A drawing in the data's own pixels."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.seen: np.ndarray | None = None
        self.frame: Frame | None = None
        self.setFixedSize(58, 58)
        self.setAccessibleName("the image as the network sees it")
        self.setToolTip("The image as the network sees it: the size, place and pixels of the data's images")

    def set_seen(self, seen: np.ndarray | None, frame: Frame) -> None:
        """Show `seen` (height, width) in the data's values; None: an empty sheet."""
        self.seen, self.frame = seen, frame
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.frame is None:
            return
        painter = QPainter(self)
        share = np.zeros(self.frame.shape) if self.seen is None else self.frame.share(self.seen)
        height, width = share.shape
        scale = min(self.width(), self.height()) / max(height, width)
        painter.drawImage(QRectF(0, 0, width * scale, height * scale), colours.to_image(grey(share, 0.0, 1.0)))


class AnswerBars(QWidget):
    """Names on the left, bars, percentages; of many classes the likeliest."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.names: tuple[str, ...] = ()
        self.probabilities: np.ndarray | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("probabilities of the classes")

    def set_answer(self, names: tuple[str, ...], probabilities: np.ndarray | None) -> None:
        """Show `probabilities` (classes,); None: none yet."""
        self.names, self.probabilities = names, probabilities
        if probabilities is not None and len(names) == len(probabilities):
            best = int(np.nan_to_num(probabilities).argmax())
            self.setAccessibleDescription(f"{names[best]}, {format_percent(float(probabilities[best]))}")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(150, 150)

    def shown(self) -> list[int]:
        """Which classes are drawn: all, in their order, or those likeliest that have room."""
        count = len(self.names)
        room = max(1, min(MOST, int(self.height() / LEAST)))
        if count <= room:
            return list(range(count))
        p = np.zeros(count) if self.probabilities is None else np.nan_to_num(self.probabilities)
        return sorted(int(k) for k in np.argsort(-p, kind="stable")[:room])

    def paintEvent(self, event: QPaintEvent) -> None:
        shown = self.shown()
        if not shown:
            return
        painter, tokens = QPainter(self), theme.current()
        height = min(TALLEST, self.height() / len(shown))
        size = min(11.0, height * 0.72)
        names = QFontMetricsF(theme.ui_font(size))
        left = min(NAME, self.width() * 0.35, max(names.horizontalAdvance(self.names[k]) for k in shown)) + 8
        figure = FIGURE if self.width() > 120 else 0.0
        values = np.zeros(len(self.names)) if self.probabilities is None else self.probabilities
        best = -1 if self.probabilities is None else int(np.nan_to_num(values).argmax())
        for i, k in enumerate(shown):
            where = QRectF(0, i * height, self.width(), height)
            value = float(values[k])
            painter.setFont(theme.ui_font(size, 600 if k == best else 400))
            painter.setPen(QColor(tokens.text if k == best else tokens.dim))
            name = names.elidedText(self.names[k], Qt.TextElideMode.ElideRight, left - 6)
            painter.drawText(where.adjusted(0, 0, left - 8 - where.width(), 0),
                             Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, name)  # fmt: skip
            self._paint_bar(painter, where.adjusted(left, 0, -figure, 0), value)
            if figure and self.probabilities is not None:
                painter.setFont(theme.mono_font(size - 0.5))
                flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
                painter.drawText(where.adjusted(0, 0, -2, 0), flags, format_percent(value))

    def _paint_bar(self, painter: QPainter, where: QRectF, value: float) -> None:
        tokens, thick = theme.current(), max(3.0, min(10.0, where.height() - 5))
        track = QRectF(where.left(), where.center().y() - thick / 2, where.width(), thick)
        painter.fillRect(track, QColor(tokens.raised))
        if np.isfinite(value):
            track.setWidth(track.width() * min(1.0, max(0.0, value)))
            painter.fillRect(track, QColor(tokens.forward))
        else:
            painter.fillRect(track, QColor(tokens.bad))
