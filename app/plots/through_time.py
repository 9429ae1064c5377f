"""Gradients through time: for every layer that goes through a sequence a row of bars, one a step, on one log scale."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app import theme

WORDS, GAP, TALLEST, LEAST = 17.0, 8.0, 64.0, 8.0  # height of a name, room below, tallest and least row of bars
FEWEST = 2.0  # decades that the scale spans at least


class TimeBars(QWidget):
    """`steps`: layer id → (norms of the gradients, norms of the states), one number a step each."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.steps: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        self.selected: str | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("gradient norm of every step of a sequence")

    def set_steps(self, steps: dict[str, tuple[np.ndarray, np.ndarray]]) -> None:
        """Show these norms."""
        self.steps = steps
        self.update()

    def set_selected(self, layer: str | None) -> None:
        """Mark a layer's row."""
        self.selected = layer
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(180, 150)

    def span(self) -> tuple[float, float]:
        """Lowest and highest decade of the scale that all rows share."""
        norms = np.concatenate([gradients for gradients, _ in self.steps.values()] or [np.ones(1)])
        known = norms[np.isfinite(norms) & (norms > 0)]
        if not len(known):
            return -FEWEST, 0.0
        high = math.ceil(math.log10(known.max()))
        low = math.floor(math.log10(known.min()))
        return float(max(min(low, high - FEWEST), high - 16)), float(high)

    def share(self, norm: float) -> float:
        """Height of a bar, 0..1; full for what is not finite."""
        if not math.isfinite(norm):
            return 1.0
        low, high = self.span()
        return 0.0 if norm <= 0 else min(1.0, max(0.04, (math.log10(norm) - low) / (high - low)))

    def rows(self) -> list[tuple[str, QRectF]]:
        """Every layer with the rectangle of its bars, as many as there is room for."""
        each = self.height() / max(1, len(self.steps))
        tall = min(TALLEST, max(LEAST, each - WORDS - GAP))
        found = []
        for i, layer in enumerate(self.steps):
            top = i * (tall + WORDS + GAP) + WORDS
            if top + tall <= self.height() + 1:
                found.append((layer, QRectF(0, top, self.width(), tall)))
        return found

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        for layer, bars in self.rows():
            self._paint_words(painter, layer, QRectF(0, bars.top() - WORDS, bars.width(), WORDS - 2))
            self._paint_bars(painter, bars, self.steps[layer][0])

    def _paint_words(self, painter: QPainter, layer: str, room: QRectF) -> None:
        tokens, told = theme.current(), told_of(self.steps[layer][0])
        painter.setFont(theme.mono_font(10.5))
        painter.setPen(QColor(tokens.dim))
        wide = painter.fontMetrics().horizontalAdvance(told)
        told = told if wide < room.width() * 0.6 else ""
        painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, told)
        painter.setFont(theme.ui_font(11.5, 600 if layer == self.selected else 400))
        painter.setPen(QColor(tokens.text if layer == self.selected else tokens.dim))
        left = int(room.width() - (wide + 10 if told else 0))
        name = painter.fontMetrics().elidedText(layer, Qt.TextElideMode.ElideRight, left)
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)

    def _paint_bars(self, painter: QPainter, room: QRectF, norms: np.ndarray) -> None:
        tokens = theme.current()
        wide = room.width() / max(1, len(norms))
        gap = 1.0 if wide >= 3 else 0.0
        painter.fillRect(room, QColor(tokens.raised))
        for i, norm in enumerate(norms):
            tall = self.share(float(norm)) * room.height()
            bar = QRectF(room.left() + i * wide, room.bottom() - tall, max(wide - gap, 0.6), tall)
            painter.fillRect(bar, QColor(tokens.backward if math.isfinite(norm) else tokens.bad))

    def describe(self, position: QPointF) -> str:
        """What stands at a place of the widget; nothing beside the bars."""
        for layer, bars in self.rows():
            gradients, states = self.steps[layer]
            if bars.contains(position):
                step = min(len(gradients) - 1, int(position.x() / bars.width() * len(gradients)))
                return (f"{layer}, step {step + 1} of {len(gradients)}\n"
                        f"gradient norm {theme.format_number(float(gradients[step]))}, "
                        f"norm of the state {theme.format_number(float(states[step]))}")  # fmt: skip
        return ""

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.describe(QPointF(event.pos())), self)
            return True
        return super().event(event)


def told_of(norms: np.ndarray) -> str:
    """How much of the gradient of the last step the first one has: "first/last 6e−3"."""
    first, last = float(norms[0]), float(norms[-1])
    if not (math.isfinite(first) and math.isfinite(last) and last > 0):
        return "not finite" if not (math.isfinite(first) and math.isfinite(last)) else ""
    return f"first ÷ last {first / last:.1g}".replace("-", theme.MINUS)
