"""How the learning rate goes on from step to step: settings as plain data, and the instructions they become."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from engine.errors import SessionError
from engine.graph import Graph, Value
from engine.ops.watch_plateau import SIZE
from engine.training import Training, checked_field

PLATEAU = "update.plateau"
FIELDS = {"kind": "schedule"}  # the settings of the document have the same names, but for this one


@dataclass(frozen=True)
class Schedule:
    """`kind`: "constant", "step", "exponential", "cosine" or "plateau"; `warmup` steps come in front of any of them.

    `decay` is the factor of a cut, or of `period` steps; `minimum_rate` ends the cosine and the cuts on a plateau.
    """

    kind: str = "constant"
    warmup: int = 0
    decay: float = 0.5
    period: int = 1000
    minimum_rate: float = 0.0
    patience: int = 10
    smoothing: float = 0.9

    def __post_init__(self) -> None:
        for entry in fields(self):
            checked_field(FIELDS.get(entry.name, entry.name), getattr(self, entry.name))

    def states(self, graph: Graph) -> dict[str, Value]:
        """What has to be remembered from step to step, by name."""
        return {PLATEAU: graph.source((SIZE,), "state", PLATEAU)} if self.kind == "plateau" else {}

    def apply(self, graph: Graph, rate: Value, states: dict[str, Value]) -> Value:
        """Append what makes the rate of the step out of `rate`."""
        period = {"period": self.period, "start": self.warmup}
        if self.kind == "step":
            rate = graph.rate_step(rate, graph.clock(), decay=self.decay, **period)
        elif self.kind == "exponential":
            rate = graph.rate_exponential(rate, graph.clock(), decay=self.decay, **period)
        elif self.kind == "cosine":
            rate = graph.rate_cosine(rate, graph.clock(), minimum=self.minimum_rate, **period)
        elif self.kind == "plateau":
            rate = graph.rate_plateau(rate, states[PLATEAU], decay=self.decay, minimum=self.minimum_rate)
        return graph.rate_warm_up(rate, graph.clock(), steps=self.warmup) if self.warmup else rate

    def watch(self, graph: Graph, loss: Value, states: dict[str, Value]) -> None:
        """Append what overwrites the states once the step's loss is known."""
        if self.kind == "plateau":
            settings = {"smoothing": self.smoothing, "patience": self.patience, "start": self.warmup}
            graph.watch_plateau(states[PLATEAU], loss, graph.clock(), **settings)


def make_schedule(schedule: Any) -> Schedule:
    """A schedule from its name or from a Schedule. Raises SessionError or AttributeValueError."""
    if isinstance(schedule, str):
        return Schedule(schedule)
    if not isinstance(schedule, Schedule):
        raise SessionError(f"schedule is a {type(schedule).__name__}; give a name or an engine.schedules.Schedule.")
    return schedule


def schedule_of(training: Training) -> Schedule:
    """The schedule that a document asks for."""
    settings = training.to_json()
    return Schedule(**{entry.name: settings[FIELDS.get(entry.name, entry.name)] for entry in fields(Schedule)})
