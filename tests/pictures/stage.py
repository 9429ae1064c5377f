"""A real window that is brought into a state, as a user would bring it there."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

LESSONS = Path(__file__).resolve().parents[2] / "assets" / "lessons"
SECONDS, LOOKS = 120.0, 40


class Stage:
    """The window, and ways to wait for it. Recent files lie in the home folder of the environment."""

    def __init__(self, theme: str, size: tuple[int, int]) -> None:
        from app import files_recent
        from app.main import make_application
        from app.window import MainWindow

        self.app = make_application(theme)
        self.home = Path.home()
        for name in ("xor", "digits"):
            files_recent.remember(self._own_copy(name))
        self.window = MainWindow()
        self.window.resize(*size)
        self.window.show()
        self.until(lambda: self.window.plots is not None)

    def _own_copy(self, lesson: str) -> str:
        folder = self.home / "networks"
        folder.mkdir(exist_ok=True)
        return shutil.copy(LESSONS / f"{lesson}.chainrule", folder / f"my {lesson}.chainrule")

    def until(self, ready) -> None:
        """Let the window live until `ready()`."""
        end = time.monotonic() + SECONDS
        while not ready():
            self.app.processEvents()
            snapshot = self.window.snapshot
            assert time.monotonic() < end, f"waited in vain: {snapshot.state} {snapshot.message}"
            time.sleep(0.002)

    def settle(self, seconds: float = 1.0) -> None:
        """Until the worker has answered, and layouts, pictures and eased movements have come to rest."""
        self.until(lambda: not self.window.snapshot.busy)
        end = time.monotonic() + seconds
        self.until(lambda: time.monotonic() > end)

    def open(self, lesson: str, steps: int = 0) -> None:
        """Open a ready-made network and train it, in slices so that the curves have points."""
        generation = self.window.document.generation
        self.window.control.open(str(LESSONS / f"{lesson}.chainrule"))
        self.until(lambda: self.window.snapshot.state == "ready" and self.window.snapshot.generation > generation)
        done = 0
        for part in range(1, LOOKS + 1):
            goal = steps * part // LOOKS
            if goal > done:
                self.window.worker.run(goal - done)
                self.until(lambda goal=goal: self.window.snapshot.steps >= goal)
                done = goal
        self.settle(0.3)
        self.window.canvas.view.fit()

    def select(self, layer: str, page: str = "layer") -> None:
        """Select a layer, with its "layer" or the "operations" page on the right."""
        self.window.canvas.select_layer(layer)
        self.window.control.show_operations() if page == "operations" else self.window.control.show_layer()

    def step_to(self, operation: int) -> None:
        """Run the next step up to and with this operation."""
        self.window.worker.run_to(operation)
        self.until(lambda: self.window.snapshot.focus == operation)

    def act(self, name: str) -> None:
        """One of the window's actions."""
        self.window.actions_by_name[name].trigger()

    def close(self) -> None:
        """Without a question."""
        self.window.document.undo_stack.setClean()
        self.window.close()
        self.window.deleteLater()
        self.app.processEvents()
