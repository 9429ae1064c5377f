"""A training program and its clock: whole steps at full speed, single instructions, and the way back.

Going back within a step moves the cursor: nothing is overwritten within a step. Going back over an update restores the
nearest earlier checkpoint and replays, which is exact because the machine is deterministic.
"""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from numbers import Integral
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from engine.divergence import ADVICE, NEWTON_ADVICE, diverged, first_bad_row
from engine.errors import DivergedError, SessionError
from engine.history import History
from engine.instructions import Instruction, instructions_of
from engine.machine.run import BAD_GRADIENT, BAD_LOSS, NOT_FINITE, Runner
from engine.training_program import TrainingProgram

M = TypeVar("M", bound=Callable[..., Any])
RING = 1 << 16
STRETCH_SECONDS = 0.02
PARALLEL_FLOPS = 400_000  # below this much work in a step, threads cost more than they bring


def _exclusive(method: M) -> M:
    """Run a method of Execution with other threads kept out."""

    @functools.wraps(method)
    def alone(self: Execution, *args: Any) -> Any:
        with self.alone():
            return method(self, *args)

    return cast(M, alone)


@dataclass(frozen=True)
class TrainResult:
    """How a run ended: `steps` updates were done; `paused` tells that a request ended it early."""

    steps: int
    paused: bool = False


class Execution:
    """Runs `training` with up to `threads` workers. `cursor` is the next instruction; `losses` a ring by step."""

    def __init__(self, training: TrainingProgram, threads: int) -> None:
        self.training, self.program = training, training.program
        self.instructions: tuple[Instruction, ...] = instructions_of(self.program.calls, self.training.graph.calls)
        busy = sum(instruction.flops for instruction in self.instructions) >= PARALLEL_FLOPS
        self.runner = Runner(self.program.arena, self.program.ints, self.program.table, threads if busy else 1)
        self.history = History()
        self.losses: NDArray[np.float64] = np.full(RING, np.nan)
        self.cursor, self._stretch, self._touched = 0, 1, False
        self._exposed, self._known = False, self.state().copy()[:0]
        self.updated = False  # between steps: the gradients are those of the update that was done last
        self._observer: Callable[[NDArray], None] | None = None
        self._busy = threading.RLock()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other threads out: the arena is one. Raises SessionError at once if the session is at work already."""
        if not self._busy.acquire(blocking=False):
            raise SessionError("The session is at work in another thread; pause it there first.")
        try:
            if self._exposed and not np.array_equal(self.state(), self._known, equal_nan=True):
                self._touched = True
            yield
            if self._exposed:
                self._known = self.state().copy()
        finally:
            self._busy.release()

    @property
    def steps(self) -> int:
        """Updates done so far."""
        return int(self.program.ints[0])

    def begin(self, steps: int) -> None:
        """Start anew at `steps` with the persistent part of the arena as it is."""
        self.updated = False
        self.cursor, self._stretch, self._touched = 0, 1, False
        self.losses[:] = np.nan
        self._clock(steps)
        self.history.clear()
        self._keep(pin=True)

    def touch(self) -> None:
        """Something was changed from outside: replays must start from what is there when the next step runs."""
        self._touched, self.updated = True, False

    def expose(self) -> None:
        """A view of the parameters was handed out: from now on, look for changes made through it."""
        if not self._exposed:
            self._exposed, self._known = True, self.state().copy()

    @_exclusive
    def train(self, count: int) -> TrainResult:
        """Run `count` steps; a half-done step is finished first and counts. Raises DivergedError."""
        done = 0
        self._settle()
        if count and self.runner.stop_requested:
            return self._paused(0)
        if self.cursor and count:
            self._finish_step()
            done = 1
        while done < count:
            start, left = time.perf_counter(), count - done
            before = self.parameters().copy() if self._observer and left == 1 else None
            ran, status = self._run(min(self._stretch, left - 1 if self._observer and left > 1 else left))
            done += ran
            if status in (BAD_LOSS, BAD_GRADIENT):
                raise self._diverged(status)
            self.updated = True
            if status:
                return self._paused(done)
            self._tell(before)
            if time.perf_counter() - start < STRETCH_SECONDS:
                self._stretch = min(2 * self._stretch, 1 << 20)
            self._keep()
        return TrainResult(done)

    def observe(self, observer: Callable[[NDArray], None]) -> None:
        """Once: right after the last step of the next `train`, call `observer` with a copy of the parameters as they
        were before that step."""
        self._observer = observer

    def _tell(self, before: NDArray | None) -> None:
        observer = self._observer
        if before is not None and observer is not None:
            self._observer = None
            observer(before)

    def before_update(self) -> NDArray | None:
        """The parameters before the update that was done last, where it was done instruction by instruction or a copy
        is left; None where that is not known, or something was changed since."""
        state = self.history.entries.get(self.steps - 1)
        if state is None or not self.updated or self.cursor > self.training.update_row:
            return None
        first, (lo, hi) = self.program.persistent[0], self.training.parameter_block
        return state[lo - first : hi - first]

    def _paused(self, done: int) -> TrainResult:
        self.runner.clear_stop()
        return TrainResult(done, paused=True)

    @_exclusive
    def step(self) -> Instruction:
        """Run the instruction at the cursor. After the last one the next step begins. Raises DivergedError."""
        self._settle()
        row = self.cursor
        if row == 0 and self.history.nearest(self.steps) is None:
            self.history.add(self.steps, self.state())
        if row == self.training.update_row:
            self._before_update()
        self.runner.rows(row, row + 1)
        self.cursor += 1
        if self.cursor == len(self.instructions):
            self._next_step()
        return self.instructions[row]

    @_exclusive
    def step_back(self) -> Instruction:
        """Take back the instruction before the cursor. Raises SessionError where the history does not reach."""
        self._settle()
        if self.cursor == 0:
            self._go_to(self.steps - 1, len(self.instructions) - 1)
        elif self.cursor > self.training.update_row:
            self._go_to(self.steps, self.cursor - 1)
        else:
            self.cursor -= 1
        return self.instructions[self.cursor]

    @_exclusive
    def run_to(self, row: int) -> None:
        """Run until the cursor stands before `row`, if need be in the next step. Raises DivergedError, SessionError."""
        if not isinstance(row, Integral) or not 0 <= row < len(self.instructions):
            raise SessionError(f"There is no instruction {row!r}; there are {len(self.instructions)}.")
        while self.cursor != row:
            self.step()

    @_exclusive
    def forward_and_backward(self) -> None:
        """Loss and gradients of the current batch with the current parameters."""
        if self.cursor <= self.training.update_row:
            self.runner.rows(0, self.training.update_row)
            self.updated = False

    def loss(self) -> float:
        """The loss as it stands in the arena."""
        return float(self.program.view(self.training.loss).item())

    def state(self) -> NDArray:
        """The persistent part of the arena: learning rate, parameters, optimiser state; a view."""
        return self.program.segment(*self.program.persistent)

    def parameters(self) -> NDArray:
        """All parameters, in the order of the arena; a view."""
        return self.program.segment(*self.training.parameter_block)

    def _run(self, steps: int) -> tuple[int, int]:
        loss_at = self.program.offsets[id(self.training.loss)]
        return self.runner.steps(steps, self.training.update_row, loss_at, self.losses)

    def _keep(self, pin: bool = False) -> None:
        if self.history.fits(self.state()):
            self.history.add(self.steps, self.state(), pin)

    def _settle(self) -> None:
        if self._touched:
            self._touched = False
            self.history.forget_from(self.steps)
            if self.cursor or self.history.fits(self.state()):
                self.history.add(self.steps, self.state(), pin=True)

    def _go_to(self, step: int, cursor: int) -> None:
        """Replay to `cursor` of an earlier (or this) step."""
        found = self.history.nearest(step) if step >= 0 else None
        if found is None:
            begin = min(self.history.entries, default=self.steps)
            raise SessionError(f"The history begins at step {begin}; there is nothing to go back to.")
        origin, state = found
        self.state()[...] = state
        self._clock(origin)
        while self.steps < step:  # a request to stop, meant for a run, only makes the replay take a breath
            self.runner.clear_stop()
            _, status = self._run(step - self.steps)
            if status in (BAD_LOSS, BAD_GRADIENT):
                raise self._diverged(status)
        self.runner.rows(0, cursor)
        self.cursor = cursor

    def _finish_step(self) -> None:
        row = self.training.update_row
        if self.cursor <= row:
            self.runner.rows(self.cursor, row)
            self.cursor = row
            self._before_update()
        self.runner.rows(self.cursor, len(self.instructions))
        self._next_step()

    def _before_update(self) -> None:
        """Refuse to update with a loss that is not finite; keep a copy to come back to."""
        if not np.isfinite(self.loss()):
            self.losses[self.steps % RING] = self.loss()
            raise self._diverged(BAD_LOSS)
        if self.steps not in self.history.entries:
            self.history.add(self.steps, self.state())

    def _next_step(self) -> None:
        bad = self.program.ints[NOT_FINITE] != 0
        self.losses[self.steps % RING] = self.loss()
        self.cursor, self.updated = 0, True
        self._clock(self.steps + 1)
        if bad:
            raise self._diverged(BAD_GRADIENT)

    def _clock(self, steps: int) -> None:
        self.program.ints[0] = steps
        self.program.ints[NOT_FINITE] = 0

    def _diverged(self, status: int) -> DivergedError:
        """Stop where the first value that is not finite was made, and name the operation."""
        step = self.steps - (1 if status == BAD_GRADIENT else 0)
        self.runner.clear_stop()
        row = first_bad_row(self.training)
        if status == BAD_GRADIENT and self.history.nearest(step) is not None:
            self._go_to(step, self.training.update_row)
        elif status == BAD_GRADIENT:
            self._clock(self.steps)
        self.cursor = self.training.update_row if row is None else row + 1
        newton = "update.step" in self.training.graph.names
        return diverged(None if row is None else self.instructions[row], step, NEWTON_ADVICE if newton else ADVICE)
