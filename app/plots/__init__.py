"""Plots. Importing this package imports pyqtgraph, so the window does it after its first paint."""

from app.plots.dock import PlotDock

__all__ = ["PlotDock"]
