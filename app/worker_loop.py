"""The worker thread's own side: takes commands, runs the session, publishes snapshots. No Qt here."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

from app import heap
from app import worker_commands as commands
from app.snapshot import Snapshot
from app.worker_explain import Explainer
from app.worker_keep import Learned
from app.worker_serving import NOTHING
from app.worker_speed import Speed
from app.worker_timeline import Aside, Seek, Timed
from app.worker_walk import Walk, to_layer_end, to_row
from engine.errors import SessionError

if TYPE_CHECKING:
    from app.worker_keep import Handed
    from app.worker_looks import Looks
    from app.worker_surface import Surface
    from app.worker_watches import Watching
    from engine.checkpoint import Checkpoint
    from engine.early_stopping import EarlyStopping
    from engine.explain import Explanation
    from engine.network import Network
    from engine.session import Session
    from engine.timeline import Timeline

CHUNK_SECONDS, PUBLISH_SECONDS = 0.033, 0.033
UNREAD_SECONDS = 0.25  # after which a snapshot is followed by another one, read or not
QUICK = (0.012, 0.024)  # the same where pictures of the plane are drawn: more than thirty a second
log = logging.getLogger("chainrule.worker")


class Loop(Timed):
    """One session at a time. `latest` is the slot: the newest snapshot, replaced as a whole."""

    def __init__(self) -> None:
        super().__init__()
        self._looks: Looks | None = None
        self._generation = 0
        self._left: int | None = None
        self._chunk, self._published, self._speed = 1, 0.0, Speed()
        self._explainer = Explainer()
        self._pace = commands.Pace()
        self._learned = Learned()
        self._stopping: EarlyStopping | None = None
        self._unopened: Timeline | None = None  # of a document that could not run when it was opened
        self._surface: Surface | None = None
        self._watching: Watching | None = None
        self._aside: Aside | None = None
        self._actions: dict[type, Any] = {
            commands.Open: self._open, commands.Close: self._close, commands.Reset: self._reset,
            commands.Run: self._run, commands.Pause: self._pause, commands.Step: self._step,
            commands.RunTo: self._run_to, commands.SetRate: self._set_rate, commands.Pace: self._set_pace,
            commands.Want: self._set_want, commands.Inspect: self._set_inspect, commands.Keep: self._keep,
            commands.JudgeTest: self._judge_test, commands.Unreset: self._unreset,
            commands.LookAround: self._look_around, commands.MoveTo: self._move_to,
            commands.MeasureCurvature: self._measure, commands.Refresh: self._refresh,
            commands.AskView: self._ask_view, commands.GoTo: self._go_to, commands.EditBranch: self._branch,
            commands.KeepTimeline: self._keep_timeline,
        }  # fmt: skip

    # --- commands ------------------------------------------------------------------------------------------------

    def _open(self, command: commands.Open) -> None:
        from app.worker_looks import Looks
        from app.worker_surface import Surface
        from app.worker_watches import Watching
        from engine.early_stopping import stopping_of

        if not command.keep:
            self.runs = self._unopened = None
        running, surface, watching = command.keep and self._going_on(), self._surface, self._watching
        self._learned.change(self.session, command, self._state)
        self._leave(command.generation)
        self._state, self._speed = "compiling", Speed()
        self._say("Preparing the network", None)
        network = command.network
        kept, network.checkpoint, network.timeline = network.timeline, None, None  # handed over, as far as they fit
        session = self.startup.build(network)
        self._explainer.forget()
        handed = self._learned.hand_over(session)
        left, going_on = self._join(session, command, handed, kept)
        self._looks, self.session = Looks(session, self._beside, self.runs.curves), session
        self._stopping = stopping_of(session)
        self._surface = Surface(session, lambda: self.queue.put(commands.Refresh()), surface if going_on else None)
        self._surface.ask(self.around)
        self._watching = Watching(session, self._threads, self.wishes, watching if going_on else None)
        if left or command.at is not None:
            self._arrive(other=False)
            self._begin(Seek(session, left))
            return
        self._stand("running" if running else "ready", self._learned.news)
        if running:
            self._run(commands.Run(self._left))
            self._message = self._learned.news

    def _join(
        self, session: Session, command: commands.Open, handed: Handed, kept: Timeline | None
    ) -> tuple[int, bool]:
        """The branch that a new session runs. Returns how many steps are left to replay, and whether what followed the
        session before goes on."""
        from app.worker_runs import Runs

        if self.runs is None:
            runs = Runs()
            runs.open(session, kept or self._unopened)
            self.runs = runs  # whole: the window's thread may look for it
            return 0, False
        at = command.at or self.runs.way_back(session.network)
        if at is not None and at[0] in self.runs.timeline.branches:
            return self.runs.enter(session, *at), False
        return 0, self.runs.change(session, handed)

    def _close(self, command: commands.Close) -> None:
        self._learned, self.runs = Learned(command.network), None
        self._unopened = command.network.timeline
        self._leave(command.generation)
        self._fail("")

    def _leave(self, generation: int) -> None:
        if self._surface is not None:
            self._surface.leave()
        if self._watching is not None:
            self._watching.leave()
        self.session = self._looks = self._walk = self._aside = self._surface = self._watching = None
        heap.trim()
        self._problems = ()
        self._generation, self._focus, self._inspect = generation, None, commands.Inspect()

    def _run(self, command: commands.Run) -> None:
        if self.session is None or self._state == "diverged":
            return
        self._left, self._inspect, self._due = command.steps, commands.Inspect(), 0.0
        self._chunk = 1  # a stretch of another network may be far too long for this one
        self._speed.begin()
        self._speed.at(self.session.steps)
        self._message, self._walk = "", None
        if command.back or self._pace.operations:
            self._begin(Walk(self.session, command.back))
        else:
            self._state, self._focus = "running", None

    def _going_on(self) -> bool:
        """Whether training goes on by itself, at whatever pace."""
        return self._state == "running" or (self._walk is not None and self._walk.endless and not self._walk.back)

    def _set_pace(self, command: commands.Pace) -> None:
        self._pace, self._due = command, 0.0
        if self._going_on():
            self._run(commands.Run(self._left))

    def _pause(self, command: commands.Pause) -> None:
        if self._walk is not None:
            self._show_focus()
        elif self._state == "running":
            self._stand("paused")
        elif self._state == "loading":
            self._fail(NOTHING)  # what the window has cannot run; the loading is over all the same

    def _step(self, command: commands.Step) -> None:
        if self.session is None:
            return
        if command.layer:
            self._begin(to_layer_end(self.session, command.back))
            return
        if command.back:
            self._back_one()
        else:
            self.session.step()
        self._show_focus()

    def _back_one(self) -> None:
        try:
            self.session.step_back()
        except SessionError:
            if not self._reach_back():
                raise
            self.session.step_back()

    def _run_to(self, command: commands.RunTo) -> None:
        if self.session is not None and 0 <= command.index < len(self.session.instructions):
            self._begin(to_row(self.session, command.index, command.back))

    # --- walking over instructions -------------------------------------------------------------------------------

    def _begin(self, walk: Walk) -> None:
        """Go on over instructions, a stretch at a time, so that a pause is heard in between."""
        if walk.back and self.session.steps == 0 and self.session.cursor == 0:
            self._stand(self._state, "This is the beginning: there is nothing to go back to.")
            return
        if self._state == "running":
            self._speed.at(self.session.steps)
        self._walk, self._state, self._message, self._due = walk, "stepping", "", 0.0
        self._published = time.perf_counter()

    def _stride(self) -> None:
        walk, session, paced = self._walk, self.session, self._walk.endless and self._pace.seconds > 0
        before = session.steps
        over = self._walk_on(CHUNK_SECONDS)
        if self._left is not None and walk.endless and not walk.back:
            self._left -= session.steps - before
            over = over or self._left <= 0
        if over:
            self._show_focus()
            return
        now = time.perf_counter()
        self._due = self._next_due(now) if paced else 0.0
        if paced or now - self._published >= PUBLISH_SECONDS:
            self._turn_to_cursor()
            self._take(everything=paced)
            self._message = "" if walk.endless else "Running there; Space stops it"
            self._publish()

    def _next_due(self, now: float) -> float:
        """When to go on: in time with the moment that was meant, unless that is long past."""
        meant = self._due if now - self._due < self._pace.seconds else now
        return meant + self._pace.seconds

    def _turn_to_cursor(self) -> None:
        session = self.session
        last = len(session.instructions) - 1
        self._focus = session.cursor - 1 if session.cursor else (last if session.steps else None)
        self._inspect = commands.Inspect()

    def _show_focus(self) -> None:
        self._turn_to_cursor()
        self._stand("stepping" if self.session.cursor else "paused")

    def _begin_anew(self) -> None:
        from app.worker_looks import Looks

        self._learned, self._speed = Learned(), Speed()
        if self._stopping is not None:
            self._stopping.forget()
        self._looks = Looks(self.session, self._beside, self.runs.curves)
        self._focus, self._inspect = None, commands.Inspect()
        self._explainer.forget()
        if self._surface is not None:
            self._surface.restart()
        if self._watching is not None:
            self._watching.leave()
            self._watching = self._watching.anew()

    def _set_rate(self, command: commands.SetRate) -> None:
        session = self.session
        if session is None:
            return
        before, session.learning_rate = session.learning_rate, command.rate
        if session.learning_rate != before:
            self._changed(f"rate {command.rate:g}")
        self._publish()

    def _keep(self, command: commands.Keep) -> None:
        command.reply.put(self._learned.checkpoint(self.session, self._state, command.network))

    def before(self, network: Network) -> Checkpoint | None:
        """What the session before had learned, as far as it fits `network`. Any thread may ask while one is built."""
        return self._learned.before(network)

    # --- running -------------------------------------------------------------------------------------------------

    def _train(self) -> None:
        paced = self._pace.seconds > 0
        stretch, period = QUICK if self._looks.plane is not None else (CHUNK_SECONDS, PUBLISH_SECONDS)
        chunk = 1 if paced else self._chunk if self._left is None else min(self._chunk, self._left)
        chunk = chunk if self._stopping is None else min(chunk, self._stopping.steps_left(self.session))
        start = time.perf_counter()
        done = self.session.train(steps=chunk, fresh=False).steps
        if done == 0:
            return  # a command has come in between
        seconds = time.perf_counter() - start
        self._due = self._next_due(start) if paced else 0.0
        if not paced:
            self._chunk = max(1, min(1 << 20, round(done * min(2.0, stretch / max(seconds, 1e-6)))))
        if self._left is not None:
            self._left -= done
        told = "" if self._stopping is None else self._stopping.ends(self.session)
        if told:
            self._changed("")  # the best weights have come back
        if told or (self._left is not None and self._left <= 0):
            self._stand("paused", told)
            return
        since = time.perf_counter() - self._published
        read = self.taken is self.latest or since >= UNREAD_SECONDS  # or the window is still busy with the one before
        if self._pace.seconds >= period or (since >= period and read):
            self._take(everything=False)
            self._publish()

    def _stand(self, state: str, message: str = "") -> None:
        """Stand still in `state` and publish an exact look at everything."""
        if self._state == "running":
            self._speed.at(self.session.steps)
        self._state, self._message, self._walk = state, message, None
        try:
            if self._looks is not None:
                self._take(everything=True)
            self._publish()
        except Exception as error:  # this is where errors end up: it may not raise any itself
            log.exception("no look at the session")
            self.latest = Snapshot(self._generation, state, message or f"{type(error).__name__}: {error}")

    # --- publishing ----------------------------------------------------------------------------------------------

    def _take(self, everything: bool) -> None:
        """Look again at what the window shows, as far as it is due."""
        self._looks.take(everything, self.want.boundary, self.want.maps)
        if self._watching is not None:
            self._watching.take(everything, self.want.views)

    def _publish(self) -> None:
        session, looks = self.session, self._looks
        self._published = time.perf_counter()
        if session is None or looks is None or self._surface is None:
            self.latest = Snapshot(self._generation, self._state, self._message, problems=self._problems)
            return
        running, walk, surface = self._state == "running", self._walk, self._surface
        if self._state not in ("diverged", "failed") and self.runs.follow(session):
            looks.curves = self.runs.curves
        surface.follow()
        surface.others = self.runs.others(session) + (() if self._watching is None else self._watching.others)
        surface.look(running)
        rate = self._speed.at(session.steps) if running else self._speed.last
        self.latest = Snapshot(
            self._generation, self._state, self._message, None if walk is None else walk.progress, session.steps,
            session.epoch, rate, session.cursor,
            self._focus, looks.loss(), looks.learning_rate(), looks.metrics, looks.curves.history(),
            session.instructions, looks.copies(self.want.names), looks.thumbnails, looks.bars, looks.norms,
            looks.boundary, None if running else self._explain(), session.dataset, session.shapes,
            session.arena_bytes, looks.parameter_count, looks.extra() | {"surface": surface.around},
            looks.maps, running or walk is not None,
            (*session.doubts, *session.hints()), self._aside is not None, looks.losses(), looks.step_rate(),
            {} if self._watching is None else dict(self._watching.data), self.runs.view(),
        )  # fmt: skip

    def _explain(self) -> Explanation | None:
        if self._walk is not None and not (self._walk.endless and self._pace.seconds):
            return self._explainer.last  # too fast to be read
        index = self._inspect.index if self._inspect.index is not None else self._focus
        explanation, trouble = self._explainer.explain(self.session, index, self._inspect.element)
        self._message = self._message or trouble
        return explanation
