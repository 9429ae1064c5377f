"""Words in a picture that neither collide nor leave it: what comes later and has no room is left out."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from app import theme
from app.plots.text import LEAST

SPACE = 3.0  # px between two


class Labels:
    """Collects places within `room`; `taken` are rectangles already in use."""

    def __init__(self, room: QRectF, taken: tuple[QRectF, ...] = ()) -> None:
        self.room, self.taken = room, list(taken)
        self.placed: list[tuple[str, QRectF, QFont, str]] = []

    def add(self, text: str, at: QPointF, anchor: tuple[float, float] = (0.5, 0.5), mono: bool = True,
            color: str = "") -> bool:  # fmt: skip
        """Put `text` so that the share `anchor` of its rectangle lies `at`; False where there is no room."""
        if not text:
            return False
        font = theme.mono_font(10.5) if mono else theme.ui_font(10.5)
        metrics = QFontMetricsF(font)
        width, height = metrics.horizontalAdvance(text), metrics.ascent() + metrics.descent()
        place = QRectF(at.x() - anchor[0] * width, at.y() - anchor[1] * height, width, height)
        room = self.room.adjusted(-0.5, -0.5, 0.5, 0.5)
        if not room.contains(place) or any(
            other.intersects(place.adjusted(-SPACE, -1, SPACE, 1)) for other in self.taken
        ):
            return False
        self.taken.append(place)
        self.placed.append((text, place, font, color or theme.current().dim))
        return True

    def add_elided(self, text: str, at: QPointF, width: float, anchor: tuple[float, float]) -> bool:
        """A name, shortened to `width` px, or left out before it becomes a riddle."""
        shown = QFontMetricsF(theme.ui_font(10.5)).elidedText(text, Qt.TextElideMode.ElideRight, width)
        return self.add(shown if len(shown) >= min(len(text), LEAST) else "", at, anchor, mono=False)

    def paint(self, painter: QPainter, ground: str = "") -> None:
        """Draw them all, on a patch of the colour `ground` if given."""
        for text, place, font, color in self.placed:
            if ground:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.color(ground, 0.75))
                painter.drawRoundedRect(place.adjusted(-3, 0, 3, 0), 3, 3)
            painter.setFont(font)
            painter.setPen(QColor(color))
            painter.drawText(place.adjusted(-1, 0, 2, 0), Qt.AlignmentFlag.AlignCenter, text)
