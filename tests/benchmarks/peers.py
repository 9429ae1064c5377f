"""Training steps a second of a work, ours and the peers', in alternating rounds; the fastest PyTorch counts.

PyTorch runs eager and through torch.compile, with the fastest of its three ways to update. JAX is one jitted function
for the whole step; it stands beside and is not judged.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import engine
from tests.benchmarks import jax_peers
from tests.benchmarks.figures import RATE, Row, Run, Table, alternate, say, torch_or_none

COMPILE_SECONDS = 90.0
TRIAL_ROUNDS, TRIAL_SECONDS = 5, 0.03
UPDATES: dict[str, dict[str, bool]] = {"plain": {}, "foreach": {"foreach": True}, "fused": {"fused": True}}
HEADS = ("PyTorch eager", "PyTorch compiled", "JAX jitted")
ABSENT = "not installed"
REMARK = "steps/s; the ratio is to the faster PyTorch"
Error = Callable[[Any, Any], Any]


class Work(Protocol):
    """A network with a batch that stays the same, here and in its peers."""

    goal: float | None
    optimizer: str

    def rows(self) -> tuple[Any, Any]:
        """The batch: x and targets."""

    def session(self, threads: int = 1) -> engine.Session:
        """A session on the batch."""

    def torch_model(self, torch: Any) -> tuple[Any, Error]:
        """Its modules, and the loss of rows and targets."""

    @property
    def jax_model(self) -> tuple[str, dict[str, Any]]:
        """The function in jax_models that makes it, and its arguments."""


def torch_optimizer(torch: Any, work: Work, modules: Any, **options: Any) -> Any:
    """The work's optimiser in PyTorch."""
    kind = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[work.optimizer]
    return kind(modules.parameters(), lr=RATE, **options)


def eager(torch: Any, work: Work) -> tuple[Run, str]:
    """The work's steps in eager PyTorch, and the way to update that a short trial finds fastest."""
    modules, error = work.torch_model(torch)
    runs = {name: _steps(torch, work, modules, error, name) for name in UPDATES}
    seconds = alternate(runs, rounds=TRIAL_ROUNDS, seconds=TRIAL_SECONDS)
    best = min(runs, key=seconds.__getitem__)
    return runs[best], best


def compiled(torch: Any, work: Work, update: str) -> Run | str:
    """The same through torch.compile, or why that is not possible (without a C++ compiler, say)."""
    modules, error = work.torch_model(torch)
    run = _steps(torch, work, modules, torch.compile(error), update)
    remark = _compilation(run)
    if remark:
        say(f"torch.compile, {work}: {remark}")
    return remark or run


def _steps(torch: Any, work: Work, modules: Any, error: Error, update: str) -> Run:
    optimizer = torch_optimizer(torch, work, modules, **UPDATES[update])
    x, t = (torch.from_numpy(array) for array in work.rows())

    def run(count: int) -> None:
        for _ in range(count):
            optimizer.zero_grad()
            error(x, t).backward()
            optimizer.step()

    return run


def _compilation(run: Run) -> str:
    """Compiles by a first step; tells why it failed, if it did."""
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


def training_table(title: str, works: Sequence[Work]) -> Table:
    """A row for each work."""
    rows = tuple(training_row(work) for work in works)
    return Table(f"{title}, one thread, CPU time", rows, REMARK, peer="", beside=HEADS)


def training_row(work: Work) -> Row:
    """Steps a second on one thread, in CPU time; the note tells how the faster PyTorch updates."""
    session = work.session()
    theirs, note = _torch_sides(work)
    with _jax_side(work) as jitted:
        sides = {"ours": lambda count: session.train(steps=count), **theirs, HEADS[2]: jitted}
        seconds = alternate({name: side for name, side in sides.items() if not isinstance(side, str)})
    beside = tuple(1 / seconds[head] if head in seconds else str(sides[head]) for head in HEADS)
    peer = max((figure for figure in beside[:2] if not isinstance(figure, str)), default=None)
    goal = None if peer is None else work.goal
    return Row(str(work), "steps/s", 1 / seconds["ours"], peer, goal, note=note, beside=beside)


def _torch_sides(work: Work) -> tuple[dict[str, Run | str], str]:
    """PyTorch's runs by their heads, or words in their place; and a note."""
    torch = torch_or_none()
    if torch is None:
        return dict.fromkeys(HEADS[:2], ABSENT), ""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    run, update = eager(torch, work)
    return {HEADS[0]: run, HEADS[1]: compiled(torch, work, update)}, f"updates {update}"


@contextmanager
def _jax_side(work: Work) -> Iterator[Run | str]:
    """JAX's run, compiled, or words in its place."""
    if not jax_peers.installed():
        yield ABSENT
        return
    with jax_peers.steps(work) as steps:
        try:
            steps(1)
        except RuntimeError as error:
            say(f"JAX, {work}: {error}")
            yield "failed"
            return
        yield lambda count: steps(count)[0]
