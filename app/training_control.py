"""What the Training and Data pages ask for: whole epochs, the locked test rows, a file of the user's own."""

from __future__ import annotations

import queue
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from app.training_panel import steps_per_epoch

if TYPE_CHECKING:
    from app.window import MainWindow

POLL_MS = 30
QUESTION = (
    "Open the test set?\n\nIts rows were locked away to judge the finished network once. Whoever looks at them often, "
    "and changes the network after it, ends up fitting it to them too. The openings are counted."
)


class TrainingControl(QObject):
    """Made once the panels are there."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.window = window
        self._reply: queue.SimpleQueue | None = None
        self._poll = QTimer(self, interval=POLL_MS)
        self._poll.timeout.connect(self._look)
        sidebar, banner = window.sidebar, window.banner
        sidebar.make_pages(window.document)
        sidebar.training.epochs_asked.connect(self.run_epochs)
        sidebar.training.limit_chosen.connect(lambda epochs: setattr(window.control.stepping, "stop_after", epochs))
        sidebar.training.refused.connect(banner.show_message)
        sidebar.data.refused.connect(banner.show_message)
        sidebar.data.test_asked.connect(self.open_test)
        sidebar.data.csv_asked.connect(self.open_csv)
        window.actions_by_name["epoch"].triggered.connect(lambda: self.run_epochs(1))

    def run_epochs(self, count: int) -> None:
        """Train over all training rows `count` times."""
        snapshot = self.window.snapshot
        steps = steps_per_epoch(snapshot, self.window.document.network.training.batch_size)
        if steps and self.window.actions_by_name["run"].isEnabled():
            self.window.worker.run(count * steps)

    def open_test(self) -> None:
        """Ask; then judge the network on the locked rows, without waiting here."""
        if self._reply is None and self.window.control.ask(self.window, QUESTION):
            self._reply = self.window.worker.judge_test()
            self._poll.start()

    def _look(self) -> None:
        try:
            result = self._reply.get_nowait()
        except queue.Empty:
            return
        self._reply = None
        self._poll.stop()
        if isinstance(result, str):
            self.window.banner.show_message(result)
        else:
            self.window.sidebar.data.show_test(result)

    def open_csv(self) -> None:
        """Choose a table of the user's own."""
        from app.data_csv import open_csv

        open_csv(self.window)
