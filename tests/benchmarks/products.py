"""The matrix products that have a goal, against torch.mm. `python -m tests.benchmarks.matmul` has all the others."""

from __future__ import annotations

from tests.benchmarks.figures import NO_TORCH, Row, Table, torch_or_none

GOALS = {"1024x1024x1024": 1.5, "128x784x256": 1.3, "64x64x64": 1.0}


def tables() -> list[Table]:
    """GFLOP/s, one thread, CPU time."""
    from tests.benchmarks import matmul

    title = "Matrix products, one thread, CPU time"
    if torch_or_none() is None:
        return [Table(title, remark=NO_TORCH)]
    matmul.product.prepare("float32")
    rows = []
    for name, case, _ in matmul.cases():
        if name in GOALS:
            mine, theirs = matmul.compare(case.ours, case.peer())
            rows.append(Row(name.replace("x", " × "), "GFLOP/s", case.work / mine / 1e9, case.work / theirs / 1e9,
                            GOALS[name]))  # fmt: skip
    return [Table(title, tuple(rows), f"the machine's own limit, measured: {matmul.peak():.0f} GFLOP/s")]
