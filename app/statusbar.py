"""The foot of the window: state, what is going on and how far it is, the size of the program."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QWidget

from app import theme
from app.numbers import format_bytes, format_count
from app.snapshot import Snapshot
from app.timeline_slider import TimelineSlider
from app.topbar import ElidedLabel
from app.words import worded

HEIGHT = 30
START = "Training starts when ready"
WORDS = {
    "loading": "Starting", "compiling": "Preparing", "ready": "Ready", "running": "Training", "paused": "Paused",
    "stepping": "Stepping", "diverged": "Diverged", "failed": "Cannot run",
}  # fmt: skip


class StatusBar(QWidget):
    """Shows snapshots."""

    def __init__(self, parent=None) -> None:
        super().__init__(parent)
        self.setProperty("role", "footer")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(HEIGHT)
        self.state, self.message, self.size, self.where = QLabel(), ElidedLabel(), QLabel(), QLabel()
        self.waiting, self._told = False, Snapshot()
        self.timeline = TimelineSlider()
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setFixedSize(140, 4)
        self.state.setFont(theme.ui_font(theme.SIZE_BODY, 600))
        self.where.setFont(theme.mono_font(11))
        self.size.setProperty("role", "dim")
        self.message.setProperty("role", "dim")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(12)
        for widget, stretch in (
            (self.state, 0),
            (self.progress, 0),
            (self.size, 0),
            (self.message, 1),
            (self.timeline, 0),
            (self.where, 0),
        ):
            row.addWidget(widget, stretch)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """State, progress, sizes and place."""
        self._show_state(snapshot.state)
        self._told = snapshot
        starts = f"{START}: " if self.waiting and snapshot.busy else ""
        self.message.show_text(starts + worded(snapshot.message))
        self.progress.setVisible(snapshot.busy or (snapshot.moving and snapshot.progress is not None))
        self.progress.setRange(0, 0 if snapshot.progress is None else 1000)
        if snapshot.progress is not None:
            self.progress.setValue(round(1000 * snapshot.progress))
        self.size.setVisible(bool(snapshot.instructions))
        count = len(snapshot.instructions)
        few, whole = snapshot.extra.get("judged", (0, 0))
        judged = f"  ·  judged on {format_count(few)} of {format_count(whole)} rows" if whole else ""
        self.size.setText(f"{count} operations  ·  {format_count(snapshot.parameter_count)} parameters  ·  "
                          f"arena {format_bytes(snapshot.arena_bytes)}{judged}")  # fmt: skip
        self.where.setText(_where(snapshot, count))
        self.timeline.show_snapshot(snapshot)

    def show_waiting(self, waiting: bool) -> None:
        """Whether training begins as soon as the network is ready."""
        self.waiting = waiting
        self.show_snapshot(self._told)

    def _show_state(self, state: str) -> None:
        role = {"ready": "good", "running": "forward", "diverged": "bad", "failed": "bad"}.get(state, "")
        self.state.setText(WORDS[state])
        if self.state.property("role") != role:
            self.state.setProperty("role", role)
            self.state.style().unpolish(self.state)
            self.state.style().polish(self.state)


def _where(snapshot: Snapshot, count: int) -> str:
    if not count:
        return ""
    step = f"step {format_count(snapshot.steps)}"
    return f"{step}  ·  operation {snapshot.cursor} of {count}" if snapshot.cursor else step
