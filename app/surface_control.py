"""What the card of the loss surface asks for, and the window of its own that it can go to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from app.plots import PlotDock
    from app.plots.card_window import CardWindow
    from app.window import MainWindow


class SurfaceControl(QObject):
    """Made once the plots are there."""

    def __init__(self, window: MainWindow, plots: PlotDock) -> None:
        super().__init__(window)
        self.window, self.plots = window, plots
        card, worker = plots.surface, window.worker
        card.around_asked.connect(worker.look_around)
        card.moved.connect(worker.move_to)
        card.measured.connect(worker.measure_curvature)
        card.enlarged.connect(self.enlarge)
        window.actions_by_name["surface"].triggered.connect(lambda _=False: self.enlarge())
        worker.look_around(card.wish)

    @property
    def large(self) -> CardWindow | None:
        """The window of its own, while there is one."""
        return self.plots.area.docks["surface"].window_of_its_own

    def enlarge(self) -> None:
        """The card in a window of its own; when that is closed, it goes back."""
        self.plots.area.docks["surface"].open_window()
