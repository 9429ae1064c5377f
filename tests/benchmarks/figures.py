"""What every benchmark gives: rows with ours, the peer's, their ratio and the goal; timing by alternating rounds."""

from __future__ import annotations

import hashlib
import platform
import statistics
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

Clock = Callable[[], float]
Run = Callable[[int], object]

ROUNDS, SECONDS = 7, 0.15
RATE = 1e-3  # every work's learning rate, on both sides
NO_TORCH = "PyTorch is not installed, so there is nothing beside (pip install -r requirements-bench.txt)."


@dataclass(frozen=True)
class Row:
    """One comparison. `better` says which side should be larger: "more" (rates) or "less" (times, memory).

    `goal` bounds the ratio, which is ours / peer for rates and for figures that should stay small; without a peer it
    bounds `ours`. None: nothing to reach, or nothing to compare with. `beside` holds further figures, or words in their
    place; they are not judged.
    """

    work: str
    unit: str
    ours: float
    peer: float | None = None
    goal: float | None = None
    better: str = "more"
    note: str = ""
    beside: tuple[float | str, ...] = ()

    @property
    def ratio(self) -> float | None:
        """Ours / peer."""
        return self.ours / self.peer if self.peer else None

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached; None where there is none."""
        judged = self.ours if self.peer is None else self.ratio
        if self.goal is None or judged is None:
            return None
        return judged >= self.goal if self.better == "more" else judged <= self.goal

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {**asdict(self), "ratio": self.ratio, "met": self.met}


@dataclass(frozen=True)
class Table:
    """Rows under a title. `remark` tells why a table is empty, or how it was measured; `peer` heads its column; empty:
    there is none, since `beside`, the heads of the rows' further figures, names the peers one by one.
    """

    title: str
    rows: tuple[Row, ...] = ()
    remark: str = ""
    peer: str = "PyTorch"
    beside: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "title": self.title,
            "remark": self.remark,
            "peer": self.peer,
            "beside": self.beside,
            "rows": [row.to_json() for row in self.rows],
        }


def show(table: Table) -> None:
    """Print a table as Markdown, so that it can stand in the README as it is."""
    print(f"\n{table.title}" + (f" ({table.remark})" if table.remark else ""))
    if not table.rows:
        return
    heads = ["work", "ours", *([table.peer] if table.peer else []), *table.beside, "ratio", "goal", ""]
    columns = list(zip(heads, *(_cells(row, bool(table.peer)) for row in table.rows), strict=True))
    heads, *lines = zip(*(column for column in columns if any(column[1:])), strict=True)  # without empty columns
    rule = ["---", *("--:" if head else "---" for head in heads[1:])]  # figures to the right, words to the left
    print(f"\n| {' | '.join(heads)} |\n| {' | '.join(rule)} |")
    for line in lines:
        print(f"| {' | '.join(line)} |", flush=True)


def _cells(row: Row, with_peer: bool) -> list[str]:
    ratio = "" if row.ratio is None else f"{row.ratio:.2f} ×"
    peer = "" if row.peer is None else f"{_number(row.peer)} {row.unit}"
    sign = "≥" if row.better == "more" else "≤"
    goal = "" if row.goal is None else f"{sign} {row.goal:g} {'×' if row.peer else row.unit}"
    beside = [figure if isinstance(figure, str) else _number(figure) for figure in row.beside]
    verdict = {None: "", True: "ok", False: "missed"}[row.met]
    notes = "; ".join(filter(None, [verdict, row.note]))
    return [row.work, f"{_number(row.ours)} {row.unit}", *([peer] if with_peer else []), *beside, ratio, goal, notes]


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.4g}"


def alternate(
    runs: dict[str, Run], clock: Clock = time.process_time, rounds: int = ROUNDS, seconds: float = SECONDS
) -> dict[str, float]:
    """Median seconds of one unit of each run, in alternating rounds of about so many `seconds` each.

    A run that gives a number has taken its time itself, in a process of its own.
    """
    counts = {name: _calibrated(run, clock, seconds) for name, run in runs.items()}
    taken: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            taken[name].append(_timed(run, counts[name], clock) / counts[name])
    return {name: statistics.median(each) for name, each in taken.items()}


def _timed(run: Run, count: int, clock: Clock) -> float:
    begin = clock()
    own = run(count)
    return own if isinstance(own, float) else clock() - begin


def _calibrated(run: Run, clock: Clock, seconds: float) -> int:
    """How many units fill one round."""
    run(2)
    count = 1
    while True:
        taken = _timed(run, count, clock)
        if taken > seconds / 10:
            return max(1, round(count * seconds / taken))
        count *= 4


def torch_or_none() -> Any:
    """PyTorch, where it is installed."""
    try:
        import torch
    except ImportError:
        return None
    return torch


def machine() -> str:
    """The machine and the versions, for the record."""
    import os

    import numba
    import numpy

    torch = torch_or_none()
    return (f"{_processor()}, {os.cpu_count()} cores; Python {platform.python_version()}, NumPy {numpy.__version__}, "
            f"Numba {numba.__version__}, PyTorch {torch.__version__ if torch else 'absent'}")  # fmt: skip


def _processor() -> str:
    from llvmlite import binding

    features = binding.get_host_cpu_features()
    widest = next((name for name in ("avx512f", "avx2", "neon") if features.get(name)), "no vectors known")
    return f"{platform.system()} {platform.machine()} ({binding.get_host_cpu_name()}, {widest})"


def disturbance() -> str:
    """A warning where two threads do not get two cores now, so that elapsed times of two threads say little."""
    alone, together = (_hashing(threads) for threads in (1, 2))
    gain = 2 * alone / together
    if gain >= 1.7:
        return ""
    return f"another program is at work: two threads bring {gain:.2f} ×, so these figures are not to be trusted"


def _hashing(threads: int) -> float:
    """Least seconds in which each of `threads` hashes 64 MiB; hashing gives up the interpreter's lock."""
    block, taken = bytes(2**25), []
    for _ in range(3):
        workers = [threading.Thread(target=lambda: [hashlib.sha256(block) for _ in range(2)]) for _ in range(threads)]
        begin = time.perf_counter()
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        taken.append(time.perf_counter() - begin)
    return min(taken)


def say(message: str) -> None:
    """What is going on, beside the figures."""
    print(message, file=sys.stderr, flush=True)
