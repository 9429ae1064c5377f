"""What the worker does with the timeline: go to a step, branch, take a reset back, step back beyond the history."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app import worker_commands as commands
from app.numbers import format_count
from app.worker_asked import Asked
from engine.errors import ChainruleError, SessionError

if TYPE_CHECKING:
    from app.worker_commands import Pace
    from app.worker_curves import Curves
    from app.worker_runs import Runs
    from app.worker_walk import Walk
    from engine.checkpoint import Checkpoint
    from engine.early_stopping import EarlyStopping
    from engine.session import Session
    from engine.timeline import Branch

MIDDLE = "This is the middle of a step: go to its end (F5) before you move the point"


@dataclass(frozen=True, eq=False)
class Aside:
    """What the last reset or move threw away."""

    checkpoint: Checkpoint
    curves: Curves
    branch: Branch


@dataclass
class Seek:
    """Whole steps that are run once more, to come to a step between two checkpoints. Walked like a `Walk`."""

    session: Session
    left: int
    back: bool = False
    endless: bool = False
    gone: int = 0
    chunk: int = 1

    @property
    def progress(self) -> float | None:
        """Which part of the way has been gone."""
        return self.gone / max(1, self.gone + self.left)

    def go(self, pace: Pace, seconds: float) -> bool:
        """Go for some `seconds`; returns whether the end was reached."""
        end = time.perf_counter() + seconds
        while self.left and time.perf_counter() < end:
            done = self.session.train(steps=min(self.chunk, self.left)).steps
            self.left, self.gone = self.left - done, self.gone + done
            self.chunk = min(2 * self.chunk, 1 << 16)
            if done == 0:
                break  # a command has come in between
        return not self.left


class Timed(Asked):
    """`_begin` a walk, `_begin_anew` after a reset and `_arrive` are up to the class that inherits."""

    _aside: Aside | None
    _stopping: EarlyStopping | None

    def __init__(self) -> None:
        super().__init__()
        self.runs: Runs | None = None  # made with the first session: the engine is imported late

    def _begin(self, walk: Walk | Seek) -> None:
        raise NotImplementedError

    def _begin_anew(self) -> None:
        raise NotImplementedError

    # --- a way through the past -----------------------------------------------------------------------------------

    def _go_to(self, command: commands.GoTo) -> None:
        session, runs = self.session, self.runs
        if session is None or runs is None:
            return
        branch = runs.timeline.branches.get(command.branch or runs.timeline.current)
        if branch is None:
            return
        other = branch.id != runs.timeline.current
        left = runs.enter(session, branch.id, min(max(command.step, branch.start), branch.end))
        self._arrive(other)
        if left:
            self._begin(Seek(session, left))
        else:
            self._looks.begin_here()
            self._stand("paused" if session.steps else "ready")

    def _arrive(self, other: bool) -> None:
        """Everything that follows the session is told that it stands elsewhere, maybe on an `other` branch."""
        runs, session = self.runs, self.session
        self._focus, self._inspect = None, commands.Inspect()
        if self._stopping is not None:
            self._stopping.forget()
        self._looks.curves = runs.curves
        if self._surface is not None:
            self._surface.follow_path(runs.path(session))
        if other and self._watching is not None:
            self._watching = self._watching.anew()

    def _reach_back(self) -> bool:
        """Make the history begin earlier than the step at hand; False where the branch itself begins there."""
        session, branch = self.session, self.runs.timeline.branch
        step, rate = session.steps, session.learning_rate
        if session.cursor or step <= branch.start:
            return False
        self.runs.timeline.go_to(session, step - 1)
        session.train(steps=1)
        if session.learning_rate != rate:
            session.learning_rate = rate
        return True

    def _walk_on(self, seconds: float) -> bool:
        """Go on with the walk; returns whether it is over."""
        try:
            return self._walk.go(self._pace, seconds)
        except SessionError:
            if not self._walk.back or not self._reach_back():
                raise
            return False

    # --- branches -------------------------------------------------------------------------------------------------

    def _branch(self, command: commands.EditBranch) -> None:
        runs, session = self.runs, self.session
        if runs is None:
            return
        try:
            if command.deed == "fork" and session is not None and not session.cursor:
                runs.fork(session, "branch")
                self._looks.curves = runs.curves
            elif command.deed == "prune":
                runs.timeline.prune()
            elif command.deed in ("rename", "delete"):
                runs.edit(command.id, command.name if command.deed == "rename" else None)
        except ChainruleError as error:
            self._message = str(error)
        if session is not None:
            self._publish()

    def _changed(self, what: str) -> None:
        """Something is otherwise from here on."""
        if self.runs.changed(self.session, what):
            self._looks.curves = self.runs.curves

    def _keep_timeline(self, command: commands.KeepTimeline) -> None:
        command.reply.put(None if self.runs is None else self.runs.to_keep())

    # --- resets and moves -----------------------------------------------------------------------------------------

    def _reset(self, command: commands.Reset) -> None:
        session, runs = self.session, self.runs
        if session is None or runs is None:
            return
        good = session.steps and self._state != "diverged"
        checkpoint, curves = session.checkpoint() if good else None, runs.curves
        session.reset(command.seed)
        branch = runs.begin_anew(session)
        if checkpoint is not None:
            self._aside = Aside(checkpoint, curves, branch)
        self._begin_anew()
        steps = f"Reset from step {format_count(checkpoint.steps)}; Shift R takes it back" if checkpoint else ""
        self._stand("ready", steps)

    def _unreset(self, command: commands.Unreset) -> None:
        if self.session is None or self._aside is None:
            return
        aside, self._aside = self._aside, None
        if aside.checkpoint.seed != self.session.seed:
            self.session.reset(aside.checkpoint.seed)
        self.session.restore(aside.checkpoint)
        self.runs.bring_back(aside.branch, aside.curves)
        self._begin_anew()
        self._stand("paused", "What was learned before the reset is back")

    def _move_to(self, command: commands.MoveTo) -> None:
        session, surface, runs = self.session, self._surface, self.runs
        block = surface.move(command.a, command.b) if surface is not None else None
        if block is None or session is None or self._walk is not None:
            return
        if session.cursor:
            self._stand(self._state, MIDDLE)
            return
        self._aside = Aside(session.checkpoint(), runs.curves, runs.copy_of_branch())
        session.set_parameter_block(block)
        runs.fork(session, "moved")
        self._looks.curves = runs.curves
        self._looks.begin_here()
        if self._state != "running":
            self._stand("paused", "Moved on the loss surface; Shift R takes it back")
