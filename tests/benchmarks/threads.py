"""Two threads against one, for every work that trains: elapsed time, on two cores that nothing else needs."""

from __future__ import annotations

import time

from tests.benchmarks import peers
from tests.benchmarks.figures import NO_TORCH, Row, Table, alternate, disturbance, torch_or_none
from tests.benchmarks.training import WORKS as PERCEPTRONS
from tests.benchmarks.works import WORKS

GOAL, LONG = 1.6, 1e-3  # the goal holds where a step takes longer than so many seconds


def tables() -> list[Table]:
    """Steps a second with two threads; the ratios are to one thread, and to PyTorch with two."""
    disturbed = disturbance()
    rows = tuple(_row(work) for work in WORKS.values())
    disturbed = disturbed or disturbance()
    against = tuple(_against_torch(work) for work in PERCEPTRONS)
    remark = disturbed or disturbance()
    alone = Table("Two threads against one, elapsed time", rows, remark, peer="one thread")
    return [alone, Table("Training, two threads each, elapsed time", against, remark if torch_or_none() else NO_TORCH)]


def _row(work: peers.Work) -> Row:
    one, two = work.session(), work.session(threads=2)
    runs = {"one": lambda count: one.train(steps=count), "two": lambda count: two.train(steps=count)}
    seconds = alternate(runs, time.perf_counter)
    goal = GOAL if seconds["one"] > LONG else None
    return Row(str(work), "steps/s", 1 / seconds["two"], 1 / seconds["one"], goal)


def _against_torch(work: peers.Work) -> Row:
    session, torch = work.session(threads=2), torch_or_none()

    def ours(count: int) -> None:
        session.train(steps=count)

    if torch is None:
        return Row(str(work), "steps/s", 1 / alternate({"ours": ours}, time.perf_counter)["ours"])
    torch.set_num_threads(2)
    try:
        theirs, update = peers.eager(torch, work)
        seconds = alternate({"ours": ours, "theirs": theirs}, time.perf_counter)
    finally:
        torch.set_num_threads(1)
    return Row(str(work), "steps/s", 1 / seconds["ours"], 1 / seconds["theirs"], note=f"updates {update}")
