"""The worker thread's own side: takes commands, runs the session, publishes snapshots. No Qt here."""

from __future__ import annotations

import logging
import queue
import time
from collections import deque
from typing import TYPE_CHECKING, Any

from app import worker_commands as commands
from app.snapshot import Snapshot
from app.worker_keep import Memory
from app.worker_startup import Startup
from engine.errors import ChainruleError, DivergedError

if TYPE_CHECKING:
    from app.worker_looks import Looks
    from engine.explain import Explanation
    from engine.session import Session

CHUNK_SECONDS, PUBLISH_SECONDS = 0.033, 0.033
RATE_SECONDS = 1.0
NOTHING = "No network is open."
log = logging.getLogger("chainrule.worker")


class Loop:
    """One session at a time. `latest` is the slot: the newest snapshot, replaced as a whole."""

    def __init__(self) -> None:
        self.queue: queue.SimpleQueue[commands.Command] = queue.SimpleQueue()
        self.latest = Snapshot(message="Starting")
        self.session: Session | None = None
        self.startup = Startup(self._say)
        self._looks: Looks | None = None
        self._want = commands.Want()
        self._inspect = commands.Inspect()
        self._state: str = "loading"
        self._message = ""
        self._generation = 0
        self._focus: int | None = None
        self._left: int | None = None
        self._chunk, self._published, self._last_rate = 1, 0.0, 0.0
        self._explained: tuple[tuple, Explanation | None] = ((), None)
        self._memory, self._adopted = Memory(), False
        self._marks: deque[tuple[float, int]] = deque()
        self._actions: dict[type, Any] = {
            commands.Open: self._open, commands.Run: self._run, commands.Pause: self._pause, commands.Step: self._step,
            commands.RunTo: self._run_to, commands.Reset: self._reset, commands.SetRate: self._set_rate,
            commands.Want: self._set_want, commands.Inspect: self._set_inspect, commands.Keep: self._keep,
            commands.JudgeTest: self._judge_test,
        }  # fmt: skip

    def main(self) -> None:
        """Body of the thread: prepare, then serve until Stop."""
        self._guard(self.startup.run)
        import numpy as np

        if self.queue.empty():
            time.sleep(0.5)  # the window opens a network while the rest is imported; if not, it has none
        if self.queue.empty():
            self._fail(NOTHING)
        with np.errstate(all="ignore"):  # values that are not finite are shown as such
            self._serve()

    def _serve(self) -> None:
        while True:
            command = self._next()
            if isinstance(command, commands.Stop):
                return
            if command is not None:
                self._guard(self._actions[type(command)], command)
            elif self._state == "running":
                self._guard(self._train)

    def _next(self) -> commands.Command | None:
        try:
            return self.queue.get(block=self._state != "running")
        except queue.Empty:
            return None

    def _guard(self, action, *arguments) -> None:
        """Whatever goes wrong becomes a state with a message; the thread lives on."""
        try:
            action(*arguments)
        except DivergedError as error:
            self._focus = max(0, self.session.cursor - 1) if self.session else None
            self._stand("diverged", str(error))
        except ChainruleError as error:
            self._fail(str(error))
        except MemoryError:
            self._fail("There is not enough memory for this; use fewer units or a smaller batch.")
        except Exception as error:
            log.exception("defect in the worker")
            self._fail(f"Something went wrong inside Chainrule ({type(error).__name__}: {error}). Reset to go on.")

    def _fail(self, message: str) -> None:
        if self.session is None or self._state in ("loading", "compiling", "failed"):
            self._state = "failed"
        elif self._state == "running":
            self._state = "paused"
        self._stand(self._state, message)

    # --- commands ------------------------------------------------------------------------------------------------

    def _open(self, command: commands.Open) -> None:
        from app.worker_looks import Looks

        running = command.keep and self._state == "running"
        self._remember(command.keep)
        self.session = self._looks = None
        self._generation, self._focus, self._inspect = command.generation, None, commands.Inspect()
        self._state, self._last_rate = "compiling", 0.0
        self._say("Preparing the network", None)
        self.session, self._explained = self.startup.build(command.network), ((), None)
        self._adopted = self._memory.hand_over(self.session)
        self._looks = Looks(self.session)
        self._marks.clear()
        self._stand("running" if running else "ready")

    def _remember(self, keep: bool) -> None:
        """What the session so far has learned; another document begins with nothing."""
        if not keep:
            self._memory = Memory()
        elif self.session is not None and self._state != "diverged":
            self._memory.keep(self.session, self.session.steps > 0 or self._adopted)

    def _run(self, command: commands.Run) -> None:
        if self.session is None or self._state == "diverged":
            return
        self._left, self._focus, self._inspect = command.steps, None, commands.Inspect()
        self._marks.clear()
        self._rate()
        self._state, self._message = "running", ""

    def _pause(self, command: commands.Pause) -> None:
        if self._state == "running":
            self._stand("paused")
        elif self._state == "loading":
            self._fail(NOTHING)  # what the window has cannot run; the loading is over all the same

    def _step(self, command: commands.Step) -> None:
        if self.session is None:
            return
        session = self.session
        first = session.step_back() if command.back else session.step()
        while command.layer and session.cursor != 0 and self._same_layer(first, command.back):
            _ = session.step_back() if command.back else session.step()
        self._show_focus()

    def _same_layer(self, first, back: bool) -> bool:
        """Whether the next instruction in that direction belongs with `first`."""
        index = self.session.cursor - 1 if back else self.session.cursor
        other = self.session.instructions[index]
        return (other.layer, other.phase) == (first.layer, first.phase)

    def _run_to(self, command: commands.RunTo) -> None:
        if self.session is None or not 0 <= command.index < len(self.session.instructions):
            return
        self.session.run_to(command.index)
        self.session.step()
        self._show_focus()

    def _show_focus(self) -> None:
        session = self.session
        last = len(session.instructions) - 1
        self._focus = session.cursor - 1 if session.cursor else (last if session.steps else None)
        self._inspect = commands.Inspect()
        self._stand("stepping" if session.cursor else "paused")

    def _reset(self, command: commands.Reset) -> None:
        from app.worker_looks import Looks

        if self.session is None:
            return
        self.session.reset(command.seed)
        self._memory, self._adopted = Memory(), False
        self._looks, self._focus, self._inspect = Looks(self.session), None, commands.Inspect()
        self._explained, self._last_rate = ((), None), 0.0
        self._stand("ready")

    def _set_rate(self, command: commands.SetRate) -> None:
        if self.session is not None:
            self.session.learning_rate = command.rate
            self._publish()

    def _set_want(self, command: commands.Want) -> None:
        more = command.maps and not self._want.maps
        self._want = command
        if self._state != "running" and self._looks is not None:
            if more:
                self._looks.take(everything=True, boundary=command.boundary, maps=True)
            self._publish()

    def _set_inspect(self, command: commands.Inspect) -> None:
        self._inspect = command
        if self._state != "running" and self.session is not None:
            self._publish()

    def _keep(self, command: commands.Keep) -> None:
        begun = self.session is not None and (self.session.steps > 0 or self._adopted)
        learned = begun and self._state != "diverged"
        command.reply.put(self.session.checkpoint() if learned else None)

    def _judge_test(self, command: commands.JudgeTest) -> None:
        from app.worker_looks import judge_test

        if self.session is None:
            command.reply.put("The network cannot run, so it cannot be judged.")
            return
        try:
            command.reply.put(judge_test(self.session))
        except ChainruleError as error:
            command.reply.put(str(error))

    # --- running -------------------------------------------------------------------------------------------------

    def _train(self) -> None:
        chunk = self._chunk if self._left is None else min(self._chunk, self._left)
        start = time.perf_counter()
        done = self.session.train(steps=chunk).steps
        seconds = time.perf_counter() - start
        if done == chunk:
            self._chunk = max(1, min(1 << 20, round(chunk * min(2.0, CHUNK_SECONDS / max(seconds, 1e-6)))))
        if self._left is not None:
            self._left -= done
            if self._left <= 0:
                self._stand("paused")
                return
        if time.perf_counter() - self._published >= PUBLISH_SECONDS:
            self._looks.take(everything=False, boundary=self._want.boundary, maps=self._want.maps)
            self._publish()

    def _stand(self, state: str, message: str = "") -> None:
        """Stand still in `state` and publish an exact look at everything."""
        if self._state == "running":
            self._last_rate = self._rate()
        self._state, self._message = state, message
        try:
            if self._looks is not None:
                self._looks.take(everything=True, boundary=self._want.boundary, maps=self._want.maps)
            self._publish()
        except Exception as error:  # this is where errors end up: it may not raise any itself
            log.exception("no look at the session")
            self.latest = Snapshot(self._generation, state, message or f"{type(error).__name__}: {error}")

    # --- publishing ----------------------------------------------------------------------------------------------

    def _say(self, message: str, progress: float | None) -> None:
        self._message = message
        state = self._state if self._state in ("loading", "compiling") else "loading"
        self.latest = Snapshot(self._generation, state, message, progress)

    def _rate(self) -> float:
        now, steps = time.perf_counter(), self.session.steps
        if self._marks and steps < self._marks[-1][1]:
            self._marks.clear()
        self._marks.append((now, steps))
        while len(self._marks) > 2 and now - self._marks[0][0] > RATE_SECONDS:
            self._marks.popleft()
        seconds = now - self._marks[0][0]
        return (steps - self._marks[0][1]) / seconds if seconds > 0 else 0.0

    def _publish(self) -> None:
        session, looks = self.session, self._looks
        self._published = time.perf_counter()
        if session is None or looks is None:
            self.latest = Snapshot(self._generation, self._state, self._message)
            return
        running = self._state == "running"
        rate = self._rate() if running else self._last_rate
        self.latest = Snapshot(
            self._generation, self._state, self._message, None, session.steps, session.epoch, rate, session.cursor,
            self._focus, looks.loss(), looks.learning_rate(), looks.metrics, looks.curves.history(),
            session.instructions, looks.copies(self._want.names), looks.thumbnails, looks.bars, looks.norms,
            looks.boundary, None if running else self._explain(), session.dataset, session.shapes,
            session.arena_bytes, looks.parameter_count, looks.extra(), looks.maps,
        )  # fmt: skip

    def _explain(self) -> Explanation | None:
        session = self.session
        index = self._inspect.index if self._inspect.index is not None else self._focus
        if index is None or not 0 <= index < len(session.instructions):
            return None
        key = (session.steps, session.cursor, index, self._inspect.element)
        if key != self._explained[0]:
            self._explained = (key, self._explanation_of(index))
        return self._explained[1]

    def _explanation_of(self, index: int) -> Explanation | None:
        from engine.explain import explain

        try:
            return explain(self.session, index, self._inspect.element)
        except (ChainruleError, IndexError, ValueError) as error:
            self._message = self._message or str(error)
            return None
