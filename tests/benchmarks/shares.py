"""Where a step's time goes, by op: ``python -m tests.benchmarks.shares NAME …``. One thread.

The instructions of a step run one by one, over many steps; each counts with the median of its times.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict

import numpy as np

import engine
from tests.benchmarks.figures import Row, Table, show
from tests.benchmarks.works import WORKS

ROUNDS, SECONDS = 15, 2.0


def seconds_by_row(session: engine.Session, rounds: int = ROUNDS) -> np.ndarray:
    """Median seconds of each instruction of a step, (instructions,)."""
    session.train(steps=2)
    runner, count = session.execution.runner, len(session.instructions)
    found, begin = [], time.perf_counter()
    while len(found) < 3 or (len(found) < rounds and time.perf_counter() - begin < SECONDS):
        taken = np.zeros(count)
        for row in range(count):
            start = time.perf_counter()
            runner.rows(row, row + 1)
            taken[row] = time.perf_counter() - start
        found.append(taken)
    return np.median(found, axis=0)


def table(name: str) -> Table:
    """Microseconds of each op in a step of the work `name`, the longest first; each with its share of the step."""
    session = WORKS[name].session()
    spent: dict[str, float] = defaultdict(float)
    calls: dict[str, int] = defaultdict(int)
    for instruction, seconds in zip(session.instructions, seconds_by_row(session), strict=True):
        spent[instruction.op] += seconds
        calls[instruction.op] += 1
    whole = sum(spent.values())
    rows = tuple(
        Row(f"{op} ({calls[op]} a step)", "µs", 1e6 * spent[op], better="less", beside=(f"{spent[op] / whole:.1%}",))
        for op in sorted(spent, key=spent.__getitem__, reverse=True)
    )
    return Table(f"{WORKS[name]}: {1e3 * whole:.3g} ms a step, by op", rows, peer="", beside=("share",))


def main() -> None:
    """Print the tables of the works asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.shares", description="Where a step's time goes.")
    parser.add_argument("name", nargs="+", choices=WORKS, metavar="NAME", help=f"one of: {', '.join(WORKS)}")
    for name in parser.parse_args().name:
        show(table(name))


if __name__ == "__main__":
    main()
