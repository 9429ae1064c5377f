"""The loss over a plane of parameters, 51 × 51 points, against `loss-landscapes` and a plain loop in PyTorch.

Both sides look at the same trained network, on the same rows. The loop moves along our own directions, all rows at
once; `loss-landscapes` draws its own (`random_plane`), and is given ours
(`planar_interpolation`) only to compare values.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import engine
from engine.surface.directions import random_plane
from engine.surface.layout import Layout
from engine.surface.losses import PlaneLosses
from engine.surface.plane import Grid, Plane
from engine.surface.rows import rows_of
from tests.benchmarks import perceptrons
from tests.benchmarks.figures import NO_TORCH, RATE, Row, Run, Table, alternate, disturbance, torch_or_none
from tests.benchmarks.peers import ABSENT

SIZE, ROUNDS, STEPS = 51, 5, 300
GRID = Grid((-1.0, -1.0), (1.0, 1.0), (SIZE, SIZE))
HEADS = ("plain PyTorch", "loss-landscapes")
TOLERANCE = 1e-4
REMARK = f"surfaces of {SIZE} × {SIZE} points a second, float32; the ratio is to the faster peer"


@dataclass(frozen=True)
class Surface:
    """A trained network of dense layers with the rows its loss is looked at on; goals with one thread and with two."""

    sizes: tuple[int, ...]
    activation: str
    data: Callable[[], tuple[np.ndarray, np.ndarray]]
    goal: float
    goal_two: float | None = None

    @property
    def work(self) -> perceptrons.Work:
        """The network, here and in PyTorch."""
        return perceptrons.Work(self.sizes, 64, self.activation, "adam")

    def session(self) -> engine.Session:
        """A session, some steps trained."""
        made = engine.Session(perceptrons.network(self.work), self.data(), batch_size=64, optimizer="adam",
                              learning_rate=RATE)  # fmt: skip
        made.train(steps=STEPS)
        return made


def digits() -> tuple[np.ndarray, np.ndarray]:
    """80 % of the handwritten digits, 0 … 1, and their labels."""
    from sklearn.datasets import load_digits

    found = load_digits()
    rows = len(found.data) * 4 // 5
    return (found.data[:rows] / 16).astype(np.float32), found.target[:rows].astype(np.int64)


def quadrants() -> tuple[np.ndarray, np.ndarray]:
    """500 points of the plane, labelled by the sign of the product of their coordinates."""
    x = np.random.default_rng(0).standard_normal((500, 2), dtype=np.float32)
    return x, (x[:, 0] * x[:, 1] > 0).astype(np.int64)


WORKS = (Surface((64, 64, 64, 10), "relu", digits, 2.5, 4), Surface((2, 8, 8, 2), "tanh", quadrants, 6))


class Peers:
    """The same network in PyTorch, at the middle of the plane, and the rows."""

    def __init__(self, torch: Any, surface: Surface, session: engine.Session, plane: Plane) -> None:
        self.torch, self.layout = torch, Layout(session)
        self.modules, self.error = surface.work.torch_model(torch)
        self.x, self.labels = (torch.from_numpy(array) for array in surface.data())
        self.origin, self.first, self.second = (
            self.tensors(block) for block in (plane.origin, plane.first, plane.second)
        )
        self.set(self.origin)

    def tensors(self, block: np.ndarray) -> list[Any]:
        """A parameter block as PyTorch's tensors, in its order."""
        named, from_numpy = self.layout.tensors(block), self.torch.from_numpy
        depths = range(1, len(named) // 2 + 1)
        return [
            from_numpy(np.ascontiguousarray(named[f"dense{depth}.{which}"].T)) for depth in depths for which in "Wb"
        ]

    def set(self, tensors: list[Any]) -> None:
        """Make these the parameters."""
        with self.torch.no_grad():
            for parameter, tensor in zip(self.modules.parameters(), tensors, strict=True):
                parameter.copy_(tensor)

    def loop(self, places: np.ndarray) -> np.ndarray:
        """Eager: the parameters are written in place, then all rows run at once."""
        parts = list(zip(self.modules.parameters(), self.origin, self.first, self.second, strict=True))
        found = np.empty(len(places))
        with self.torch.no_grad():
            for k, (a, b) in enumerate(places.tolist()):
                for parameter, origin, first, second in parts:
                    self.torch.add(origin, first, alpha=a, out=parameter).add_(second, alpha=b)
                found[k] = self.error(self.x, self.labels).item()
        return found

    def metric(self, landscapes: Any) -> Any:
        """The loss, as `loss-landscapes` takes it."""
        return landscapes.metrics.Loss(self.torch.nn.functional.cross_entropy, self.x, self.labels)

    def random_plane(self, landscapes: Any) -> None:
        """`loss-landscapes`: from the network itself, which it copies, along directions of its own."""
        self.set(self.origin)
        landscapes.random_plane(self.modules, self.metric(landscapes), 1, SIZE, "filter", deepcopy_model=True)

    def interpolation(self, landscapes: Any) -> tuple[np.ndarray, np.ndarray]:
        """`loss-landscapes` along our directions: its places (its columns begin a step apart) and its values."""
        ends = [copy.deepcopy(self.modules) for _ in range(2)]
        with self.torch.no_grad():
            for end, direction in zip(ends, (self.first, self.second), strict=True):
                for parameter, origin, step in zip(end.parameters(), self.origin, direction, strict=True):
                    parameter.copy_(origin + step)
        self.set(self.origin)
        values = landscapes.planar_interpolation(
            self.modules, *ends, self.metric(landscapes), SIZE, deepcopy_model=True
        )
        i, j = np.indices((SIZE, SIZE))
        places = np.stack([i / SIZE, (j + (i % 2 == 0)) / SIZE], -1)
        return places.reshape(-1, 2), values.ravel()


def landscapes_or_none() -> Any:
    """The package `loss-landscapes`, where it is installed."""
    try:
        import loss_landscapes
        import loss_landscapes.metrics
    except ImportError:
        return None
    return loss_landscapes


def differences(surface: Surface) -> dict[str, float]:
    """The largest difference of our values from each peer's."""
    torch, landscapes = torch_or_none(), landscapes_or_none()
    session = surface.session()
    plane = random_plane(session, session.parameter_block())
    ours, peers, places = PlaneLosses(session, rows_of(session)), Peers(torch, surface, session, plane), GRID.places()
    found = {HEADS[0]: float(np.abs(ours(plane, places) - peers.loop(places)).max())}
    if landscapes is not None:
        places, values = peers.interpolation(landscapes)
        found[HEADS[1]] = float(np.abs(ours(plane, places) - values).max())
    return found


def tables() -> list[Table]:
    """One thread in CPU time; then two of ours against one of theirs in elapsed time."""
    if torch_or_none() is None:
        alone = tuple(_row(surface, 1, time.process_time, None) for surface in WORKS)
        return [Table("Loss surfaces, one thread, CPU time", alone, NO_TORCH, peer="")]
    one = tuple(_row(surface, 1, time.process_time, surface.goal) for surface in WORKS)
    disturbed = disturbance()
    two = tuple(_row(surface, 2, time.perf_counter, surface.goal_two) for surface in WORKS if surface.goal_two)
    remark = "; ".join(filter(None, [REMARK, disturbed or disturbance()]))
    if landscapes_or_none() is None:
        remark += "; loss-landscapes is not installed (pip install -r requirements-bench.txt)"
    return [
        Table("Loss surfaces, one thread, CPU time", one, REMARK, "", HEADS),
        Table("Loss surfaces, two threads of ours, one of theirs, elapsed time", two, remark, "", HEADS),
    ]


def _row(surface: Surface, threads: int, clock: Callable[[], float], goal: float | None) -> Row:
    session = surface.session()
    plane, places = random_plane(session, session.parameter_block()), GRID.places()
    ours = PlaneLosses(session, rows_of(session), threads)
    runs: dict[str, Run] = {"ours": _repeated(lambda: ours(plane, places)), **_peer_runs(surface, session, plane)}
    seconds = alternate(runs, clock, rounds=ROUNDS)
    beside = tuple(seconds.get(head, ABSENT) for head in HEADS)
    peer = min((seconds[head] for head in HEADS if head in seconds), default=None)
    name = f"{'-'.join(map(str, surface.sizes))} {surface.activation}, {len(surface.data()[0]):,} rows"
    return Row(name, "surfaces/s", 1 / seconds["ours"], None if peer is None else 1 / peer, goal,
               note=_agreement(surface) if peer else "",
               beside=tuple(each if isinstance(each, str) else 1 / each for each in beside))  # fmt: skip


def _peer_runs(surface: Surface, session: engine.Session, plane: Plane) -> dict[str, Run]:
    torch, landscapes = torch_or_none(), landscapes_or_none()
    if torch is None:
        return {}
    torch.set_num_threads(1)
    peers, places = Peers(torch, surface, session, plane), GRID.places()
    runs = {HEADS[0]: _repeated(lambda: peers.loop(places))}
    if landscapes is not None:
        runs[HEADS[1]] = _repeated(lambda: peers.random_plane(landscapes))
    return runs


def _repeated(once: Callable[[], object]) -> Run:
    def run(count: int) -> None:
        for _ in range(count):
            once()

    return run


def _agreement(surface: Surface) -> str:
    return ", ".join(f"{difference:.0e} from {head}" for head, difference in differences(surface).items())
