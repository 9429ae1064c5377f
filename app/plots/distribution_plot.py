"""A distribution over the steps: as a heat map, or as ridges, the newest in front."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QImage, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app import theme
from app.plots import colours
from app.plots.axes import STEP_ROOM, count_label, round_step
from app.plots.distribution import Shares, over_steps

LEFT, BOTTOM, STRIP = 46.0, 18.0, 5.0  # room for the numbers of values and of steps, and for what is not finite
ACROSS, FADES = 240, 3.0  # columns of the picture; heights below 1 over this fade into the ground
RIDGES, OVERLAP = 14, 2.6  # how many at most, and how many lines' height the highest takes


def densities(tall: np.ndarray, tokens: theme.Tokens) -> np.ndarray:
    """Colours uint8 (h, w, 4) of `tall` (h, w) between 0 and 1: viridis, which the least ones leave towards the ground.

    On light ground it runs the other way, so that frequent is always what stands out from it.
    """
    pixels = colours.ramp(tall if tokens.is_dark else 1 - tall, 0.0, 1.0, tokens).astype(float)
    ground = colours.rgba(tokens.raised).astype(float)
    shown = np.clip(tall * FADES, 0, 1)[..., None]
    return np.asarray((pixels * shown + ground * (1 - shown)).round().astype(np.uint8))


class DistributionPlot(QWidget):
    """`colour`: the token of the ridges."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shares: Shares | None = None
        self.ridges, self.colour = False, "forward"
        self._image: QImage | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("distribution over the steps")

    def set_shares(self, shares: Shares, colour: str = "forward") -> None:
        """Show these."""
        self.shares, self.colour = shares, colour
        self._render()

    def set_ridges(self, ridges: bool) -> None:
        """As ridges, or as a map."""
        self.ridges = ridges
        self.update()

    def apply_theme(self) -> None:
        """Draw anew in the current theme's colours."""
        self._render()

    def sizeHint(self) -> QSize:
        return QSize(220, 150)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, 60)

    def area(self) -> QRectF:
        """Where the distribution lies."""
        wide, high = self.width() - LEFT - 6, self.height() - BOTTOM - STRIP - 4
        return QRectF(LEFT, STRIP + 2, max(10.0, wide), max(10.0, high))

    def _render(self) -> None:
        self._image = None
        if self.shares is not None:
            shown = self.shares.cells[over_steps(self.shares, ACROSS)].T[::-1]
            self._image = colours.to_image(densities(np.sqrt(shown / max(float(shown.max()), 1e-9)), theme.current()))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.shares is None or self._image is None:
            return
        painter, area = QPainter(self), self.area()
        if self.ridges:
            self._paint_values_below(painter, area)
            self._paint_ridges(painter, area)
        else:
            painter.drawImage(area, self._image, QRectF(self._image.rect()))
            self._paint_bad(painter, area)
            self._paint_values(painter, area)
            self._paint_steps(painter, area)

    # --- as a map -------------------------------------------------------------------------------------------------

    def _paint_bad(self, painter: QPainter, area: QRectF) -> None:
        """Where some were not finite: a strip along the upper edge."""
        shares, color = self.shares, QColor(theme.current().bad)
        wide = area.width() / ACROSS
        for i, column in enumerate(over_steps(shares, ACROSS)):
            if shares.bad[column] > 0:
                painter.fillRect(QRectF(area.left() + i * wide, 0, wide + 0.5, STRIP), color)

    def _paint_values(self, painter: QPainter, area: QRectF) -> None:
        tokens = theme.current()
        painter.setFont(theme.mono_font(10.5))
        used = []
        for at, words in sorted(self.shares.ticks, key=lambda tick: tick[1] != "0"):
            y = area.bottom() - self._along(at) * area.height()
            if any(abs(y - other) < 13 for other in used):
                continue
            used.append(y)
            painter.setPen(QColor(tokens.dim))
            top = min(max(y - 7, 0.0), self.height() - 14.0)
            painter.drawText(QRectF(0, top, LEFT - 6, 14), Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
                             words)  # fmt: skip
            painter.fillRect(QRectF(LEFT - 4, y - 0.5, 3, 1), QColor(tokens.hairline))

    def _paint_steps(self, painter: QPainter, area: QRectF) -> None:
        painter.setPen(QColor(theme.current().dim))
        painter.setFont(theme.mono_font(10.5))
        first, last = self._ends()
        step = round_step((last - first) * STEP_ROOM / max(STEP_ROOM, area.width()))
        right = -1e9
        for at in np.arange(np.ceil(first / step), np.floor(last / step) + 1) * step:
            x = area.left() + (at - first) / max(1.0, last - first) * area.width()
            words = count_label(float(at))
            wide = painter.fontMetrics().horizontalAdvance(words)
            left = min(max(x - wide / 2, 0.0), self.width() - wide)
            if left > right + 8:
                painter.drawText(QPointF(left, self.height() - 4), words)
                right = left + wide

    def _ends(self) -> tuple[float, float]:
        return float(self.shares.spans[0, 0]), float(self.shares.spans[-1, 1])

    def _along(self, at: float) -> float:
        """Where a place of the value axis lies between its ends, 0..1."""
        low, high = self.shares.edges[0], self.shares.edges[-1]
        return float((at - low) / (high - low))

    # --- as ridges ------------------------------------------------------------------------------------------------

    def rows(self) -> np.ndarray:
        """The columns that are drawn, oldest first: as many as have room, evenly over the steps."""
        most = int(max(2, min(RIDGES, self.area().height() // 9)))
        return np.unique(over_steps(self.shares, most))

    def _baselines(self, area: QRectF, count: int) -> np.ndarray:
        first = area.top() + area.height() * OVERLAP / (OVERLAP + max(1, count - 1))
        return np.linspace(first if count > 1 else area.bottom(), area.bottom(), count)

    def _paint_ridges(self, painter: QPainter, area: QRectF) -> None:
        tokens, shares, rows = theme.current(), self.shares, self.rows()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        lines = self._baselines(area, len(rows))
        tall = lines[0] - area.top()
        most = np.sqrt(max(float(shares.cells[rows].max()), 1e-9))
        centres = (shares.edges[:-1] + shares.edges[1:]) / 2
        middles = [area.left() + self._along(at) * area.width() for at in centres]
        painter.setFont(theme.mono_font(10.5))
        for i, (row, base) in enumerate(zip(rows, lines, strict=True)):
            age = (i + 1) / len(rows)
            heights = base - np.sqrt(shares.cells[row]) / most * tall * 0.96
            points = [QPointF(x, y) for x, y in zip(middles, heights, strict=True)]
            points = [QPointF(area.left(), base), *points, QPointF(area.right(), base)]
            color = getattr(tokens, self.colour)
            painter.setBrush(QColor(theme.mix(tokens.panel, color, 0.08 + 0.3 * age)))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.drawPolygon(QPolygonF(points))
            painter.setPen(QPen(QColor(theme.mix(tokens.panel, color, 0.35 + 0.65 * age)), 1.2))
            painter.drawPolyline(QPolygonF(points))
        self._paint_ages(painter, lines, rows)

    def _paint_ages(self, painter: QPainter, lines: np.ndarray, rows: np.ndarray) -> None:
        """The steps of the ridges, as many as have room."""
        tokens, used = theme.current(), []
        for base, row in sorted(zip(lines, rows, strict=True), key=lambda pair: -pair[0]):
            if not any(abs(base - other) < 13 for other in used):
                used.append(base)
                painter.setPen(QColor(tokens.bad if self.shares.bad[row] > 0 else tokens.dim))
                painter.drawText(QRectF(0, base - 12, LEFT - 6, 14), Qt.AlignmentFlag.AlignRight,
                                 count_label(float(self.shares.spans[row, 1])))  # fmt: skip

    def _paint_values_below(self, painter: QPainter, area: QRectF) -> None:
        tokens = theme.current()
        painter.setFont(theme.mono_font(10.5))
        taken: list[tuple[float, float]] = []
        for at, words in sorted(self.shares.ticks, key=lambda tick: tick[1] != "0"):
            x = area.left() + self._along(at) * area.width()
            wide = painter.fontMetrics().horizontalAdvance(words)
            left = min(max(x - wide / 2, 0.0), self.width() - wide)
            painter.fillRect(QRectF(x, area.top(), 1, area.height()), QColor(tokens.hairline))
            if all(left > right + 8 or left + wide < start - 8 for start, right in taken):
                taken.append((left, left + wide))
                painter.setPen(QColor(tokens.dim))
                painter.drawText(QPointF(left, self.height() - 4), words)

    # --- what is under the pointer --------------------------------------------------------------------------------

    def describe(self, x: float, y: float) -> str:
        """What stands at a place of the map; "" beside it."""
        area, shares = self.area(), self.shares
        if shares is None or self.ridges or not area.adjusted(0, -STRIP - 2, 0, 0).contains(x, y):
            return ""
        across = min(ACROSS - 1, int((x - area.left()) / area.width() * ACROSS))
        column = int(over_steps(shares, ACROSS)[across])
        first, last = (theme.format_count(int(step)) for step in shares.spans[column])
        told = f"step {last}" if first == last else f"steps {first} to {last}"
        if shares.bad[column] > 0:
            told += f"\n{theme.format_percent(float(shares.bad[column]))} not finite"
        if y < area.top():
            return told
        bins = shares.cells.shape[1]
        place = min(bins - 1, max(0, int((area.bottom() - y) / area.height() * bins)))
        return f"{told}\n{theme.format_percent(float(shares.cells[column, place]))} {shares.words(place)}"

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.describe(event.pos().x(), event.pos().y()), self)
            return True
        return super().event(event)
