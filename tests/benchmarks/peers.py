"""Training steps a second of a work, ours and the peers', in alternating rounds; the fastest PyTorch counts.

PyTorch runs eager and, where asked for, through torch.compile, each with its plain and its fused optimiser. JAX, if it
is installed, stands beside: one jitted function makes the whole step.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import engine
from tests.benchmarks import jax_peers
from tests.benchmarks.figures import NO_TORCH, RATE, Row, Run, Table, alternate, say, torch_or_none

COMPILE_SECONDS = 90.0
Error = Callable[[Any, Any], Any]


class Work(Protocol):
    """A network with a batch that stays the same, here and in PyTorch."""

    goal: float | None
    optimizer: str

    def rows(self) -> tuple[Any, Any]:
        """The batch: x and targets."""

    def session(self, threads: int = 1) -> engine.Session:
        """A session on the batch."""

    def torch_model(self, torch: Any) -> tuple[Any, Error]:
        """Its modules, and the loss of rows and targets."""

    def jax_model(self, jax: Any) -> Callable[[Any, Any], Any]:
        """What gives the output of parameters and rows, see jax_models."""


def torch_optimizer(torch: Any, work: Work, modules: Any, **options: Any) -> Any:
    """The work's optimiser in PyTorch."""
    kind = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[work.optimizer]
    return kind(modules.parameters(), lr=RATE, **options)


def torch_runs(torch: Any, work: Work, compiles: bool) -> tuple[dict[str, Run], str]:
    """PyTorch's ways to do the work's steps by name, and a remark on the one that is not possible."""
    runs, remark = _optimised(torch, work, "eager"), ""
    if compiles:
        compiled = _optimised(torch, work, "compiled")
        remark = _compilation(next(iter(compiled.values())))
        if remark:
            say(f"torch.compile, {work}: {remark}")
        else:
            runs |= compiled
    return runs, remark


def _optimised(torch: Any, work: Work, way: str) -> dict[str, Run]:
    """One model, trained by the plain and by the fused optimiser."""
    torch.manual_seed(0)
    modules, error = work.torch_model(torch)
    if way == "compiled":
        error = torch.compile(error)
    x, t = (torch.from_numpy(array) for array in work.rows())

    def steps(optimizer: Any) -> Run:
        def run(count: int) -> None:
            for _ in range(count):
                optimizer.zero_grad()
                error(x, t).backward()
                optimizer.step()

        return run

    return {way: steps(torch_optimizer(torch, work, modules)),
            f"{way}, fused optimiser": steps(torch_optimizer(torch, work, modules, fused=True))}  # fmt: skip


def _compilation(run: Run) -> str:
    """Compiles by a first step; tells why that is not possible (without a C++ compiler, say), if so."""
    try:
        with _limit(COMPILE_SECONDS):
            run(1)
    except Exception as error:  # whatever it raises, eager PyTorch is left to compare with
        return f"not compiled: {type(error).__name__}"
    return ""


@contextmanager
def _limit(seconds: float) -> Iterator[None]:
    """Raises TimeoutError after so many seconds; only in the main thread, and where there are alarms."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: Any) -> None:
        raise TimeoutError(f"more than {seconds:.0f} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds, 5.0)  # again and again, for one may be caught on its way
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def training_table(title: str, works: Sequence[Work], compiles: bool = True) -> Table:
    """A row for each work."""
    rows = tuple(training_row(work, compiles) for work in works)
    return Table(f"{title}, one thread, CPU time", rows, "" if torch_or_none() else NO_TORCH, beside=jax_peers.HEAD)


def training_row(work: Work, compiles: bool = True) -> Row:
    """Steps a second on one thread, in CPU time; the note tells which PyTorch was the fastest."""
    session, torch, remark = work.session(), torch_or_none(), ""
    runs: dict[str, Run] = {"ours": lambda count: session.train(steps=count)}
    theirs: dict[str, Run] = {}
    if torch is not None:
        torch.set_num_threads(1)
        theirs, remark = torch_runs(torch, work, compiles)
    jitted = jax_peers.run(work)
    seconds = alternate(runs | theirs | ({"jax": jitted} if jitted else {}))
    beside = 1 / seconds["jax"] if jitted else None
    if not theirs:
        return Row(str(work), "steps/s", 1 / seconds["ours"], beside=beside)
    best = min(theirs, key=seconds.__getitem__)
    note = ", ".join(filter(None, [best, remark]))
    return Row(str(work), "steps/s", 1 / seconds["ours"], 1 / seconds[best], work.goal, note=note, beside=beside)
