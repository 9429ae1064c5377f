"""Peak memory of a training run, the whole process less its imports, against PyTorch's for the same run.

Both sides import much of what they need on first use only, and that counts here. A second table leaves it out: there a
tiny network is trained for a few steps beforehand, and what is counted is what the run then adds.
``python -m tests.benchmarks.memory ours|peer NUMBER cold|warm`` is one run in a process of its own; it prints MiB.
"""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

from tests.benchmarks import perceptrons
from tests.benchmarks.figures import NO_TORCH, RATE, Row, Table, torch_or_none
from tests.benchmarks.peers import torch_optimizer
from tests.benchmarks.perceptrons import Work

ROOT = Path(__file__).resolve().parents[2]
STATUS, RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")
TINY = Work((4, 4, 3), 4, "relu", "adam")
# work, rows of the training set, steps
RUNS = (
    (Work((64, 64, 64, 10), 64, "relu", "adam"), 1_800, 300),
    (Work((784, 256, 128, 10), 128, "relu", "adam"), 10_000, 100),
    (Work((784, 1024, 1024, 10), 256, "relu", "adam"), 2_000, 12),
)


def tables() -> list[Table]:
    """MiB of every run, each in a process of its own."""
    title = "Peak memory of a training run, the process less its imports"
    if not RESET.exists():
        return [Table(title, remark="skipped: this system does not tell a process's peak memory in /proc")]
    remark = "" if torch_or_none() else NO_TORCH
    beyond = "The same, less what a first tiny run needs"
    return [Table(title, _rows("cold", 1.0), remark), Table(beyond, _rows("warm", None), remark)]


def _rows(start: str, goal: float | None) -> tuple[Row, ...]:
    rows = []
    for number, (work, count, _) in enumerate(RUNS):
        peer = _measured("peer", number, start) if torch_or_none() else None
        name = f"{work}, {count:,} rows"
        rows.append(Row(name, "MiB", _measured("ours", number, start), peer, goal if peer else None, "less"))
    return tuple(rows)


def _measured(side: str, number: int, start: str) -> float:
    command = [sys.executable, "-m", "tests.benchmarks.memory", side, str(number), start]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return float(done.stdout.split()[-1])


def _mebibytes(field: str) -> float:
    for line in STATUS.read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"{STATUS} has no {field}")


def added(side: str, number: int, start: str) -> float:
    """MiB that the peak of the run lies above what the process held before it."""
    run = {"ours": ours, "peer": peer}[side]
    _import(side)
    if start == "warm":
        run(TINY, 16, 3)
        RESET.write_text("5")  # the peak starts anew from what is held now
    before = _mebibytes("VmRSS")
    run(*RUNS[number])
    return _mebibytes("VmHWM") - before


def _import(side: str) -> None:
    for module in {"ours": ("numba", "networkx", "scipy.linalg", "engine.session"), "peer": ("torch",)}[side]:
        importlib.import_module(module)


def ours(work: Work, count: int, steps: int) -> None:
    """A run of the engine."""
    import engine

    made, data = perceptrons.network(work), work.rows(count)
    session = engine.Session(made, data, batch_size=work.batch, optimizer=work.optimizer, learning_rate=RATE)
    session.train(steps=steps)


def peer(work: Work, count: int, steps: int) -> None:
    """The same run in PyTorch."""
    import torch

    torch.set_num_threads(1)
    x, y = (torch.from_numpy(array) for array in work.rows(count))
    modules, error = work.torch_model(torch)
    optimizer = torch_optimizer(torch, work, modules)
    for _ in range(steps):
        rows = torch.randint(0, count, (work.batch,))
        optimizer.zero_grad()
        error(x[rows], y[rows]).backward()
        optimizer.step()


if __name__ == "__main__":
    print(added(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
