"""From `python main.py` to a window that is painted and answers, against `python -c "import torch"`."""

from __future__ import annotations

import contextlib
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.figures import NO_TORCH, Row, Table, torch_or_none

ROOT = Path(__file__).resolve().parents[2]
ROUNDS, PATIENCE = 5, 60.0
PAINTED = re.compile(r"first paint after (\d+) ms")


def tables() -> list[Table]:
    """Milliseconds, medians of alternating starts with warm file caches."""
    title = "Start of the program, elapsed time, warm file cache"
    runs: dict[str, Callable[[], float | None]] = {"ours": first_paint}
    if torch_or_none() is not None:
        runs["peer"] = import_torch
    taken: dict[str, list[float]] = {name: [] for name in runs}
    for lap in range(ROUNDS + 1):  # the first lap warms the caches
        for name, run in runs.items():
            milliseconds = run()
            if milliseconds is None:
                return [Table(title, remark="skipped: the window did not say when it was painted")]
            taken[name] += [milliseconds] if lap else []
    found = {name: statistics.median(values) for name, values in taken.items()}
    row = Row("window painted and answering, against import torch", "ms", found["ours"], found.get("peer"),
              0.5 if "peer" in found else None, "less")  # fmt: skip
    return [Table(title, (row,), "" if "peer" in found else NO_TORCH)]


def first_paint() -> float | None:
    """Milliseconds from the start of the process until its event loop runs with the window painted."""
    with tempfile.TemporaryDirectory() as settings:
        surroundings = {**os.environ, "CHAINRULE_TIMING": "1", "XDG_CONFIG_HOME": settings}
        if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
            surroundings["QT_QPA_PLATFORM"] = "offscreen"
        process = subprocess.Popen([sys.executable, "main.py"], cwd=ROOT, env=surroundings, text=True,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)  # fmt: skip
        try:
            return _painted(process)
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()


def _painted(process: subprocess.Popen[str]) -> float | None:
    assert process.stderr is not None
    end = time.monotonic() + PATIENCE
    for line in process.stderr:
        if found := PAINTED.search(line):
            return float(found[1])
        if time.monotonic() > end:
            break
    return None


def import_torch() -> float:
    """Milliseconds of a process that imports PyTorch and ends."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import torch"], check=True)
    return 1000 * (time.perf_counter() - begin)
