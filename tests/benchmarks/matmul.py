"""The matrix product against torch.mm: ``python -m tests.benchmarks.matmul``.

Ours and the peer alternate in one process, each on one thread, in CPU time; a figure is the median of several rounds.
"""

from __future__ import annotations

import os

for _name in ("MKL_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import itertools
import statistics
import sys
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numba import njit

from engine.machine import gemm as product
from engine.machine.pointers import pointer_to
from engine.machine.vectors import vector_bytes
from tests.benchmarks import peak

ROUNDS, SECONDS = 5, 0.08
SHORT, SHORT_ROUNDS = 1e-3, 40
NETWORKS = [((784, 256, 128, 10), 128), ((784, 1024, 1024, 10), 256), ((64, 64, 64, 10), 64)]
TINY = [
    ("10x2x4", 10, 4, 2, "nn"),
    ("10x8x8", 10, 8, 8, "nn"),
    ("4x10x2 ᵀ·", 4, 2, 10, "tn"),
    ("10x2x4 ·ᵀ", 10, 4, 2, "nt"),
]


class Row(NamedTuple):
    """One comparison, in GFLOP/s (tiny products: in ns)."""

    name: str
    ours: float
    peer: float
    ratio: float
    goal: float


@njit(nogil=True)
def repeat(c, a, a_row, a_col, b, b_row, b_col, m, n, k, bias, mode, scratch, worker, workers, times):
    """The product, `times` over, from compiled code."""
    for _ in range(times):
        product.gemm(
            pointer_to(c), n, pointer_to(a), a_row, a_col, pointer_to(b), b_row, b_col, m, n, k,
            pointer_to(bias), mode, pointer_to(scratch), worker, workers,
        )  # fmt: skip


def aligned(size: int, dtype: str = "float32") -> np.ndarray:
    """Zeros that begin at a multiple of 64 bytes."""
    raw = np.zeros(size * np.dtype(dtype).itemsize + 64, np.uint8)
    skip = -raw.ctypes.data % 64
    return raw[skip : skip + size * np.dtype(dtype).itemsize].view(dtype)


class Case:
    """One product in one of its forms: "nn" A·B, "tn" Aᵀ·B, "nt" A·Bᵀ."""

    def __init__(self, m: int, n: int, k: int, form: str, dtype: str = "float32"):
        random = np.random.default_rng(0)
        self.m, self.n, self.k, self.form, self.dtype = m, n, k, form, dtype
        self.a, self.b, self.c = aligned(m * k, dtype), aligned(k * n, dtype), aligned(m * n, dtype)
        self.a[:], self.b[:] = random.standard_normal(m * k), random.standard_normal(k * n)
        self.bias = aligned(n, dtype)
        itemsize = np.dtype(dtype).itemsize
        self.scratch = [aligned(product.scratch_size(m, n, k, itemsize), dtype) for _ in range(2)]
        self.a_strides = (k, 1) if form[0] == "n" else (1, m)
        self.b_strides = (n, 1) if form[1] == "n" else (1, k)

    @property
    def work(self) -> float:
        """Floating-point operations of one product."""
        return 2.0 * self.m * self.n * self.k

    def ours(self, times: int, worker: int = 0, workers: int = 1) -> None:
        """Run our product."""
        sizes = (self.m, self.n, self.k)
        repeat(self.c, self.a, *self.a_strides, self.b, *self.b_strides, *sizes, self.bias, 0, self.scratch[worker],
               worker, workers, times)  # fmt: skip

    def peer(self) -> Callable[[int], None]:
        """torch.mm on the same operands."""
        torch = _torch()
        a = torch.from_numpy(self.a.reshape((self.m, self.k) if self.form[0] == "n" else (self.k, self.m)))
        b = torch.from_numpy(self.b.reshape((self.k, self.n) if self.form[1] == "n" else (self.n, self.k)))
        a, b = (a if self.form[0] == "n" else a.t()), (b if self.form[1] == "n" else b.t())
        c = torch.empty((self.m, self.n), dtype=a.dtype)

        def run(times: int) -> None:
            for _ in range(times):
                torch.mm(a, b, out=c)

        return run


def _torch():
    try:
        import torch
    except ImportError:
        sys.exit("This benchmark compares with PyTorch, which is not installed: pip install torch, then run it again.")
    torch.set_num_threads(1)
    return torch


def seconds(run: Callable[[int], None], times: int, clock: Callable[[], float] = time.process_time) -> float:
    """Seconds of one run among `times`."""
    begin = clock()
    run(times)
    return (clock() - begin) / times


def compare(ours: Callable[[int], None], peer: Callable[[int], None]) -> tuple[float, float]:
    """Median seconds of both, in alternating rounds."""
    runs, counts = (ours, peer), []
    for run in runs:
        run(2)
        counts.append(max(1, int(SECONDS / max(seconds(run, 3, time.perf_counter), 1e-8))))
    rounds = [[seconds(run, count) for run, count in zip(runs, counts, strict=True)] for _ in range(ROUNDS)]
    mine, theirs = zip(*rounds, strict=True)
    return statistics.median(mine), statistics.median(theirs)


def cases() -> list[tuple[str, Case, float]]:
    """Name, product and the ratio to reach."""
    found = [
        ("1024x1024x1024", Case(1024, 1024, 1024, "nn"), 1.5),
        ("128x784x256", Case(128, 256, 784, "nn"), 1.3),
        ("64x64x64", Case(64, 64, 64, "nn"), 1.0),
    ]
    for sizes, batch in NETWORKS:
        for n, m in itertools.pairwise(sizes):
            label = f"{batch}x{n}x{m}"
            found.append((f"{label} forward", Case(batch, m, n, "nn"), 1.0))
            found.append((f"{label} weights", Case(n, m, batch, "tn"), 1.0))
            found.append((f"{label} inputs", Case(batch, n, m, "nt"), 1.0))
    return found


def rows() -> list[Row]:
    """Every case in GFLOP/s against torch.mm."""
    found = []
    for name, case, goal in cases():
        mine, theirs = compare(case.ours, case.peer())
        found.append(Row(name, case.work / mine / 1e9, case.work / theirs / 1e9, theirs / mine, goal))
    return found


def tiny_rows() -> list[Row]:
    """The tiny products in nanoseconds."""
    found = []
    for name, m, n, k, form in TINY:
        case = Case(m, n, k, form)
        mine, theirs = compare(case.ours, case.peer())
        found.append(Row(name, 1e9 * mine, 1e9 * theirs, theirs / mine, 1.0))
    return found


def two_threads(case: Case) -> float:
    """GFLOP/s of two threads sharing each product, in elapsed time."""
    times = max(4, int(0.3 * 60e9 / case.work))
    threads = [threading.Thread(target=case.ours, args=(times, worker, 2)) for worker in range(2)]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return case.work * times / (time.perf_counter() - begin) / 1e9


class Peak(NamedTuple):
    """GFLOP/s: a product's best round, and the best round of fused multiply-adds alone."""

    product: float
    limit: float


def against_peak(case: Case) -> Peak:
    """Both in short rounds that alternate; the best of many, for what slows a round down is not the machine's limit."""
    times = max(1, round(SHORT * 60e9 / case.work))
    sums, turns = aligned(peak.CHAINS * vector_bytes() // 4), peak.TURNS
    best = [float("inf")] * 2
    for _ in range(SHORT_ROUNDS):
        product = seconds(case.ours, times)
        limit = min(seconds(lambda _: peak.multiply_and_add(sums, turns), 1) for _ in range(4))
        best = [min(best[0], product), min(best[1], limit)]
    return Peak(case.work / best[0] / 1e9, peak.work() / best[1] / 1e9)


def main() -> None:
    """Print the tables."""
    product.prepare("float32")
    print(f"fused multiply-adds alone: {against_peak(cases()[0][1]).limit:.1f} GFLOP/s\n")
    print(f"{'one thread, float32':28}{'ours':>9}{'torch.mm':>10}{'ratio':>8}{'goal':>7}")
    for row in rows():
        print(f"{row.name:28}{row.ours:9.1f}{row.peer:10.1f}{row.ratio:8.2f}{row.goal:7.1f}", flush=True)
    print("\ntiny, ns")
    for row in tiny_rows():
        print(f"{row.name:28}{row.ours:9.1f}{row.peer:10.1f}{row.ratio:8.2f}{row.goal:7.1f}")
    print("\ntwo threads, GFLOP/s")
    for name, case, _ in cases():
        if case.work > 2e7:
            print(f"{name:28}{two_threads(case):9.1f}")


if __name__ == "__main__":
    main()
