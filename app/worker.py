"""The window's handle on the worker: one plain thread, a queue of commands in, the latest snapshot out."""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING

from app import worker_commands as commands
from app.worker_loop import Loop

if TYPE_CHECKING:
    from app.snapshot import Snapshot
    from engine.checkpoint import Checkpoint
    from engine.network import Network
    from engine.timeline import Timeline


class Worker:
    """Every method returns at once; what comes of it shows in a later snapshot."""

    def __init__(self) -> None:
        self._loop = Loop()
        self._thread = threading.Thread(target=self._loop.main, name="chainrule-worker", daemon=True)
        self._want = commands.Want()

    def start(self, hold: bool = False) -> None:
        """Begin with the heavy imports; `hold`: those of the engine wait for `go_on`."""
        if hold:
            self._loop.startup.hold()
        self._thread.start()

    def go_on(self) -> None:
        """The window's own imports are over."""
        self._loop.startup.go_on()

    def stop(self, timeout: float = 10.0) -> bool:
        """End the thread and wait for it; False if it is still busy after `timeout` seconds."""
        if not self._thread.is_alive():
            return True
        self.go_on()
        self._urge(commands.Stop())
        self._thread.join(timeout)
        return not self._thread.is_alive()

    @property
    def alive(self) -> bool:
        """Whether the thread still runs."""
        return self._thread.is_alive()

    @property
    def latest(self) -> Snapshot:
        """The newest snapshot."""
        latest = self._loop.latest
        self._loop.taken = latest
        return latest

    @property
    def stage(self) -> int:
        """How far the imports have come: worker_startup.FILES, PLOTS, ENGINE."""
        return self._loop.startup.stage

    def open(self, network: Network, generation: int, keep: bool = False, at: tuple[int, int] | None = None) -> None:
        """Build a session of `network`; it is copied here, on the caller's thread.

        `keep` takes over what has been learned so far, as far as it fits, and lets a run go on. `at`: a branch of the
        timeline whose network this is, and a step of it to go to.
        """
        self._urge(commands.Open(network.copy(), generation, keep, at))

    def close(self, network: Network, generation: int) -> None:
        """Another document, which cannot run as it is: what the one before has learned is forgotten."""
        self._urge(commands.Close(network.copy(), generation))

    def run(self, steps: int | None = None, back: bool = False) -> None:
        """Train until paused, or for `steps` steps; `back` plays what has been trained backwards."""
        self._loop.queue.put(commands.Run(steps, back))

    def set_pace(self, pace: commands.Pace) -> None:
        """Run at this pace, now and from now on."""
        self._urge(pace)

    def pause(self) -> None:
        """Stop after the step at hand."""
        self._urge(commands.Pause())

    def step(self, back: bool = False, layer: bool = False) -> None:
        """One instruction, or all that follow in the same layer and direction; `back` takes them back."""
        self._urge(commands.Pause())
        self._loop.queue.put(commands.Step(back, layer))

    def run_to(self, index: int, back: bool = False) -> None:
        """Go on until instruction `index` has run; `back` goes back until it is the next to run."""
        self._urge(commands.Pause())
        self._loop.queue.put(commands.RunTo(index, back))

    def go_to(self, step: int, branch: int | None = None) -> None:
        """Go to a step of a branch of the timeline (None: the one that runs), which has the network that runs."""
        self._urge(commands.Pause())
        self._loop.queue.put(commands.GoTo(step, branch))

    def edit_branch(self, deed: str, id: int = 0, name: str = "") -> None:
        """ "fork" here, "rename" or "delete" a branch, "prune" the checkpoints of all."""
        self._loop.queue.put(commands.EditBranch(deed, id, name))

    def timeline(self, timeout: float = 5.0) -> Timeline | None:
        """All runs with their checkpoints, for a file; None where there is nothing to keep. Waits for the step at
        hand. Raises SessionError if that takes longer than `timeout` seconds."""
        from engine.errors import SessionError

        runs = self._loop.runs
        if runs is None or self.latest.state == "compiling":  # which may take seconds, and changes nothing of them
            return None if runs is None else runs.to_keep()
        reply: queue.SimpleQueue[Timeline | None] = queue.SimpleQueue()
        self._loop.queue.put(commands.KeepTimeline(reply))
        try:
            return reply.get(timeout=timeout)
        except queue.Empty:
            raise SessionError("The session is busy, so its runs cannot be saved now. Pause it first.") from None

    @property
    def has_runs(self) -> bool:
        """Whether there are runs of the document that is open."""
        return self._loop.runs is not None

    def reset(self, seed: int | None = None) -> None:
        """Back to step 0."""
        self._urge(commands.Pause())
        self._loop.queue.put(commands.Reset(seed))

    def unreset(self) -> None:
        """Bring back what the last reset threw away."""
        self._loop.queue.put(commands.Unreset())

    def set_learning_rate(self, rate: float) -> None:
        """Learn at this rate from now on."""
        self._loop.queue.put(commands.SetRate(rate))

    def checkpoint(self, network: Network, timeout: float = 5.0) -> Checkpoint | None:
        """What has been learned so far, taken between two steps, as far as it fits `network`; None where nothing has.

        Waits for the step at hand. Raises SessionError if that takes longer than `timeout` seconds.
        """
        from engine.errors import SessionError

        try:
            return self.ask_checkpoint(network).get(timeout=timeout)
        except queue.Empty:
            raise SessionError("The session is busy, so its weights cannot be saved now. Pause it first.") from None

    def ask_checkpoint(self, network: Network) -> queue.SimpleQueue[Checkpoint | None]:
        """The queue will hold what has been learned so far, also by a network that has been broken since."""
        reply: queue.SimpleQueue[Checkpoint | None] = queue.SimpleQueue()
        if self.latest.state == "compiling":  # which may take seconds
            reply.put(self._loop.before(network))
        else:
            self._loop.queue.put(commands.Keep(network.copy(), reply))
        return reply

    def judge_test(self) -> queue.SimpleQueue[dict[str, float] | str]:
        """Open the test rows: the queue will hold loss, accuracy or r2 and rows, or a message that says why not."""
        reply: queue.SimpleQueue[dict[str, float] | str] = queue.SimpleQueue()
        self._loop.queue.put(commands.JudgeTest(reply))
        return reply

    def set_wanted(
        self, names: set[str], boundary: bool = True, maps: bool = False, views: frozenset[str] = frozenset()
    ) -> None:
        """Publish copies of these values, the boundary and the maps of all units if anyone looks at them, and what the
        `views` that are seen show."""
        want = commands.Want(frozenset(names), boundary, maps, views)
        if want != self._want:
            self._want = want
            if self._loop.session is None:
                self._loop.want = want  # read where a session is made
            else:
                self._loop.queue.put(want)

    def ask_view(self, id: str, wish: object) -> None:
        """What the view `id` is to show from now on."""
        if self._loop.session is None:
            self._loop.wishes[id] = wish  # read where a session is made
        else:
            self._loop.queue.put(commands.AskView(id, wish))

    def look_around(self, wish: commands.LookAround) -> None:
        """Draw this loss surface from now on."""
        self._loop.around = wish  # read where a session is made
        if self._loop.session is not None:
            self._loop.queue.put(wish)

    def move_to(self, a: float, b: float) -> None:
        """Put the parameters to a place of the loss surface."""
        self._urge(commands.MoveTo(a, b))

    def measure_curvature(self) -> None:
        """Work out how the loss bends at the current parameters."""
        self._loop.queue.put(commands.MeasureCurvature())

    def inspect(self, index: int | None, element: tuple[int, ...] | None = None) -> None:
        """Explain instruction `index` (None: the one in focus) at `element`."""
        self._loop.queue.put(commands.Inspect(index, element))

    def _urge(self, command: commands.Command) -> None:
        """Queue `command` and make a run that is under way give way to it."""
        self._loop.queue.put(command)
        session = self._loop.session
        if session is not None:
            session.pause()
