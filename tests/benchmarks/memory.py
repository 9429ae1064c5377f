"""Peak memory of a training run, the whole process less its imports, against PyTorch's for the same run.

``python -m tests.benchmarks.memory ours|peer NUMBER`` is one such run; it prints MiB.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.benchmarks import perceptrons
from tests.benchmarks.figures import NO_TORCH, Row, Table, torch_or_none
from tests.benchmarks.perceptrons import RATE, Work

ROOT = Path(__file__).resolve().parents[2]
# work, rows of the training set, steps
RUNS = (
    (Work((64, 64, 64, 10), 64, "relu", "adam"), 1_800, 300),
    (Work((784, 256, 128, 10), 128, "relu", "adam"), 10_000, 100),
    (Work((784, 1024, 1024, 10), 256, "relu", "adam"), 2_000, 12),
)


def tables() -> list[Table]:
    """MiB of every run, each in a process of its own."""
    title, status = "Peak memory of a training run, the process less its imports", Path("/proc/self/status")
    if not status.exists():
        return [Table(title, remark="skipped: this system does not tell a process's peak memory in /proc")]
    torch = torch_or_none()
    rows = []
    for number, (work, count, _) in enumerate(RUNS):
        peer = _measured("peer", number) if torch else None
        rows.append(Row(f"{work}, {count:,} rows", "MiB", _measured("ours", number), peer, 1.0 if torch else None, "less"))
    return [Table(title, tuple(rows), "" if torch else NO_TORCH)]


def _measured(side: str, number: int) -> float:
    command = [sys.executable, "-m", "tests.benchmarks.memory", side, str(number)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return float(done.stdout.split()[-1])


def _kilobytes(field: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1])
    raise RuntimeError(f"/proc/self/status has no {field}")


def ours(work: Work, count: int, steps: int) -> float:
    """MiB of a run of the engine."""
    import numba  # noqa: F401 - an import, not part of the run

    import engine.session  # noqa: F401

    before = _kilobytes("VmRSS")
    x, y = work.rows(count)
    session = engine.Session(perceptrons.network(work), (x, y), batch_size=work.batch, optimizer=work.optimizer,
                             learning_rate=RATE)  # fmt: skip
    session.train(steps=steps)
    return (_kilobytes("VmHWM") - before) / 1024


def peer(work: Work, count: int, steps: int) -> float:
    """MiB of the same run in PyTorch."""
    import torch

    torch.set_num_threads(1)
    before = _kilobytes("VmRSS")
    x, y = (torch.from_numpy(array) for array in work.rows(count))
    modules, loss = perceptrons.torch_modules(torch, work), torch.nn.CrossEntropyLoss()
    optimizer = perceptrons.torch_optimizer(torch, work, modules)
    for _ in range(steps):
        rows = torch.randint(0, count, (work.batch,))
        optimizer.zero_grad()
        loss(modules(x[rows]), y[rows]).backward()
        optimizer.step()
    return (_kilobytes("VmHWM") - before) / 1024


if __name__ == "__main__":
    side, number = {"ours": ours, "peer": peer}[sys.argv[1]], int(sys.argv[2])
    print(side(*RUNS[number]))
