"""All runs of the document: gone to, branched off, named, compared, deleted."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu, QToolButton

from app import theme
from app.numbers import format_bytes
from app.plots.card import Card
from app.plots.lanes import Lanes, LanesArea, lanes_of
from app.plots.share import Table
from app.plots.views.kind import ViewKind
from app.worker_commands import EditBranch, GoTo

EMPTY = "Every run is kept here as a line: drag along it to any past step. Press Space to begin one."


class TimelineCard(Card):
    """Lanes with a button to branch off."""

    about = (
        "Every run is a line over its steps. Click or drag along it: all of the window shows that step, replayed to "
        "the last bit. Change the rate, the optimiser or the network there, and a branch begins; Branch off makes "
        "one by hand. The Loss view and the loss surface draw all of them. They are saved with the network: of their "
        "checkpoints as many as fit 64 MB, evenly thinned out."
    )

    def __init__(self) -> None:
        self.lanes = Lanes()
        super().__init__("Timeline", LanesArea(self.lanes), EMPTY)
        self.timeline = None
        self.button = QToolButton()
        self.button.setText("Branch off")
        self.button.setFont(theme.ui_font(10.5))
        self.button.setToolTip("What follows from here on is a run of its own (Ctrl+B)")
        self.button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.button.setFixedHeight(22)
        self.button.clicked.connect(lambda: self.asked.emit(EditBranch("fork")))
        self.head.addWidget(self.button)
        self.lanes.wanted.connect(self._go)
        self.lanes.renamed.connect(lambda id, name: self.asked.emit(EditBranch("rename", id, name)))
        self.lanes.deleted.connect(lambda id: self.asked.emit(EditBranch("delete", id)))

    def show_snapshot(self, snapshot) -> None:
        """Draw the branches and where one is."""
        timeline = self.timeline = snapshot.timeline
        if timeline is None or all(b.end == b.start for b in timeline.branches):
            self.show_empty(EMPTY)
            return
        self.lanes.show_lanes(lanes_of(timeline), timeline.current, snapshot.steps + timeline.branch.offset)
        marks = sum(b.marks for b in timeline.branches)
        many = "" if marks == 1 else "s"
        said = f"{theme.format_count(marks)} checkpoint{many} · {format_bytes(timeline.nbytes)}"
        self.remark.set_text(said)
        most = format_bytes(timeline.budget)
        self.remark.setToolTip(f"{said} of at most {most}; of these, at most 64 MB go into the file")
        self.show_content()

    def _go(self, id: int, step: int) -> None:
        branch = next((b for b in self.timeline.branches if b.id == id), None) if self.timeline is not None else None
        if branch is not None:
            self.asked.emit(GoTo(step - branch.offset, id))

    def make_menu(self) -> QMenu:
        """The usual, and what can be done with the chosen branch."""
        menu, id = super().make_menu(), self.lanes.chosen
        first = menu.actions()[0]
        known = {lane.id: lane.name for lane in self.lanes.lanes} if not self.is_empty else {}
        if id in known:
            words = (f"Rename “{known[id]}”", f"Delete “{known[id]}”", "Halve the checkpoints of all runs")
            rename, delete, prune = (menu.addAction(word.replace("&", "&&")) for word in words)
            rename.triggered.connect(lambda: self.lanes.rename(id))
            delete.triggered.connect(lambda: self.asked.emit(EditBranch("delete", id)))
            delete.setEnabled(id != self.lanes.current)
            prune.triggered.connect(lambda: self.asked.emit(EditBranch("prune")))
            menu.insertActions(first, [rename, delete, prune])
            menu.insertSeparator(first)
        return menu

    def table(self) -> Table | None:
        """One line a branch."""
        if self.timeline is None:
            return None
        names = {b.id: b.name for b in self.timeline.branches}
        rows = [(b.name, names.get(b.parent, ""), b.left_at if b.parent in names else "", b.start, b.end,
                 b.network.training.optimizer, b.rate, b.history.loss[-1] if len(b.history.loss) else "")
                for b in self.timeline.branches]  # fmt: skip
        return Table(("run", "left", "at step", "first step", "last step", "optimizer", "rate", "loss"), rows)


VIEW = ViewKind("Timeline", TimelineCard, "Training", 15, near="curves")
