"""What the card of the loss surface asks for, and the window of its own that it can go to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from app.plots import PlotDock
    from app.window import MainWindow


class SurfaceControl(QObject):
    """Made once the plots are there."""

    def __init__(self, window: MainWindow, plots: PlotDock) -> None:
        super().__init__(window)
        self.window, self.plots = window, plots
        self.large = None
        card, worker = plots.surface, window.worker
        card.asked.connect(worker.look_around)
        card.moved.connect(worker.move_to)
        card.measured.connect(worker.measure_curvature)
        card.enlarged.connect(self.enlarge)
        window.actions_by_name["surface"].triggered.connect(lambda _=False: self.enlarge())
        worker.look_around(card.wish)

    def enlarge(self) -> None:
        """The card in a window of its own; when that is closed, it goes back."""
        from app.plots.surface.large import SurfaceWindow

        if self.large is not None:
            self.large.raise_()
            self.large.activateWindow()
            return
        self.large = SurfaceWindow(self.window)
        self.large.closed.connect(self._back)
        self.plots.lend_surface(True)
        self.large.take(self.plots.surface)
        self.large.resize(self.large.sizeHint())
        self.large.show()

    def _back(self) -> None:
        large, self.large = self.large, None
        self.plots.lend_surface(False)
        if large is not None:
            large.deleteLater()
