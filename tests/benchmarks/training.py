"""Training steps a second: forward pass, backward pass and update, against eager PyTorch."""

from __future__ import annotations

import time

from tests.benchmarks import perceptrons
from tests.benchmarks.figures import NO_TORCH, Clock, Row, Table, alternate, disturbance, torch_or_none
from tests.benchmarks.perceptrons import Work

WORKS = (
    Work((2, 4, 2, 2), 10, "tanh", "sgd", 60),
    Work((2, 8, 8, 8, 8, 8, 8, 2), 10, "tanh", "sgd", 35),
    Work((64, 64, 64, 10), 64, "relu", "adam", 5),
    Work((784, 256, 128, 10), 128, "relu", "adam", 1.5),
    Work((784, 1024, 1024, 10), 256, "relu", "adam", 1.4),
)


def tables() -> list[Table]:
    """One thread in CPU time, then two threads in elapsed time."""
    remark = "" if torch_or_none() else NO_TORCH
    one = tuple(_row(work, 1, time.process_time) for work in WORKS)
    disturbed = disturbance()
    two = tuple(_row(work, 2, time.perf_counter) for work in WORKS)
    disturbed = disturbed or disturbance()
    fused = tuple(_row(work, 1, time.process_time, fused=True) for work in WORKS if work.optimizer == "adam")
    return [
        Table("Training, one thread, CPU time", one, remark),
        Table("Training, two threads each, elapsed time", two, remark or disturbed),
        Table("The same with PyTorch's fused Adam, one thread, CPU time", fused, remark),
    ]


def _row(work: Work, threads: int, clock: Clock, **options: bool) -> Row:
    session, torch = perceptrons.session(work, threads), torch_or_none()
    runs = {"ours": lambda steps: session.train(steps=steps)}
    if torch is not None:
        torch.set_num_threads(threads)
        runs["peer"] = perceptrons.torch_run(torch, work, **options)
    seconds = alternate(runs, clock)
    peer = 1 / seconds["peer"] if torch is not None else None
    goal = work.goal if threads == 1 and not options and torch is not None else None
    return Row(str(work), "steps/s", 1 / seconds["ours"], peer, goal)
