"""What the worker publishes and the views read: frozen, every array a copy of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np

    from app.worker_runs import TimelineView
    from engine.data import Dataset
    from engine.explain import Explanation
    from engine.instructions import Instruction
    from engine.problems import Problem

State = Literal["loading", "compiling", "ready", "running", "paused", "stepping", "diverged", "failed"]
BUSY = ("loading", "compiling")


@dataclass(frozen=True)
class Boundary:
    """What the network says about a grid of points of a two-feature input.

    `values` (height, width, outputs) float: probabilities or predictions; row 0 lies at y0. `extent`: x0, x1, y0, y1
    in the network's input units (those of `dataset.train.x`).
    """

    values: np.ndarray
    extent: tuple[float, float, float, float]
    step: int = 0


@dataclass(frozen=True)
class History:
    """Curves since the last reset: `steps`/`loss` of the training batches (n,), and `eval_*` of the whole sets (m,).

    `metric` and `train_metric` are accuracy or R², as the snapshot's `metric_name` says.
    """

    steps: np.ndarray
    loss: np.ndarray
    eval_steps: np.ndarray
    eval_loss: np.ndarray
    metric: np.ndarray
    train_metric: np.ndarray


@dataclass(frozen=True)
class Snapshot:
    """One consistent look at the session.

    `generation` is the document's; `cursor` the index of the instruction to run next (0: a new step begins); `focus`
    the index of the one that ran last while stepping (None while running or before the first). `metrics` holds
    train_loss, val_loss, train_accuracy or train_r2, val_accuracy or val_r2. `values` holds what the views asked for
    by name. `thumbnails` and `gradient_bars` are small arrays by layer id, `gradient_norms` one number by layer id.
    `maps` (height, width, units), if asked for: what every unit says about the plane of the inputs, row 0 at y0.
    `problems`: what does not fit the data, and why no session could be built. `moving`: the worker goes on by itself,
    running or walking over operations; `progress` then tells how far it is. `can_unreset`: a reset can be taken back.
    `losses`: by layer, what each loss (without its weight) and each penalty came to, where `loss` is made of several.
    """

    generation: int = 0
    state: State = "loading"
    message: str = ""
    progress: float | None = None
    steps: int = 0
    epoch: float = 0.0
    steps_per_second: float = 0.0
    cursor: int = 0
    focus: int | None = None
    loss: float | None = None
    learning_rate: float | None = None
    metrics: dict[str, float] = field(default_factory=dict)
    history: History | None = None
    instructions: tuple[Instruction, ...] = ()
    values: dict[str, np.ndarray] = field(default_factory=dict)
    thumbnails: dict[str, np.ndarray] = field(default_factory=dict)
    gradient_bars: dict[str, np.ndarray] = field(default_factory=dict)
    gradient_norms: dict[str, float] = field(default_factory=dict)
    boundary: Boundary | None = None
    explanation: Explanation | None = None
    dataset: Dataset | None = None
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)
    arena_bytes: int = 0
    parameter_count: int = 0
    extra: dict[str, Any] = field(default_factory=dict)
    maps: dict[str, np.ndarray] = field(default_factory=dict)
    moving: bool = False
    problems: tuple[Problem, ...] = ()
    can_unreset: bool = False
    losses: dict[str, float] = field(default_factory=dict)
    step_rate: float | None = None  # what the schedule makes of the learning rate
    views: dict[str, Any] = field(default_factory=dict)  # what the watches of the views found, by id
    timeline: TimelineView | None = None

    @cached_property
    def ahead(self) -> frozenset[str]:
        """Names of the values that this step has not come to: they still hold the numbers of the run before."""
        rows = self.instructions[self.cursor :] if self.cursor and self.state != "running" else ()
        return frozenset(name for row in rows for name in row.outputs if name)

    @property
    def busy(self) -> bool:
        """Whether nothing can be run yet."""
        return self.state in BUSY

    @property
    def current(self) -> Instruction | None:
        """The instruction in focus: its operands and result are in the arena. None between steps."""
        return self.instructions[self.focus] if self.focus is not None and self.instructions else None

    @property
    def metric_name(self) -> str | None:
        """Which metric there is: accuracy or r2, as far as known."""
        return next((name for name in ("accuracy", "r2") if f"train_{name}" in self.metrics), None)
