"""What the debug bar asks of the worker: steps, runs to a place, the pace, and how long a run goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from app import debug_bar
from app.training_panel import steps_per_epoch

if TYPE_CHECKING:
    from app.window import MainWindow


class Stepping:
    """`stop_after`: epochs after which a run pauses by itself (None: it goes on until it is paused)."""

    def __init__(self, window: MainWindow) -> None:
        self.window = window
        self.stop_after: int | None = None
        actions = window.actions_by_name
        window.canvas.more_actions = [actions[name] for name in debug_bar.PLACES]
        self._history: dict[str, tuple[bool, str]] = {"undo": (False, ""), "redo": (False, "")}
        undo = window.document.undo_stack
        undo.canUndoChanged.connect(lambda can: self.show_history("undo", can=can))
        undo.canRedoChanged.connect(lambda can: self.show_history("redo", can=can))
        undo.undoTextChanged.connect(lambda text: self.show_history("undo", text=text))
        undo.redoTextChanged.connect(lambda text: self.show_history("redo", text=text))
        for name in self._history:
            self.show_history(name)

    def deeds(self) -> dict[str, Callable[[], object]]:
        """Action → what it does."""
        worker = self.window.worker
        steps = {
            "step": (False, False), "step_back": (True, False), "step_layer": (False, True), "layer_back": (True, True),
        }  # fmt: skip
        return (
            {name: lambda way=way: self.step(*way) for name, way in steps.items()}
            | {name: lambda name=name: self.run_to(name)
               for name in ("to_loss", "continue", "run_here", "run_here_back", "step_start")}
            | {name: lambda pace=pace: worker.set_pace(pace) for name, (_, pace) in debug_bar.PACES.items()}
            | {"play_back": self.play_back}
        )  # fmt: skip

    def step(self, back: bool = False, layer: bool = False) -> None:
        """One operation, or a layer's; the panel that shows it comes to the front."""
        self.window.control.show_operations()
        self.window.worker.step(back, layer)

    def run_to(self, name: str) -> None:
        """Run to the place that the action names."""
        goal = debug_bar.target(name, self.window.snapshot, self.window.canvas.scene.selected)
        if goal is not None:
            self.window.control.show_operations()
            self.window.worker.run_to(*goal)

    def play_back(self) -> None:
        """Everything in reverse, until it is paused or the beginning is reached."""
        self.window.worker.pause()
        self.window.worker.run(back=True)

    def limit(self) -> int | None:
        """Steps that a run takes: up to the next multiple of the epochs it is to stop after."""
        snapshot, training = self.window.snapshot, self.window.document.network.training
        each = steps_per_epoch(snapshot, training.batch_size)
        if not self.stop_after or not each:
            return None
        goal = self.stop_after * each
        return goal - snapshot.steps % goal

    def show_history(self, name: str, can: bool | None = None, text: str | None = None) -> None:
        """Undo and redo are grey where there is nothing to take back; their tips name what it would be."""
        before = self._history[name]
        possible, what = before[0] if can is None else can, before[1] if text is None else text
        self._history[name] = (possible, what)
        action = self.window.actions_by_name[name]
        action.setEnabled(possible)
        told = f"{name.capitalize()} {what}".strip() if possible else ""
        debug_bar.show_tip(action, "" if possible else f"There is nothing to {name}.", told)
