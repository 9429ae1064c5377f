"""The real window while it trains: pictures a second of boundary and units, and how long the window keeps one waiting.

``python -m tests.benchmarks.live layers|units|digits`` is one such run in a process of its own; it prints the figures
as JSON.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QObject, QTimer

from tests.benchmarks.figures import Row, Table, disturbance

ROOT = Path(__file__).resolve().parents[2]
HIDDEN, UNITS = 6, 8  # TensorFlow Playground's largest network
WARM, SECONDS, PATIENCE, TICK_MS = 1.5, 8.0, 90.0, 2
GOAL_FPS, GOAL_STALL = 30.0, 50.0
VIEWS = {
    "layers": f"{HIDDEN}×{UNITS} units on two spirals, drawn as layers",
    "units": f"{HIDDEN}×{UNITS} units on two spirals, drawn as units",
    "digits": "handwritten digits, a layer's values and gradients shown",
}
PICTURES = {"boundary": "decision boundary 100×100", "maps": "map of every unit", "cards": "pictures on all cards"}


def tables() -> list[Table]:
    """New pictures painted each second, and how long an event of the window had to wait."""
    disturbed, pictures, stalls = disturbance(), [], []
    for view, words in VIEWS.items():
        found = _measured(view)
        for name, what in PICTURES.items():
            if name in found:
                pictures.append(Row(f"{words}: {what}", "fps", found[name], goal=GOAL_FPS))
        late, longest = found["stall"], found["longest"]
        stalls.append(Row(f"{words}: 99 % of waits are shorter than", "ms", late, goal=GOAL_STALL, better="less"))
        stalls.append(
            Row(f"{words}: longest wait", "ms", longest, better="less", note=f"{found['steps']:,.0f} steps/s")
        )
    remark = disturbed or disturbance()
    return [Table("Live pictures while training, 1440×900", tuple(pictures), remark),
            Table("Waiting for the window while it trains and plots", tuple(stalls), remark)]  # fmt: skip


def _measured(view: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as settings:
        surroundings = {**os.environ, "XDG_CONFIG_HOME": settings}
        command = [sys.executable, "-m", "tests.benchmarks.live", view]
        done = subprocess.run(command, cwd=ROOT, env=surroundings, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def network():
    """2-8-8-8-8-8-8-2 tanh on the spirals, as Playground's largest."""
    from engine.data import DataSpec
    from engine.network import Network
    from engine.training import Training

    made = Network(title="six by eight", data=DataSpec.of("spirals"), training=Training(batch_size=10))
    last = made.add("Input", shape=(2,), id="points")
    for depth in range(HIDDEN):
        layer = made.add("Dense", id=f"hidden {depth + 1}", units=UNITS, activation="tanh")
        made.connect(last, layer)
        last = layer
    output = made.add("Dense", id="output", units=2)
    made.connect(last, output)
    made.connect(output, made.add("CrossEntropy", id="loss"))
    return made


def run(view: str) -> dict[str, float]:
    """All figures of one view."""
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from app.main import make_application
    from app.window import MainWindow
    from engine.files import LESSONS as folder
    from engine.files import SUFFIX

    app = make_application("dark")
    window = MainWindow()
    window.resize(1440, 900)
    window.control.to_open = str(folder / f"digits{SUFFIX}")
    window.show()
    watch, timer = Watch(window, view, app.quit), QTimer()
    timer.timeout.connect(watch.look)
    timer.start(TICK_MS)
    QTimer.singleShot(round(1000 * PATIENCE), app.quit)
    app.exec()
    window.document.undo_stack.setClean()
    window.close()
    return watch.figures()


class Eye(QObject):
    """Watches a widget paint."""

    def __init__(self, painted: list[object], shown: Callable[[], object]) -> None:
        super().__init__()
        self.painted, self.shown = painted, shown

    def eventFilter(self, watched, event) -> bool:
        """Another picture than the last one?"""
        if event.type() == QEvent.Type.Paint and (not self.painted or self.painted[-1] is not self.shown()):
            self.painted.append(self.shown())
        return False


class Watch:
    """Starts the run when the window is ready; after the warm-up counts what is painted, and times its own ticks."""

    def __init__(self, window, view: str, done) -> None:
        self.window, self.view, self.done = window, view, done
        self.seen: dict[str, list[object]] = {}
        self.waits: list[float] = []
        self.eyes: list[QObject] = []
        self.begin: float | None = None
        self.last = time.perf_counter()
        self.steps = (0, 0)
        self._opened, self.network = False, network

    def look(self) -> None:
        """What to do now."""
        now, shown, window = time.perf_counter(), self.window.snapshot, self.window
        if self.begin is not None and now - self.begin >= WARM:
            self.waits.append(1e3 * (now - self.last) - TICK_MS)
            if now - self.begin >= WARM + SECONDS:
                self.steps = (self.steps[0], shown.steps)
                self.done()
        elif self.begin is not None:
            self.steps = (shown.steps, 0)
            for painted in self.seen.values():
                painted.clear()
        elif window.plots is not None and not self._opened:
            self._opened = True
            if self.view != "digits":
                window.document.replace(self.network())
        elif self._opened and shown.state == "ready" and shown.generation == window.document.generation:
            self._prepare()
            self.begin = now
            window.worker.run()
        self.last = now

    def _prepare(self) -> None:
        window = self.window
        if self.view == "units":
            window.canvas.switch_mode()
        window.canvas.camera.fit()
        if self.view == "digits":
            window.canvas.select_layer("hidden 1")
            return
        boundary = window.plots.judgement.boundary
        self._count("boundary", boundary, lambda: boundary.boundary)
        if self.view == "units":
            self._count("maps", window.canvas.units.view.viewport(), lambda: window.canvas.units.scene.snapshot.maps)
        else:
            self._count("cards", window.canvas.view.viewport(), lambda: window.snapshot.thumbnails)

    def _count(self, name: str, widget, shown) -> None:
        """Note what `widget` paints, where it is another object than before."""
        painted = self.seen.setdefault(name, [])
        self.eyes.append(Eye(painted, shown))
        widget.installEventFilter(self.eyes[-1])

    def figures(self) -> dict[str, float]:
        """By name."""
        if not self.waits:
            raise RuntimeError(f"the window did not get to train: {self.window.snapshot.message}")
        return {
            **{name: len(painted) / SECONDS for name, painted in self.seen.items()},
            "stall": statistics.quantiles(self.waits, n=100)[-1], "longest": max(self.waits),
            "steps": (self.steps[1] - self.steps[0]) / SECONDS,
        }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(run(sys.argv[1])))
