"""pyqtgraph in the program's own look: no frame, hairlines across, dim numbers; a logarithmic axis of our own.

Pens are not antialiased, and 1 px wide (2 on dense screens): antialiased ones of 2 px are thirty times slower.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent
from PySide6.QtWidgets import QWidget

from app import theme
from app.plots.surface.heights import round_logs

LEAST_LOG = 1e-12
FAINT, FEW_DECADES = 0.38, 2.5
OVER_EDGE = 6  # px that a number may reach beyond its axis: the 0 at the left end does
STEP_ROOM = 64  # px for a number of steps and the space beside it


class NumberAxis(pg.AxisItem):
    """Ticks in the program's number format; in `log` mode the axis holds decimal logarithms. `zero`: where 0 is drawn
    on it, which has none."""

    def __init__(self, orientation: str) -> None:
        super().__init__(orientation)
        self.log = False
        self.zero: float | None = None
        self.setStyle(tickLength=0, tickTextOffset=6, autoExpandTextSpace=False, hideOverlappingLabels=OVER_EDGE)

    def tickStrings(self, values, scale, spacing):
        """Called by pyqtgraph for every level of ticks."""
        if self.log:
            return ["0" if value == self.zero else power_label(value) for value in values]
        if self.orientation == "bottom":
            return [count_label(value) if float(value).is_integer() else "" for value in values]
        return [_short(value, spacing) for value in values]

    def generateDrawSpecs(self, p):
        """Gridlines belong to the upright axis alone; ticks of no length would still leave dots on the other."""
        specs = super().generateDrawSpecs(p)
        return specs if specs is None or self.orientation == "left" else (specs[0], [], specs[2])

    def tickValues(self, low, high, size):
        """Decades while many are in view, else round numbers; whole steps; else the coarsest ticks of pyqtgraph: few
        numbers to read."""
        if self.orientation == "bottom":
            step = round_step((high - low) * STEP_ROOM / max(STEP_ROOM, size))
            return [(step, list(np.arange(np.ceil(max(0.0, low) / step), np.floor(high / step) + 1) * step))]
        if self.log and high - low >= FEW_DECADES:
            step = max(1, round((high - low) / max(1, size / 40)))
            first = np.ceil(low) if self.zero is None else self.zero + 1
            ticks = list(np.arange(first, np.floor(high) + 1, step))
            return [(step, ticks if self.zero is None else [self.zero, *ticks])]
        if self.log:
            ticks = round_logs(10.0**low, 10.0**high, max(2, int(size / 32)))
            zero = [] if self.zero is None else [self.zero]
            return [(1.0, zero + [at for at in np.log10(ticks[ticks > 0]) if self.zero is None or at >= self.zero + 1])]
        return super().tickValues(low, high, size)[:1]


class CurvePlot(pg.PlotWidget):
    """Curves over steps. `pointed(float | None)` tells the step under the pointer."""

    pointed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        axes = {"left": NumberAxis("left"), "bottom": NumberAxis("bottom")}
        super().__init__(parent, axisItems=axes, background=None)
        self.curves: dict[str, pg.PlotDataItem] = {}
        self.log = False
        item = self.getPlotItem()
        item.hideButtons()
        item.setMenuEnabled(False)
        item.setContentsMargins(0, 4, 4, 0)
        item.setDownsampling(auto=True, mode="peak")
        item.setClipToView(True)
        item.getViewBox().setMouseEnabled(x=True, y=False)
        item.getViewBox().suggestPadding = lambda axis: 0.02  # pyqtgraph takes up to a tenth on either side
        item.getViewBox().setLimits(xMin=0, minXRange=1)  # there are no steps before the first one
        axes["left"].setWidth(42)
        axes["bottom"].setHeight(20)
        self.setFrameShape(pg.PlotWidget.Shape.NoFrame)
        self.viewport().setMouseTracking(True)
        self.cursor_line = pg.InfiniteLine(angle=90, movable=False)
        self.cursor_line.hide()
        self.addItem(self.cursor_line, ignoreBounds=True)

    def add_curve(self, name: str, dashed: bool = False, faint: bool = False,
                  color: Callable[[theme.Tokens], str] | None = None) -> None:  # fmt: skip
        """A curve called `name`, without points yet; of that `color`, else `dashed` in the text's, or the forward
        colour."""
        self.curves[name] = curve = pg.PlotDataItem(connect="finite")
        curve.opts["dashed"], curve.opts["faint"], curve.opts["color"] = dashed, faint, color
        curve.setDownsampling(auto=True, method="peak")
        self.addItem(curve)

    def set_curve(self, name: str, x: np.ndarray, y: np.ndarray) -> None:
        """Points (n,) of a curve; y is drawn by its logarithm in log mode (nothing where it is not positive)."""
        y = np.asarray(y, float)
        if self.log:
            with np.errstate(divide="ignore", invalid="ignore"):
                y = np.where(y > LEAST_LOG, np.log10(y), np.nan)
        self.curves[name].setData(np.asarray(x, float), np.where(np.isfinite(y), y, np.nan))

    def show_all(self, last: float) -> None:
        """Back to all points up to step `last`: curves cut to a view that they lie outside of have no extent."""
        box = self.getPlotItem().getViewBox()
        box.setXRange(0, max(1.0, last))
        box.enableAutoRange()

    def set_log(self, log: bool) -> None:
        """Switch the upright axis; the curves must be set again afterwards."""
        self.log = self.getPlotItem().getAxis("left").log = log
        self.getPlotItem().getAxis("left").picture = None

    def apply_theme(self) -> None:
        """Colours and fonts of the current theme."""
        tokens = theme.current()
        for name in ("left", "bottom"):
            axis = self.getPlotItem().getAxis(name)
            axis.setPen(pg.mkPen(None))
            axis.setTextPen(pg.mkPen(tokens.dim))
            axis.setTickFont(theme.mono_font(10.5))
        self.getPlotItem().showGrid(x=False, y=True, alpha=0.0)
        left = self.getPlotItem().getAxis("left")
        left.setTickPen(pg.mkPen(tokens.hairline))
        left.setGrid(255)
        self.cursor_line.setPen(pg.mkPen(tokens.dim))
        for curve in self.curves.values():
            own = curve.opts["color"]
            usual = tokens.text if curve.opts["dashed"] else tokens.forward
            color = QColor(usual if own is None else own(tokens))
            color.setAlphaF(FAINT if curve.opts["faint"] else 1.0)
            style = Qt.PenStyle.DashLine if curve.opts["dashed"] else Qt.PenStyle.SolidLine
            width = 1 if curve.opts["faint"] else max(1, round(self.devicePixelRatioF()))
            curve.setPen(pg.mkPen(color, width=width, style=style))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        box = self.getPlotItem().getViewBox()
        inside = box.sceneBoundingRect().contains(QPointF(event.position()))
        step = box.mapSceneToView(event.position()).x() if inside else None
        self.cursor_line.setVisible(inside)
        if step is not None:
            self.cursor_line.setPos(step)
        self.pointed.emit(step)

    def leaveEvent(self, event) -> None:
        super().leaveEvent(event)
        self.cursor_line.hide()
        self.pointed.emit(None)


def round_step(least: float) -> float:
    """The smallest of 1, 2, 5, 10, 20, … that is not below `least`."""
    size = 10.0 ** np.floor(np.log10(max(1.0, least)))
    return next(float(size * n) for n in (1, 2, 5, 10) if size * n >= least)


def count_label(value: float) -> str:
    """A number of steps in few signs: 500 000, 1.5M."""
    return f"{value / 1e6:g}M" if abs(value) >= 1e6 else theme.format_count(round(value))


def power_label(value: float) -> str:
    number = 10.0**value
    if abs(value - round(value)) < 1e-9:
        return f"{number:g}" if -3 <= round(value) <= 4 else f"1e{round(value)}".replace("-", theme.MINUS)
    return f"{number:.2g}".replace("-", theme.MINUS)


def _short(value: float, spacing: float) -> str:
    if abs(value) >= 1e5 or (value and spacing < 1e-4):
        return f"{value:.2g}".replace("-", theme.MINUS).replace("e+0", "e").replace("e+", "e")
    decimals = next((d for d in range(6) if abs(spacing * 10**d - round(spacing * 10**d)) < 1e-6), 6)
    return f"{value:.{decimals}f}".replace("-", theme.MINUS)
