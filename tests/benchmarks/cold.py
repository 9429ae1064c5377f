"""A network never seen before: from an empty kernel cache to its first step, and the same with the cache filled."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.figures import Row, Table
from tests.benchmarks.works import WORKS

ROOT = Path(__file__).resolve().parents[2]
NAME, COLD, WARM = "lenet", 15.0, 0.3


def tables() -> list[Table]:
    """Seconds of the building and of the first step, in processes of their own."""
    with tempfile.TemporaryDirectory() as cache:
        cold, warm = _first_step(cache), min(_first_step(cache) for _ in range(3))
    rows = (Row(f"{WORKS[NAME]}, empty kernel cache", "s", cold, goal=COLD, better="less"),
            Row(f"{WORKS[NAME]}, kernels on the disk", "s", warm, goal=WARM, better="less"))  # fmt: skip
    return [Table("From the network to its first step, elapsed time, imports aside", rows)]


def _first_step(cache: str) -> float:
    surroundings = {**os.environ, "CHAINRULE_CACHE_DIR": cache}
    command = [sys.executable, "-m", "tests.benchmarks.cold"]
    return float(subprocess.run(command, cwd=ROOT, env=surroundings, capture_output=True, text=True, check=True).stdout)


def main() -> None:
    """Print the seconds of this process, after the imports that the window makes before a network is there."""
    import networkx  # noqa: F401
    from numba.core.registry import cpu_target

    import engine.session  # noqa: F401

    cpu_target.typing_context.refresh()  # Numba imports the most part of itself here
    cpu_target.target_context.refresh()
    work = WORKS[NAME]
    work.rows()
    begin = time.perf_counter()
    session = work.session()
    session.train(steps=1)
    print(time.perf_counter() - begin)


if __name__ == "__main__":
    main()
