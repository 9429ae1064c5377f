"""Any number of named lines over the steps, with a legend that tells their values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from app import theme
from app.plots.axes import CurvePlot

DASH, SPACE, BETWEEN, ROW = 14.0, 5.0, 14.0, 16  # px of an entry's line, behind it, between entries, and of a row
ROOM = 0.45  # of the height, at most, is the legend's
Color = Callable[[theme.Tokens], str]


@dataclass(frozen=True, eq=False)
class Line:
    """`x`, `y` (n,); `note` stands in the legend in place of the last value, in `role`; `ended`: a cross at its end."""

    name: str
    x: np.ndarray
    y: np.ndarray
    color: Color
    dashed: bool = False
    note: str = ""
    role: str = "dim"
    strong: bool = False
    ended: bool = False


class Legend(QWidget):
    """Entries in as many rows as they need, at most `most`; the tip names all."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: tuple[Line, ...] = ()
        self.values: tuple[str, ...] = ()
        self.most = 3
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(ROW)

    def show_lines(self, lines: Sequence[Line], values: Sequence[str]) -> None:
        """Name them with their values."""
        if (tuple(lines), tuple(values)) != (self.lines, self.values):
            self.lines, self.values = tuple(lines), tuple(values)
            said = [f"{line.name} {value}".strip() for line, value in zip(lines, values, strict=True)]
            self.setAccessibleName("; ".join(said))
            self.setToolTip("\n".join(said))
            self._fit()

    def set_most(self, rows: int) -> None:
        """So many rows have room."""
        if rows != self.most:
            self.most = rows
            self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        rows = min(self.most, 1 + max((row for _, _, row in self.places()), default=0))
        self.setFixedHeight(rows * ROW)
        self.update()

    def _fonts(self, line: Line) -> tuple[QFont, QFont]:
        return theme.ui_font(10.5, 600 if line.strong else 400), theme.mono_font(10.5)

    def places(self) -> list[tuple[float, float, int]]:
        """(left, width, row) of every entry."""
        found, left, row = [], 0.0, 0
        for line, value in zip(self.lines, self.values, strict=True):
            name, number = (QFontMetricsF(font) for font in self._fonts(line))
            wide = DASH + SPACE + name.horizontalAdvance(line.name)
            wide += SPACE + number.horizontalAdvance(value) if value else 0.0
            if left and left + wide > self.width():
                left, row = 0.0, row + 1
            found.append((left, wide, row))
            left += wide + BETWEEN
        return found

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, tokens = QPainter(self), theme.current()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for line, value, (left, _, row) in zip(self.lines, self.values, self.places(), strict=True):
            if row >= self.most:
                break
            top, right = row * ROW, float(self.width())
            style = Qt.PenStyle.DashLine if line.dashed else Qt.PenStyle.SolidLine
            painter.setPen(QPen(QColor(line.color(tokens)), 2.2 if not line.dashed else 1.6, style))
            painter.drawLine(QPointF(left, top + ROW / 2), QPointF(left + DASH, top + ROW / 2))
            name, number = self._fonts(line)
            left += DASH + SPACE
            painter.setFont(name)
            painter.setPen(QColor(tokens.text))
            metrics = QFontMetricsF(name)
            shown = metrics.elidedText(line.name, Qt.TextElideMode.ElideRight, right - left)
            place = QRectF(left, top, right - left, ROW)
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, shown)
            left += metrics.horizontalAdvance(shown) + SPACE
            painter.setFont(number)
            painter.setPen(QColor(getattr(tokens, line.role)))
            painter.drawText(QRectF(left, top, right - left, ROW), Qt.AlignmentFlag.AlignVCenter, value)


class Lines(QWidget):
    """`plot` with `legend` below."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plot, self.legend = CurvePlot(), Legend()
        self.crosses = pg.ScatterPlotItem(symbol="x", size=9, pen=pg.mkPen(None))
        self.plot.addItem(self.crosses)
        self.lines: tuple[Line, ...] = ()
        self._at: float | None = None
        self._last = 0.0
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.plot, 1)
        column.addWidget(self.legend)
        self.plot.pointed.connect(self._point)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, 60)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.legend.set_most(max(1, int(ROOM * self.height() / ROW)))

    def set_lines(self, lines: Sequence[Line], log: bool, first: float = 0.0) -> None:
        """Draw these in place of what was there; `first`: the step at the left end."""
        before, self.lines = self.lines, tuple(lines)
        known = [(line.color(theme.LIGHT), line.dashed) for line in before]
        if known != [(line.color(theme.LIGHT), line.dashed) for line in lines]:
            self._make()
        if log != self.plot.log:
            self.plot.set_log(log)
        for k, line in enumerate(self.lines):
            self.plot.set_curve(str(k), line.x, line.y)
        self._cross()
        last = max((float(line.x[-1]) for line in self.lines if len(line.x)), default=0.0)
        if last < self._last or not before:
            box = self.plot.getPlotItem().getViewBox()
            box.setXRange(first, max(first + 1, last))
            box.enableAutoRange()
        self._last = last
        self._say()

    def _make(self) -> None:
        for curve in self.plot.curves.values():
            self.plot.removeItem(curve)
        self.plot.curves.clear()
        for k, line in enumerate(self.lines):
            self.plot.add_curve(str(k), dashed=line.dashed, color=line.color)
        self.plot.apply_theme()

    def _cross(self) -> None:
        """Where lines ended early."""
        spots = []
        for line in self.lines:
            known = np.flatnonzero(np.isfinite(line.y) & ((line.y > 0) | (not self.plot.log)))
            if line.ended and len(known):
                y = float(line.y[known[-1]])
                at = (float(line.x[known[-1]]), float(np.log10(y)) if self.plot.log else y)
                spots.append({"pos": at, "pen": pg.mkPen(line.color(theme.current()), width=2)})
        self.crosses.setData(spots)

    def _point(self, step: float | None) -> None:
        self._at = step
        self._say()

    def _say(self) -> None:
        values = [line.note or _value(line, self._at) for line in self.lines]
        self.legend.show_lines(self.lines, values)

    def apply_theme(self) -> None:
        """Take on the current theme."""
        self.plot.apply_theme()
        self._cross()
        self.legend.update()


def _value(line: Line, at: float | None) -> str:
    """The last value, or the one nearest to a step."""
    if not len(line.y):
        return ""
    value = float(line.y[-1] if at is None else line.y[int(np.abs(line.x - at).argmin())])
    return theme.format_number(value, 3)
