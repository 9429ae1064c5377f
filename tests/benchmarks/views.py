"""The loss surface, a race and the curvature in the real window while it trains: how often they are drawn anew, what
they take from the training, and how long the window keeps one waiting.

``python -m tests.benchmarks.views surface|race|curvature|none`` is one such run in a process of its own; it prints the
figures as JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer

from tests.benchmarks import live
from tests.benchmarks.figures import Row, Table, disturbance

ROOT = Path(__file__).resolve().parents[2]
WORK = "2-8-8-2 tanh, 500 rows, batch 10"
GOAL_FPS, GOAL_STALL, GOAL_SHARE, GOAL_RACE = 10.0, 50.0, 0.8, 0.8
ALONE = 3.0  # s of training without a window


def tables() -> list[Table]:
    """One table: each view in a window of its own run."""
    disturbed, rows = disturbance(), []
    bare = _measured("none")
    for view, words in (("surface", "loss surface, 51×51"), ("race", "race of four"), ("curvature", "curvature")):
        found = _measured(view)
        if view == "surface":
            rows.append(Row(f"{words}: drawn anew", "fps", found["surface"], goal=GOAL_FPS))
        elif view == "curvature":
            rows.append(Row(f"{words}: measured", "a second", found["points"]))
        rows.append(Row(f"{words}: training beside it", "steps/s", found["steps"], bare["steps"],
                        GOAL_RACE if view == "race" else GOAL_SHARE, note="to the window without it"))  # fmt: skip
        rows.append(Row(f"{words}: the same", "steps/s", found["steps"], found["alone"], note="to no window at all"))
        rows.append(Row(f"{words}: 99 % of waits are shorter than", "ms", found["stall"], goal=GOAL_STALL,
                        better="less"))  # fmt: skip
    remark = "; ".join(filter(None, [WORK, disturbed or disturbance()]))
    return [Table("Views beside a training, 1440×900", tuple(rows), remark, peer="without")]


def _measured(view: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as settings:
        surroundings = {**os.environ, "XDG_CONFIG_HOME": settings}
        command = [sys.executable, "-m", "tests.benchmarks.views", view]
        done = subprocess.run(command, cwd=ROOT, env=surroundings, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def network():
    """Two hidden layers of eight on circles: 500 rows to train on, ten of them a step."""
    from engine.data import DataSpec
    from engine.network import Network
    from engine.training import Training

    made = Network(title="two by eight", data=DataSpec.of("circles", samples=1000, validation=0.3),
                   training=Training(batch_size=10))  # fmt: skip
    last = made.add("Input", shape=(2,), id="points")
    for depth in (1, 2):
        layer = made.add("Dense", id=f"hidden {depth}", units=8, activation="tanh")
        made.connect(last, layer)
        last = layer
    output = made.add("Dense", id="output", units=2)
    made.connect(last, output)
    made.connect(output, made.add("CrossEntropy", id="loss"))
    return made


def alone() -> float:
    """Steps a second without a window."""
    import engine

    session = engine.Session.from_network(network())
    session.train(steps=1000)
    begin, clock = session.steps, time.perf_counter()
    while time.perf_counter() - clock < ALONE:
        session.train(steps=20_000)
    return (session.steps - begin) / (time.perf_counter() - clock)


class Watch(live.Watch):
    """Opens the view that is measured, alone at the foot."""

    def _prepare(self) -> None:
        plots = self.window.plots
        for id in list(plots.area.open):
            if id != self.view:
                plots.area.put_away(id)
        if self.view == "none":
            return
        card = plots.show_view(self.view)
        if self.view == "surface":
            self._count("surface", card.surface.view3d, lambda: card.surface.view3d.landscape)
        elif self.view == "race":
            card.list.steps.set_value(10_000_000)
            card.show_snapshot(self.window.snapshot)
            card.start.click()
        else:
            self._count("points", card.lines.plot.viewport(), lambda: card._found)


def run(view: str) -> dict[str, float]:
    """All figures of one view."""
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from app.main import make_application
    from app.window import MainWindow
    from engine.files import LESSONS, SUFFIX

    bare = alone()
    app = make_application("dark")
    window = MainWindow()
    window.resize(1440, 900)
    window.control.to_open = str(LESSONS / f"digits{SUFFIX}")
    window.show()
    watch, timer = Watch(window, view, app.quit), QTimer()
    watch.network = network
    timer.timeout.connect(watch.look)
    timer.start(live.TICK_MS)
    QTimer.singleShot(round(1000 * live.PATIENCE), app.quit)
    app.exec()
    window.document.undo_stack.setClean()
    window.close()
    return watch.figures() | {"alone": bare}


if __name__ == "__main__":
    print(json.dumps(run(sys.argv[1])))
