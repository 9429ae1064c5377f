"""The matrix products that have a goal, against torch.mm. `python -m tests.benchmarks.matmul` has all the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benchmarks.figures import NO_TORCH, Row, Table, torch_or_none

if TYPE_CHECKING:
    from tests.benchmarks.matmul import Case

GOALS = {"1024x1024x1024": 1.5, "128x784x256": 1.3, "64x64x64": 1.0}
SHARES = {"1024x1024x1024": 0.85}
LIMIT = "fused multiply-adds alone"


def tables() -> list[Table]:
    """GFLOP/s, one thread, CPU time: against torch.mm, and as a share of what the core can do at most."""
    from tests.benchmarks import matmul

    matmul.product.prepare("float32")
    chosen = {name: case for name, case, _ in matmul.cases() if name in GOALS}
    against = () if torch_or_none() is None else tuple(_against_torch(name, case) for name, case in chosen.items())
    return [Table("Matrix products, one thread, CPU time", against, "" if against else NO_TORCH),
            Table("The same as a share of the machine's limit, best of many rounds",
                  tuple(_share(name, case) for name, case in chosen.items()), peer=LIMIT)]  # fmt: skip


def _against_torch(name: str, case: Case) -> Row:
    from tests.benchmarks import matmul

    mine, theirs = matmul.compare(case.ours, case.peer())
    return Row(_words(name), "GFLOP/s", case.work / mine / 1e9, case.work / theirs / 1e9, GOALS[name])


def _share(name: str, case: Case) -> Row:
    from tests.benchmarks import matmul

    found = matmul.against_peak(case)
    return Row(_words(name), "GFLOP/s", found.product, found.limit, SHARES.get(name))


def _words(name: str) -> str:
    return name.replace("x", " × ")
