"""What the window does with the timeline: a step or a branch that is gone to, with the network and the rate it had."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.worker_commands import EditBranch, GoTo
from engine.edits import SetNetwork, SetTraining

if TYPE_CHECKING:
    from app.snapshot import Snapshot
    from app.window import MainWindow
    from engine.network import Network

WORDS = "Go to {}"


class TimelineControl(QObject):
    """`at`: branch and step that the next session is to begin at, while the document is being changed for them."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.window = window
        self.at: tuple[int, int] | None = None
        self._rate: tuple[int, int] | None = None  # branch and step whose rate the document is to take over
        window.footer.timeline.wanted.connect(self.go)
        window.actions_by_name["branch"].triggered.connect(lambda _=False: window.worker.edit_branch("fork"))

    def ask(self, id: str, wish: object) -> None:
        """What a view asks for: the timeline's views ask the worker itself, the others their watches."""
        if isinstance(wish, GoTo):
            self.go(wish.step, wish.branch)
        elif isinstance(wish, EditBranch):
            self.window.worker.edit_branch(wish.deed, wish.id, wish.name)
        else:
            self.window.worker.ask_view(id, wish)

    def go(self, step: int, branch: int | None = None) -> None:
        """Go to a step; another branch brings its network with it, as an edit that can be undone."""
        timeline = self.window.snapshot.timeline
        if timeline is None or self.window.snapshot.busy:
            return
        found = next((one for one in timeline.branches if one.id == (branch or timeline.current)), None)
        if found is None:
            return
        self._rate = (found.id, step)
        self.at = (found.id, step)
        try:
            if found.id != timeline.current:
                self._take_over(found.network, found.name)
        finally:
            built, self.at = self.at is None, None
        if not built:
            self.window.worker.go_to(step, found.id)

    def take(self) -> tuple[int, int] | None:
        """Where the session that is being built for the document is to begin."""
        at, self.at = self.at, None
        return at

    def _take_over(self, network: Network, name: str) -> None:
        """Make the document's network that of a branch; layers that are still there stay where they lie."""
        now = self.window.document.network
        nodes = {id: replace(node, position=now.nodes[id].position) if id in now.nodes else node
                 for id, node in network.nodes.items()}  # fmt: skip
        edit = SetNetwork(nodes, network.wires, network.data, network.training)
        if (nodes, set(network.wires), network.data, network.training) != (
            now.nodes, set(now.wires), now.data, now.training):  # fmt: skip
            self.window.document.apply(edit, WORDS.format(name))

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Where one has come to, the rate in the document is the one that was used there."""
        timeline, rate = snapshot.timeline, snapshot.learning_rate
        if self._rate is None or timeline is None or rate is None or snapshot.busy:
            return
        if (timeline.current, snapshot.steps) != self._rate and snapshot.moving:
            return
        self._rate = None
        training = self.window.document.network.training
        if snapshot.generation == self.window.document.generation and rate != training.learning_rate:
            edit = SetTraining(replace(training, learning_rate=rate))
            self.window.document.apply(edit, "Learning rate", merge="rate")
