"""What the window does: actions to commands, document to worker, selection to views, errors to messages."""

from __future__ import annotations

import dataclasses
import os
import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app import pages, settings, theme
from app.document import Change
from app.opening import ask, milliseconds_alive
from app.snapshot import Snapshot
from app.stepping import Stepping
from app.surface_control import SurfaceControl
from app.timeline_control import TimelineControl
from app.training_control import TrainingControl
from app.worker_startup import FILES
from engine.edits import SetTraining
from engine.errors import ChainruleError

if TYPE_CHECKING:
    from app.window import MainWindow


class Control(QObject):
    """The hands of one MainWindow. `ask` puts a yes or no question; tests put another there."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.window = window
        self.to_open: str | None = None
        self.remembers = False
        self.waiting = False  # to run, until the network is ready
        self.ask = ask
        self._opened = False
        self._told = ""
        self._followed: str | None = None
        self._rate_settings = _without_rate(window.document.network.training)
        self.stepping, self.timeline = Stepping(window), TimelineControl(window)
        self._connect_actions()
        self._connect_views()

    def _connect_actions(self) -> None:
        window = self.window
        canvas, undo, files = window.canvas, window.document.undo_stack, window.files
        deeds = {
            "run": self.run_or_pause, "reset": self.reset, "unreset": self.window.worker.unreset, "undo": undo.undo,
            "redo": undo.redo, "new": files.new, "open": files.open_dialog, "save": files.save,
            "save_as": files.save_as, "welcome": window.show_welcome, "palette": window.palette_box.open,
            "theme": self.switch_theme, "fit": lambda: canvas.camera.fit(ease=True), "quit": window.close,
            "zoom_in": lambda: canvas.camera.zoom(1.25), "zoom_out": lambda: canvas.camera.zoom(0.8),
            "arrange": canvas.scene.arrange, "units": canvas.switch_mode,
        } | self.stepping.deeds() | pages.deeds(window)  # fmt: skip
        for name, deed in deeds.items():
            window.actions_by_name[name].triggered.connect(lambda _=False, deed=deed: self.guarded(deed))

    def _connect_views(self) -> None:
        window = self.window
        window.canvas.picked.connect(self.select)
        window.canvas.editor.refused.connect(window.banner.show_message)
        window.canvas.view.tapped.connect(self.run_or_pause)
        window.canvas.wanted_changed.connect(lambda _: self.want())
        window.canvas.mode_changed.connect(lambda _: self.want())
        window.canvas.editor.added.connect(lambda _: window.canvas.show_mode("layers"))
        window.sidebar.layer_chosen.connect(lambda kind: self.guarded(lambda: self.add_layer(kind)))
        window.sidebar.lesson_chosen.connect(self.open_lesson)
        window.welcome.chosen.connect(self.open)
        window.welcome.left.connect(window.show_work)
        window.welcome.csv_wanted.connect(self.begin_with_table)
        window.files.opened.connect(window.show_work)
        window.recovery.offered.connect(window.notice.show_offer)
        window.recovery.trouble.connect(window.banner.show_message)
        window.notice.restored.connect(window.recovery.restore)
        window.notice.discarded.connect(window.recovery.discard)
        window.topbar.rate_chosen.connect(lambda rate: self.guarded(lambda: self.set_rate(rate)))
        window.topbar.rate.left.connect(window.to_canvas)
        window.topbar.pressed.connect(window.leave_field)
        window.document.changed.connect(self.follow)
        window.document.clean_changed.connect(lambda _: self.show_title())

    def connect_panels(self, right, plots) -> None:
        """Wire the panels that came after the first paint."""
        worker = self.window.worker
        for panel in (right, plots):
            panel.wanted_changed.connect(lambda _: self.want())
            panel.element_chosen.connect(lambda element: worker.inspect(self._inspected(), tuple(element)))
        right.inspect_requested.connect(self._inspect)
        right.run_to.connect(worker.run_to)
        right.renamed.connect(lambda _, new: self.window.canvas.select_layer(new))
        right.layer_panel.training_wanted.connect(lambda: self.window.sidebar.tabs.setCurrentIndex(2))
        for panel in (right, plots):
            panel.refused.connect(self.window.banner.show_message)
        for panel in (right, plots):
            panel.set_document(self.window.document)
            panel.select_layer(self.window.canvas.scene.selected)
            panel.show_snapshot(self.with_problems(self.window.snapshot))
        plots.asked.connect(self.timeline.ask)
        settings.restore_views(plots) if self.remembers else None
        self.window.menu.add_views(plots.actions_by_id)
        plots.open_views(self.window.document.network.views)
        self.training = TrainingControl(self.window)
        self.around = SurfaceControl(self.window, plots)
        self.want()

    def _inspect(self, index: int) -> None:
        self.window.worker.inspect(index)

    def _inspected(self) -> int | None:
        explanation = self.window.snapshot.explanation
        return None if explanation is None else explanation.instruction.index

    def want(self) -> None:
        """Tell the worker which values are shown."""
        wanted: set[str] = set()
        for panel in (self.window.right, self.window.plots, self.window.canvas):
            if panel is not None:
                wanted |= set(panel.wanted)
        seen = frozenset() if self.window.plots is None else self.window.plots.seen
        self.window.worker.set_wanted(wanted, maps=self.window.canvas.mode == "units", views=seen)

    # --- document ------------------------------------------------------------------------------------------------

    def advance(self, stage: int) -> None:
        """The imports have come so far: open the file once files can be read."""
        if stage >= FILES and not self._opened:
            self._opened = True
            self.guarded(self.window.sidebar.lessons.fill)
            self.guarded(self.window.welcome.fill)
            if self.to_open is not None:
                self.open(self.to_open)
            self.window.canvas.show_hint()
            if self.remembers:
                self.guarded(self.window.recovery.start)

    def open(self, path: str) -> None:
        """Open `path`; a bad file leaves what is there and says why, unsaved changes are asked about."""
        if self.window.files.open(path):
            self.window.canvas.camera.fit()

    def open_lesson(self, path: str) -> None:
        """Open a lesson; the list goes on marking the open one if the user would rather keep the changes."""
        self.open(path)
        self.window.sidebar.show_document(self.window.document)

    def begin_with_table(self, path: str | None = None) -> None:
        """A new network on a table of the user's own."""
        from app.data_csv import open_csv

        if self.window.files.new():
            self.guarded(lambda: open_csv(self.window, path))

    def drop_table(self, path: str) -> None:
        """A table was dropped: data for the network that is open, or for a new one."""
        from app.data_csv import open_csv

        if self.window.stack.currentIndex() == 0 and self.window.document.network.nodes:
            self.guarded(lambda: open_csv(self.window, path))
        else:
            self.begin_with_table(path)

    def add_layer(self, kind: str) -> None:
        """A new layer beside the selected one, else in the middle of the view."""
        view = self.window.canvas.view
        self.window.canvas.editor.add(kind, view.mapToScene(view.viewport().rect().center()))

    def set_rate(self, rate: float) -> None:
        """Another learning rate, in the document and in the running session."""
        training = dataclasses.replace(self.window.document.network.training, learning_rate=rate)
        self.window.document.apply(SetTraining(training), "Learning rate", merge="rate")

    def follow(self, change: Change) -> None:
        """Something in the document has changed: the worker and the title follow."""
        window, document = self.window, self.window.document
        if change.structural:
            self._rebuild(first=change.replaced)
        elif change.training:
            self._retrain()
        if change.replaced:
            window.banner.hide()
            for panel in (window.right, window.plots):
                if panel is not None:
                    panel.set_document(document)
            if window.plots is not None:
                window.plots.open_views(document.network.views)
        window.sidebar.show_document(document)
        self.show_title()

    def _rebuild(self, first: bool = False, keep: bool = True) -> None:
        """Another session. `first`: of another document; else what has been learned goes on, if asked to `keep` it."""
        document = self.window.document
        if document.report.errors:
            if first:
                self.window.worker.close(document.network, document.generation)
            else:
                self.window.worker.pause()
            self.say_why_not()
        else:
            network = document.network.copy()
            if not first:
                network.checkpoint = network.timeline = None  # what the session has learned is newer
            self.window.worker.open(network, document.generation, keep and not first, self.timeline.take())
        self._rate_settings = _without_rate(document.network.training)

    def say_why_not(self) -> None:
        """Show what keeps the network from running, if anything does."""
        document = self.window.document
        if document.report.errors:
            self.window.show_snapshot(Snapshot(document.generation, "failed", _first_error(document)))

    def _retrain(self) -> None:
        training = self.window.document.network.training
        self.window.topbar.rate.show_value(training.learning_rate)
        if _without_rate(training) == self._rate_settings:
            if self.timeline.at is not None:
                return  # the step that is being gone to has its rate with it
            self.window.worker.set_learning_rate(training.learning_rate)
        else:
            self._rebuild(keep=training.seed == self._rate_settings.seed)

    def show_title(self) -> None:
        """Name and state in the top bar and the title bar."""
        document = self.window.document
        self.window.topbar.show_document(document.name, document.clean)
        self.window.canvas.show_path()
        self.window.setWindowTitle(f"{document.name}{'' if document.clean else ' •'} — Chainrule")

    # --- running -------------------------------------------------------------------------------------------------

    def run_or_pause(self) -> None:
        """Space."""
        if self.window.snapshot.busy:
            self._wait_to_run(not self.waiting)
        elif self.window.snapshot.moving:
            self.window.worker.pause()
        elif self.window.actions_by_name["run"].isEnabled():
            self.window.worker.run(self.stepping.limit())

    def _wait_to_run(self, waits: bool) -> None:
        """Begin to train as soon as the network is ready; asked again, do not."""
        self.waiting = waits and bool(self.window.document.network.nodes)
        self.window.topbar.show_waiting(self.waiting)
        self.window.footer.show_waiting(self.waiting)

    def _run_if_asked(self, snapshot: Snapshot) -> None:
        if self.waiting and not snapshot.busy:
            self._wait_to_run(False)
            if snapshot.state == "ready" or snapshot.state == "paused":
                self.window.worker.run(self.stepping.limit())

    def reset(self) -> None:
        """Back to step 0; a session that failed is built anew first."""
        if self.window.snapshot.state == "failed" and self._can_rebuild():
            self._rebuild(keep=False)
        self.window.worker.reset()

    def _can_rebuild(self) -> bool:
        document = self.window.document
        return bool(document.network.nodes) and not document.report.errors

    def show_operations(self) -> None:
        """Bring the operation panel to the front."""
        if self.window.right is not None:
            from app.panels import OPERATION

            self.window.right.show_tab(OPERATION)

    def show_layer(self) -> None:
        """Bring the layer panel to the front."""
        if self.window.right is not None:
            from app.panels import LAYER

            self.window.right.show_tab(LAYER)

    def select(self, id: str | None) -> None:
        """A card was picked: panels show that layer."""
        self.window.topbar.select_layer(self.window.canvas.scene.selected, self.window.snapshot)
        for panel in (self.window.right, self.window.plots):
            if panel is not None:
                panel.select_layer(id)
                panel.show_snapshot(self.with_problems(self.window.snapshot))  # it may hold the values already
        self.want()

    def _follow_operation(self, snapshot: Snapshot) -> None:
        """While stepping with no card selected, the panels show the layer of the operation that has just run."""
        if self.window.canvas.scene.selected is not None:
            return
        current = snapshot.current if snapshot.state == "stepping" else None
        layer = current.layer if current is not None and current.layer in self.window.document.network.nodes else None
        if layer != self._followed:
            self._followed = layer
            self.select(layer)

    def switch_theme(self) -> None:
        """Dark ↔ light."""
        theme.set_theme("light" if theme.current().is_dark else "dark")

    # --- messages ------------------------------------------------------------------------------------------------

    def guarded(self, deed) -> bool:
        """Do it; what a user's input can cause becomes a message. Returns whether it went well."""
        try:
            deed()
        except (ChainruleError, OSError) as error:
            self.window.banner.show_message(str(error))
            return False
        return True

    def with_problems(self, snapshot: Snapshot) -> Snapshot:
        """A network that cannot run says why in place of the worker's words."""
        if snapshot.state == "failed" and not snapshot.message and self.window.document.network.nodes:
            return dataclasses.replace(snapshot, message=_first_error(self.window.document))
        return snapshot

    def tell(self, snapshot: Snapshot) -> None:
        """Divergence and failures stand above the canvas until they are read or over."""
        self.window.document.judge(snapshot.problems)
        self._follow_operation(snapshot)
        self.timeline.show_snapshot(snapshot)
        self._run_if_asked(snapshot)
        if snapshot.state == "failed":
            self.window.actions_by_name["reset"].setEnabled(self._can_rebuild())
        own = snapshot.state == "failed" and bool(self.window.document.report.errors)  # its cards say it already
        serious = snapshot.message if snapshot.state in ("diverged", "failed") and not own else ""
        if serious != self._told:
            if serious or self.window.banner.message == self._told:
                self.window.banner.show_message(serious)
            self._told = serious

    # --- life ----------------------------------------------------------------------------------------------------

    def painted_first(self) -> None:
        """With CHAINRULE_TIMING=1: milliseconds from the start of the process to the first paint."""
        if os.environ.get("CHAINRULE_TIMING"):
            print(f"first paint after {milliseconds_alive():.0f} ms", file=sys.stderr, flush=True)

    def may_close(self) -> bool:
        """Whether there is nothing to lose, or the user does not mind."""
        return self.window.files.may_leave()

    def remember(self) -> None:
        """Keep size, panels, theme and file for the next time."""
        if self.remembers:
            settings.remember(self.window, theme.current().name)


def _first_error(document) -> str:
    errors = document.report.errors
    return str(errors[0]) + (f" (and {len(errors) - 1} more)" if len(errors) > 1 else "") if errors else ""


def _without_rate(training):
    return dataclasses.replace(training, learning_rate=0.0, epochs=1)  # neither needs another session
