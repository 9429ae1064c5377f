"""A board on which a curve y(x) is drawn, with the network's answer over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.numbers import MINUS
from engine.data.curve import simplified
from engine.data.synthetic import EXTENT

if TYPE_CHECKING:
    from app.watches.curve import Fit

COLUMNS, REACH, HEIGHT = 161, 1.06, 1.3  # places of a curve; how far beyond ±EXTENT is seen; and how high, in y
LEFT, BELOW = 26.0, 16.0  # room for numbers
FAINT, MOST_SEEN, COARSE = 0.30, 64, 3  # of units; of them those that matter most; and of their places every third
STEP, WIDTH = 0.05, 0.35  # of a key: how far up, and how wide a stretch goes with it


class Board(QWidget):
    """`drawn(points)`: a curve is drawn, or moved by keys (then `by_keys`)."""

    drawn = Signal(object, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.across = np.linspace(-EXTENT, EXTENT, COLUMNS)
        self.up = np.full(COLUMNS, np.nan)  # the curve; NaN where there is none
        self.fit: Fit | None = None
        self.place = COLUMNS // 2  # of the keys' mark
        self._last: tuple[int, float] | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName("board to draw a curve on")
        self.setToolTip("Draw with the mouse. Keys: ← and → move along the curve, ↑ and ↓ bend it there.")

    @property
    def drawing(self) -> bool:
        """Whether the mouse draws just now."""
        return self._last is not None

    def set_points(self, points: tuple[tuple[float, float], ...] | None) -> None:
        """Show the curve through these points; None: a clean board."""
        if points is None:
            self.up = np.full(COLUMNS, np.nan)
        else:
            x, y = np.array(points).T
            self.up = np.interp(self.across, x, y, left=np.nan, right=np.nan)
        self.update()

    def set_fit(self, fit: Fit | None) -> None:
        """Show what the network says."""
        self.fit = fit
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(260, 170)

    # --- places ---------------------------------------------------------------------------------------------------

    def area(self) -> QRectF:
        """Where the plane of the curve lies."""
        return QRectF(LEFT, 2, max(10.0, self.width() - LEFT - 2), max(10.0, self.height() - BELOW - 4))

    def to_widget(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """From the curve's units to pixels."""
        area, reach = self.area(), EXTENT * REACH
        return (area.left() + (np.asarray(x) + reach) / (2 * reach) * area.width(),
                area.center().y() - np.asarray(y) / HEIGHT * area.height() / 2)  # fmt: skip

    def at(self, place: QPointF) -> tuple[int, float]:
        """The column and the height at a pixel, within what can be drawn."""
        area, reach = self.area(), EXTENT * REACH
        x = (place.x() - area.left()) / area.width() * 2 * reach - reach
        y = (area.center().y() - place.y()) / (area.height() / 2) * HEIGHT
        column = round((x + EXTENT) / (2 * EXTENT) * (COLUMNS - 1))
        return min(max(column, 0), COLUMNS - 1), min(max(y, -HEIGHT), HEIGHT)

    # --- hands ----------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
            return
        self._last = self.at(event.position())
        self._draw_to(self._last)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._last is not None:
            self._draw_to(self.at(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._last is None:
            return
        self._last = None
        self._announce(False)

    def _draw_to(self, end: tuple[int, float]) -> None:
        """A line from where the mouse was; the columns between are passed too."""
        assert self._last is not None
        (i, y), (j, z) = sorted((self._last, end))
        self.up[i : j + 1] = np.linspace(y, z, j - i + 1) if j > i else end[1]
        self._last, self.place = end, end[0]
        self.update()

    def _announce(self, by_keys: bool) -> None:
        there = np.flatnonzero(np.isfinite(self.up))
        if len(there) > 1:
            x = self.across[there[0] : there[-1] + 1]
            y = np.interp(x, self.across[there], self.up[there])  # a gap is bridged
            self.drawn.emit(simplified(x, y), by_keys)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        along, up = {Qt.Key.Key_Left: (-4, 0), Qt.Key.Key_Right: (4, 0), Qt.Key.Key_Up: (0, 1),
                     Qt.Key.Key_Down: (0, -1)}.get(key, (0, 0))  # fmt: skip
        if along:
            self.place = min(max(self.place + along, 0), COLUMNS - 1)
            self.update()
        elif up:
            base = np.where(np.isfinite(self.up), self.up, 0.0) if np.isfinite(self.up).any() else np.zeros(COLUMNS)
            bump = np.exp(-(((self.across - self.across[self.place]) / WIDTH) ** 2))
            self.up = np.clip(base + up * STEP * bump, -HEIGHT, HEIGHT)
            self.update()
            self._announce(True)
        else:
            super().keyPressEvent(event)

    # --- painting -------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, tokens, area = QPainter(self), theme.current(), self.area()
        painter.fillRect(area, QColor(tokens.canvas))
        self._paint_axes(painter, area)
        painter.setClipRect(area)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.fit is not None:
            self._paint_units(painter)
        self._paint_curve(painter, self.across, self.up, theme.color(tokens.text, 0.75), 1.5, Qt.PenStyle.DotLine)
        if self.fit is not None:
            self._paint_curve(painter, self.fit.x, self.fit.y, QColor(tokens.forward), 2.0)
        if not np.isfinite(self.up).any():
            painter.setPen(QColor(tokens.dim))
            painter.setFont(theme.ui_font(12))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, "Draw a curve here")
        elif self.hasFocus() and not self.drawing and np.isfinite(self.up[self.place]):
            x, y = self.to_widget(self.across[self.place], self.up[self.place])
            painter.setPen(QPen(QColor(tokens.forward), 1.5))
            painter.drawEllipse(QPointF(float(x), float(y)), 4, 4)

    def _paint_axes(self, painter: QPainter, area: QRectF) -> None:
        tokens = theme.current()
        painter.setFont(theme.mono_font(9.5))
        for y in (-1, 0, 1):
            level = float(self.to_widget(0, y)[1])
            painter.setPen(QColor(tokens.hairline))
            painter.drawLine(QPointF(area.left(), level), QPointF(area.right(), level))
            painter.setPen(QColor(tokens.dim))
            words = QRectF(0, level - 8, LEFT - 5, 16)
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, _signed(y))
        for x in (-4, -2, 0, 2, 4):
            middle = float(self.to_widget(x, 0)[0])
            painter.drawText(QRectF(middle - 20, area.bottom() + 2, 40, BELOW), Qt.AlignmentFlag.AlignHCenter,
                             _signed(x))  # fmt: skip

    def _paint_units(self, painter: QPainter) -> None:
        """What the hidden units add, those first that vary most."""
        assert self.fit is not None
        units = np.nan_to_num(self.fit.units)
        if not len(units):
            return
        color = theme.color(theme.current().dim, FAINT if len(units) > 12 else 1.6 * FAINT)
        for k in np.argsort(-np.ptp(units, axis=1))[:MOST_SEEN]:
            self._paint_curve(painter, self.fit.x[::COARSE], units[k, ::COARSE], color, 1.0)

    def _paint_curve(self, painter: QPainter, x: np.ndarray, y: np.ndarray, color: QColor, width: float,
                     style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> None:  # fmt: skip
        good = np.isfinite(y)
        if not good.any():
            return
        across, down = self.to_widget(x[good], np.clip(y[good], -10 * HEIGHT, 10 * HEIGHT))
        painter.setPen(QPen(color, width, style, Qt.PenCapStyle.RoundCap))
        painter.drawPolyline(QPolygonF([QPointF(a, b) for a, b in zip(across.tolist(), down.tolist(), strict=True)]))


def _signed(value: int) -> str:
    return str(value).replace("-", MINUS)
