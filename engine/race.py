"""A race: several optimisers, or learning rates, train a network from the same parameters on the same batches."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.curve import Curve
from engine.errors import ChainruleError, DivergedError, SessionError
from engine.optimizers import OPTIMIZERS
from engine.surface.path import BUDGET, NamedPath, Path

if TYPE_CHECKING:
    from engine.checkpoint import Checkpoint
    from engine.rules import Rules
    from engine.session import Session

POINTS, JUDGED_ROWS = 160, 1024  # of each path; rows whose loss says who leads
DECADES = (-2, -1, 0, 1, 2)  # of a sweep, around the rate there is
CLASSIC = ("sgd", "momentum", "rmsprop", "adam")
TITLES = {
    "sgd": "SGD", "momentum": "Momentum", "nesterov": "Nesterov", "adagrad": "AdaGrad", "rmsprop": "RMSProp",
    "adam": "Adam", "adamw": "AdamW", "newton": "Newton",
}  # fmt: skip


@dataclass(frozen=True)
class Contestant:
    """An optimiser at a rate; `settings`: other fields of engine.training.Training as pairs. Else all is as in the
    session raced from. `colour` numbers the hue that it is drawn in."""

    optimizer: str = "sgd"
    learning_rate: float = 0.1
    settings: tuple[tuple[str, Any], ...] = ()
    name: str = ""
    colour: int = 0

    @property
    def title(self) -> str:
        """Its name, or else its optimiser and rate."""
        return self.name or f"{TITLES.get(self.optimizer, self.optimizer)} {self.learning_rate:.3g}"


def customary_rate(optimizer: str) -> float:
    """The rate that an optimiser has where none is given."""
    return OPTIMIZERS[optimizer]().learning_rate


def classic() -> tuple[Contestant, ...]:
    """Gradient descent, with momentum, RMSProp and Adam, each at its customary rate."""
    return tuple(Contestant(name, customary_rate(name), colour=k) for k, name in enumerate(CLASSIC))


def sweep(optimizer: str, rate: float) -> tuple[Contestant, ...]:
    """One optimiser at five rates, a decade apart, around `rate`."""
    middle = rate if rate > 0 else customary_rate(optimizer)
    return tuple(Contestant(optimizer, float(f"{middle * 10.0**by:.6g}"), colour=k) for k, by in enumerate(DECADES))


@dataclass(frozen=True, eq=False)
class Standing:
    """Where a contestant is: `curve` (n, 2) of step and loss of the batches (means of stretches where there are many),
    `loss` of the training rows at its parameters, the `path` it has gone, and in `trouble` what ended it."""

    contestant: Contestant
    curve: NDArray[np.float64]
    steps: int
    loss: float
    path: NamedPath
    trouble: str = ""


@dataclass(eq=False)
class _Lane:
    contestant: Contestant
    session: Session | None
    curve: Curve
    path: Path
    trouble: str = ""
    standing: Standing | None = field(default=None)

    @property
    def runs(self) -> bool:
        return self.session is not None and not self.trouble


class Race:
    """Starts where `session` stands: with its parameters, at its step, so that everyone gets its batches; whatever an
    optimiser remembers of earlier steps begins at 0 for all. It keeps nothing of `session` but network and data."""

    def __init__(self, session: Session, contestants: Sequence[Contestant], checkpoint: Checkpoint | None = None,
                 rows: int = JUDGED_ROWS) -> None:  # fmt: skip
        """`checkpoint`: another place to start at. Raises SessionError where nobody can start."""
        start = checkpoint or session.checkpoint()
        self.begin = start.steps
        self._start = replace(start, slots=(), optimizer="")
        self._stop = False
        self._lanes = [self._enter(session, contestant, len(contestants)) for contestant in contestants]
        if not any(lane.runs for lane in self._lanes):
            why = next((f" {lane.trouble}" for lane in self._lanes), "")
            raise SessionError(f"There is nobody who can start.{why}")
        self._judge = _judge_of(session, rows)
        self.standings: tuple[Standing, ...] = ()
        self.stand()

    @property
    def over(self) -> bool:
        """Whether nobody runs any more."""
        return not any(lane.runs for lane in self._lanes)

    @property
    def steps(self) -> int:
        """How far those are that run."""
        return min((lane.session.steps for lane in self._lanes if lane.session and lane.runs), default=self.begin)

    def advance(self, steps: int) -> bool:
        """Everyone goes on by so many steps, one after the other; False where `stop` ended it early."""
        goal = self.steps + steps
        for lane in self._lanes:
            if self._stop:
                return False
            if lane.runs:
                self._run(lane, goal)
        return not self._stop

    def stand(self) -> tuple[Standing, ...]:
        """Where everyone is now; `standings` from then on."""
        for lane in self._lanes:
            if lane.standing is None or not lane.standing.trouble:
                lane.standing = self._standing(lane)
        self.standings = tuple(lane.standing for lane in self._lanes if lane.standing is not None)
        return self.standings

    def stop(self) -> None:
        """Make an `advance` in another thread end soon, and every later one at once."""
        self._stop = True
        for lane in self._lanes:
            if lane.session is not None:
                lane.session.pause()

    def _enter(self, session: Session, contestant: Contestant, count: int) -> _Lane:
        path = Path(most=POINTS, budget=BUDGET // max(1, count))
        lane = _Lane(contestant, None, Curve(2), path)
        try:
            lane.session = session_like(session, contestant)
            lane.session.restore(self._start)
            path.add(self.begin, lane.session.parameter_block())
        except (ChainruleError, MemoryError) as error:
            lane.session, lane.trouble = None, str(error) or "There is not enough memory for it."
        return lane

    def _run(self, lane: _Lane, goal: int) -> None:
        session = lane.session
        assert session is not None
        before = session.steps
        try:
            session.train(steps=goal - before, fresh=False)
        except DivergedError as error:
            lane.trouble = f"Diverged in step {session.steps + 1:,}: {error}"
        steps, losses = session.loss_history(before)
        if len(steps):
            lane.curve.add(np.stack([steps, losses], axis=1).astype(float))
        session.execution.history.clear()  # nobody steps back in a race
        block = session.parameter_block()
        if np.isfinite(block).all():
            lane.path.add(session.steps, block)

    def _standing(self, lane: _Lane) -> Standing:
        contestant, session = lane.contestant, lane.session
        path = NamedPath(contestant.title, contestant.colour, tuple(lane.path.items()))
        steps = self.begin if session is None else session.steps
        loss = math.nan if session is None else math.inf if lane.trouble else self._judged(lane)
        return Standing(contestant, lane.curve.points.copy(), steps, loss, path, lane.trouble)

    def _judged(self, lane: _Lane) -> float:
        assert lane.session is not None
        if self._judge is None:
            points = lane.curve.points
            return float(points[-1, 1]) if len(points) else math.nan
        return float(self._judge(lane.session.parameter_block()[None])[0])


def winner(standings: Sequence[Standing]) -> int | None:
    """The one with the least loss that is finite; None where there is none."""
    losses = [standing.loss if math.isfinite(standing.loss) else math.inf for standing in standings]
    best = min(losses, default=math.inf)
    return losses.index(best) if math.isfinite(best) else None


def session_like(session: Session, contestant: Contestant) -> Session:
    """A session of the same network, rows and seed, trained by `contestant`; one thread. Raises SessionError."""
    from engine.session import Session as Made

    rules = rules_for(session, contestant)
    return Made(
        session.network, session.dataset, seed=session.seed, dtype=session.dtype, batch_size=session.batch_size,
        optimizer=rules.optimizer, schedule=rules.schedule, clipping=rules.clipping, second=rules.second,
        l1=session.penalties[0], l2=session.penalties[1], curriculum=session.curriculum, resume=False,
    )  # fmt: skip


def rules_for(session: Session, contestant: Contestant) -> Rules:
    """The session's rules with what `contestant` sets otherwise. Raises SessionError or AttributeValueError."""
    from engine.rules import Rules, rules_of
    from engine.training import Training

    own = dict(contestant.settings)
    wish = {"optimizer": contestant.optimizer, "learning_rate": contestant.learning_rate}
    found = rules_of(Training.checked(session.network.training.to_json() | own | wish))
    rules = session.rules
    schedule = found.schedule if _names(own, "schedule") else rules.schedule
    clipping = found.clipping if _names(own, "clipping") else rules.clipping
    return Rules(found.optimizer, schedule, clipping, found.second if "second_optimizer" in own else rules.second)


def _names(settings: dict[str, Any], choice: str) -> bool:
    """Whether `settings` say anything about what `choice` chooses, such as the period of a schedule."""
    from engine.training import TRAINING_ATTRIBUTES

    belongs = {entry.name for entry in TRAINING_ATTRIBUTES if entry.when and entry.when[0] == choice}
    return bool(belongs & set(settings)) or choice in settings or (choice == "schedule" and "warmup" in settings)


def _judge_of(session: Session, rows: int) -> Callable[[NDArray], NDArray[np.float64]] | None:
    """The loss of the training rows at parameter blocks; None where it cannot be had apart from a training."""
    from engine.surface.losses import PlaneLosses
    from engine.surface.rows import rows_of

    try:
        return PlaneLosses(session, rows_of(session, "train", rows)).at
    except (ChainruleError, MemoryError):
        return None
