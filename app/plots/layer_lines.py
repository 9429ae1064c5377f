"""One line a layer over the steps of training, on a logarithmic scale or in per cent, with their legend."""

from __future__ import annotations

import math

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from app import theme
from app.plots.axes import CurvePlot
from app.plots.colours import depth_colour
from app.plots.layer_legend import LayerLegend

MOST_DECADES = 24.0
MOST_POINTS = 4000  # that are drawn: of many lines fewer each
BEHIND = 0.4  # opacity of the others beside the one picked out


class LinePlot(CurvePlot):
    """The lines. What is not finite is marked at the upper edge; 0 stands below the smallest decade of a log scale."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.layers: tuple[str, ...] = ()
        self.emphasised: str | None = None
        self.mark = pg.InfiniteLine(angle=0, movable=False)
        self.mark.hide()
        self.addItem(self.mark, ignoreBounds=True)
        self.bad = pg.PlotDataItem(pen=None, symbol="x", symbolSize=7)
        self.addItem(self.bad, ignoreBounds=True)
        self.getPlotItem().getAxis("left").setZValue(-1000)  # a line at a grid line is seen
        self.getPlotItem().getViewBox().enableAutoRange(pg.ViewBox.YAxis, False)
        self.setAccessibleName("lines over the steps, one a layer")
        self.apply_theme()

    def set_layers(self, layers: tuple[str, ...]) -> None:
        """Lines of these layers, from the data to the losses, without points yet."""
        if layers == self.layers:
            return
        for curve in self.curves.values():
            self.removeItem(curve)
        self.curves.clear()
        self.layers = layers
        for layer in layers:
            self.add_curve(layer)
        self.apply_theme()

    def draw(self, x: np.ndarray, numbers: np.ndarray, log: bool, mark: float | None = None) -> None:
        """`numbers` (n, layers) over steps x (n,); in per cent if not `log`. `mark`: a level that is drawn across."""
        self.set_log(log)
        heights, low, high = logarithms(numbers, mark) if log else (100 * numbers, 0.0, 100.0)
        zero = low if log and bool((numbers == 0).any()) else None
        self.getPlotItem().getAxis("left").zero = zero
        thin = max(1, math.ceil(heights.size / MOST_POINTS))
        for i, layer in enumerate(self.layers):
            self.curves[layer].setData(x[::-thin][::-1], heights[::-thin, i][::-1])
        bad = ~np.isfinite(numbers) & ~np.isnan(x)[:, None] if log else np.isinf(numbers)
        at = x[bad.any(1)]
        self.bad.setData(at, np.full(len(at), high - 0.04 * (high - low)))
        self.mark.setVisible(mark is not None)
        if mark is not None:
            self.mark.setPos(math.log10(mark))
        self.getPlotItem().getViewBox().setYRange(low, high, padding=0.06)

    def show_steps(self, last: float) -> None:
        """Back to all points up to step `last`."""
        box = self.getPlotItem().getViewBox()
        box.setXRange(0, max(1.0, last))
        box.enableAutoRange(pg.ViewBox.XAxis)

    def emphasise(self, layer: str | None) -> None:
        """Set one line off from the others."""
        if layer != self.emphasised:
            self.emphasised = layer
            self.apply_theme()

    def apply_theme(self) -> None:
        """Colours and fonts of the current theme."""
        super().apply_theme()
        if not hasattr(self, "mark"):
            return
        tokens, ratio = theme.current(), max(1, round(self.devicePixelRatioF()))
        self.mark.setPen(pg.mkPen(tokens.dim, width=ratio, style=Qt.PenStyle.DashLine))
        self.bad.setSymbolPen(pg.mkPen(tokens.bad, width=2))
        chosen = self.emphasised if self.emphasised in self.curves else None
        for i, (layer, curve) in enumerate(self.curves.items()):
            color = QColor(depth_colour(tokens, i, len(self.curves)))
            color.setAlphaF(BEHIND if chosen not in (None, layer) else 1.0)
            curve.setPen(pg.mkPen(color, width=ratio * (3 if layer == chosen else 1)))
            curve.setZValue(1 if layer == chosen else 0)


class LayerLines(QWidget):
    """Lines and legend, beside each other where there is room."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plot, self.legend = LinePlot(), LayerLegend()
        self.selected: str | None = None
        self._picked: str | None = None
        self._layout = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(8)
        self._layout.addWidget(self.plot, 1)
        self._layout.addWidget(self.legend)
        self.legend.picked.connect(self._pick)

    def select(self, layer: str | None) -> None:
        """Set the line of a layer off."""
        self.selected = layer
        self._emphasise()

    def _pick(self, layer: str | None) -> None:
        self._picked = layer
        self._emphasise()

    def _emphasise(self) -> None:
        layer = self._picked or self.selected
        self.plot.emphasise(layer)
        self.legend.set_chosen(layer)

    def set_layers(self, layers: tuple[str, ...]) -> None:
        """Show these layers."""
        if layers != self.plot.layers:
            self.plot.set_layers(layers)
            self.legend.set_rows(dict.fromkeys(layers, ""), set())
            self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        self.legend.place(self.width())
        wanted = QBoxLayout.Direction.LeftToRight if self.legend.beside else QBoxLayout.Direction.TopToBottom
        if self._layout.direction() != wanted:
            self._layout.setDirection(wanted)
        self._layout.setSpacing(8 if self.legend.beside else 4)


def logarithms(numbers: np.ndarray, mark: float | None = None) -> tuple[np.ndarray, float, float]:
    """Decimal logarithms of `numbers`, NaN for what is not finite, and the ends of a scale of whole decades; zeros, if
    there are any, lie at its lower end."""
    with np.errstate(divide="ignore", invalid="ignore"):
        heights = np.where(np.isfinite(numbers) & (numbers > 0), np.log10(np.abs(numbers)), np.nan)
    known = heights[np.isfinite(heights)]
    ends = [*(() if mark is None else (math.log10(mark),)), *((known.min(), known.max()) if known.size else ())]
    high = math.ceil(max(ends, default=0.0))
    low = max(min(math.floor(min(ends, default=0.0)), high - 1), high - MOST_DECADES)
    heights = np.maximum(heights, low)
    zeros = numbers == 0
    if zeros.any():
        low -= 1
        heights = np.where(zeros, low, heights)
    return heights, float(low), float(high)
