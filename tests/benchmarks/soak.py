"""An hour at the window: training with every view open, edits, steps and other networks in between; does memory grow?

``python -m tests.benchmarks.soak --minutes 60`` prints the resident memory minute by minute, and how much it has grown
since the fifth. It is no part of ``python -m tests.benchmarks``.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import os
import resource
import sys
import tempfile
import time

LESSONS = ("spirals", "digits", "circles", "perceptron", "iris")
SETTLED, MOST = 5, 20.0  # minutes until memory should be steady; MiB that it may grow after that
TURN = 20.0  # seconds for each network


def main() -> int:
    """Exit status 1 if memory grew by more than MOST."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    args = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as settings:
        os.environ["XDG_CONFIG_HOME"] = settings
        seen = soak(args.minutes)
    early = [size for minute, size in seen if minute >= SETTLED] or [seen[-1][1]]
    growth = max(early[-3:]) - early[0]
    print(f"grown by {growth:.1f} MiB since minute {SETTLED}; goal: less than {MOST:.0f} MiB")
    return int(growth >= MOST)


def soak(minutes: float) -> list[tuple[float, float]]:
    """(minute, resident MiB) for every minute."""
    from PySide6.QtCore import QTimer

    from app.main import make_application
    from app.window import MainWindow

    app = make_application("dark")
    window = MainWindow()
    window.resize(1440, 900)
    window.show()
    begin, seen = time.monotonic(), list[tuple[float, float]]()
    deeds = itertools.chain.from_iterable(turn(window) for window in itertools.repeat(window))

    def look() -> None:
        now = (time.monotonic() - begin) / 60
        seen.append((now, report(now)))

    def go_on() -> None:
        if time.monotonic() - begin < 60 * minutes:
            QTimer.singleShot(round(1000 * next(deeds)), go_on)
        else:
            app.quit()

    clock = QTimer(window, interval=60_000)
    clock.timeout.connect(look)
    clock.start()
    QTimer.singleShot(0, go_on)
    app.exec()  # only a loop of Qt's own deletes what was to be deleted later
    look()
    window.document.undo_stack.setClean()
    window.close()
    return seen


def turn(window):
    """One network after another, and everything that is done with it; yields seconds to wait after each deed."""
    from engine.edits import AddLayer
    from engine.files import LESSONS as folder
    from engine.files import SUFFIX

    for lesson in LESSONS:
        window.document.undo_stack.setClean()
        window.control.open(str(folder / f"{lesson}{SUFFIX}"))
        yield 2.0
        window.worker.run()
        for id in list(window.document.network.nodes):
            window.canvas.select_layer(id)
            yield TURN / 20
        window.canvas.switch_mode()
        yield TURN / 5
        window.canvas.switch_mode()
        window.worker.pause()
        for back in (False,) * 12 + (True,) * 6:
            window.actions_by_name["step_back" if back else "step"].trigger()
            yield 0.2
        window.worker.run()
        new = window.document.network.new_node("ReLU", None, None, {})
        window.document.apply(AddLayer(new), "Add")
        yield 1.0
        window.document.undo_stack.undo()
        window.actions_by_name["theme"].trigger()
        yield TURN / 5


def report(minute: float) -> float:
    """Print and return the resident memory in MiB."""
    gc.collect()
    with open("/proc/self/statm", encoding="ascii") as file:
        size = int(file.read().split()[1]) * resource.getpagesize() / 2**20
    print(f"minute {minute:4.1f}: {size:7.1f} MiB resident, {len(gc.get_objects()):,} objects, "
          f"{len(os.listdir('/proc/self/fd'))} handles", flush=True)  # fmt: skip
    return size


if __name__ == "__main__":
    sys.exit(main())
