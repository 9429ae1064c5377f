"""The shape on a wire: letters in a small frame."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from app import theme
from app.theme import color, mono_font

PILL_HEIGHT, SIZE = 19.0, 11.5


def pill_width(label: str) -> float:
    """So wide is the frame around `label`; 0 without one."""
    return _advance(label) + 7 if label else 0.0


def pill_label(label: str, room: float) -> str:
    """As much of a shape as has `room`: all of it, all but the batch, or nothing."""
    brief = label.removeprefix("B×")
    return next((text for text in (label, brief) if pill_width(text) <= room), "")


def pill_scale(label: str, room: float, larger: float) -> float:
    """How much `label` is enlarged where it has `room`: as much as wanted, not at all, or 0 where it has none."""
    width = pill_width(label)
    return 0.0 if not label or width > room else larger if width * larger <= room else 1.0


@lru_cache(maxsize=1024)
def _advance(label: str) -> float:
    return QFontMetricsF(mono_font(SIZE)).horizontalAdvance(label)


def paint_pill(painter: QPainter, label: str, lit: str | None) -> None:
    """Draw the pill around the origin; `lit`: phase of the value that moves along the wire."""
    tokens, width = theme.current(), pill_width(label)
    rect = QRectF(-width / 2, -PILL_HEIGHT / 2, width, PILL_HEIGHT)
    painter.setPen(QPen(color(tokens.direction(lit) if lit else tokens.hairline), 1))
    painter.setBrush(color(tokens.panel))
    painter.drawRoundedRect(rect, 4, 4)
    painter.setFont(mono_font(SIZE))
    painter.setPen(color(tokens.dim if not lit else tokens.text))
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, label)
