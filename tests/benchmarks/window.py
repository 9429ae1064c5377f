"""Training with the window open and plotting, against the same training without a window.

``python -m tests.benchmarks.window open|headless LESSON`` is one such run in a process of its own; it prints steps a
second.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.figures import Row, Table, disturbance

ROOT = Path(__file__).resolve().parents[2]
LESSONS = ("spirals", "digits")
ROUNDS, WARM, SECONDS, PATIENCE = 3, 1.0, 2.5, 60.0


def tables() -> list[Table]:
    """Steps a second, medians of alternating runs; the ratio is with the window / without."""
    rows, disturbed = [], disturbance()
    for lesson in LESSONS:
        laps = [(_measured("open", lesson), _measured("headless", lesson)) for _ in range(ROUNDS)]
        opened, headless = (statistics.median(side) for side in zip(*laps, strict=True))
        rows.append(Row(f"{lesson}, window open and plotting", "steps/s", opened, headless, 0.9))
    title = "Training with the window open, elapsed time"
    return [Table(title, tuple(rows), disturbed or disturbance(), peer="headless")]


def _measured(side: str, lesson: str) -> float:
    command = [sys.executable, "-m", "tests.benchmarks.window", side, lesson]
    with tempfile.TemporaryDirectory() as settings:
        surroundings = {**os.environ, "XDG_CONFIG_HOME": settings}
        done = subprocess.run(command, cwd=ROOT, env=surroundings, check=True, capture_output=True, text=True)
    return float(done.stdout.split()[-1])


def _path(lesson: str) -> str:
    from engine.files import LESSONS as folder
    from engine.files import SUFFIX

    return str(folder / f"{lesson}{SUFFIX}")


def headless(lesson: str) -> float:
    """Steps a second of a session in stretches, as the command `train` does it."""
    import engine

    session = engine.Session.from_network(engine.load(_path(lesson)))
    _train(session, WARM)
    begin, before = time.perf_counter(), session.steps
    _train(session, SECONDS)
    return (session.steps - before) / (time.perf_counter() - begin)


def _train(session, seconds: float) -> None:
    stretch, end = 1, time.perf_counter() + seconds
    while time.perf_counter() < end:
        begin = time.perf_counter()
        session.train(steps=stretch)
        stretch = 2 * stretch if time.perf_counter() - begin < seconds / 40 else stretch


def with_window(lesson: str) -> float:
    """Steps a second of the worker of the real window, with its event loop running and every plot drawn."""
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import QTimer

    from app.main import make_application
    from app.window import MainWindow

    app = make_application("dark")
    window = MainWindow()
    window.control.to_open = _path(lesson)
    window.show()
    watch, timer = Watch(window, app.quit), QTimer()
    timer.timeout.connect(watch.look)
    timer.start(20)
    QTimer.singleShot(round(1000 * PATIENCE), app.quit)
    app.exec()
    window.worker.stop()
    return watch.rate()


class Watch:
    """Starts the run when the window is ready; notes time and steps after the warm-up, and at the end."""

    def __init__(self, window, done) -> None:
        self.window, self.done = window, done
        self.started: float | None = None
        self.marks: list[tuple[float, int]] = []

    def look(self) -> None:
        """What to do now."""
        shown, now = self.window.snapshot, time.perf_counter()
        if shown.state == "ready" and self.window.plots is not None:
            self.window.worker.run()
        elif shown.state == "running":
            self.started = self.started or now
            if now - self.started >= WARM + SECONDS * len(self.marks):
                self.marks.append((now, shown.steps))
            if len(self.marks) == 2:
                self.done()

    def rate(self) -> float:
        """Steps a second between the marks."""
        if len(self.marks) < 2:
            raise RuntimeError(f"the window did not get to train: {self.window.snapshot.message}")
        (begin, before), (end, after) = self.marks[:2]
        return (after - before) / (end - begin)


if __name__ == "__main__":
    print({"open": with_window, "headless": headless}[sys.argv[1]](sys.argv[2]))
