"""The life of the worker's thread: prepare, serve commands, go on with what is under way; nothing ends it but Stop."""

from __future__ import annotations

import logging
import queue
import time
from typing import TYPE_CHECKING, Any

from app import worker_commands as commands
from app.snapshot import Snapshot
from app.worker_beside import Beside
from app.worker_startup import Startup
from engine.errors import ChainruleError, DivergedError, NetworkError

if TYPE_CHECKING:
    from app.worker_walk import Walk
    from engine.problems import Problem
    from engine.session import Session

NOTHING = "No network is open."
log = logging.getLogger("chainrule.worker")


class Serving:
    """What the worker does is up to the class that inherits: `_actions` by kind of command, `_stride` while it walks,
    `_train` while it runs, `_stand` to stand still in a state and tell so."""

    _actions: dict[type, Any]

    def __init__(self) -> None:
        self.queue: queue.SimpleQueue[commands.Command] = queue.SimpleQueue()
        self.latest = Snapshot(message="Starting")
        self.taken = self.latest  # the one that the window has looked at last; set by its thread
        self.session: Session | None = None
        self.startup = Startup(self._say)
        self._beside = Beside()
        self._state: str = "loading"
        self._message = ""
        self._generation = 0
        self._problems: tuple[Problem, ...] = ()
        self._focus: int | None = None
        self._walk: Walk | None = None
        self._due = 0.0

    def main(self) -> None:
        """Body of the thread: prepare, then serve until Stop."""
        self._guard(self.startup.run)
        import numpy as np

        if self.queue.empty():
            time.sleep(0.5)  # the window opens a network while the rest is imported; if not, it has none
        if self.queue.empty() and self._state != "failed":
            self._fail(NOTHING)
        with np.errstate(all="ignore"):  # values that are not finite are shown as such
            self._serve()

    def _serve(self) -> None:
        while True:
            command = self._next()
            if isinstance(command, commands.Stop):
                self._beside.stop()
                self._end()
                return
            if command is not None:
                self._guard(self._actions[type(command)], command)
            elif self._walk is not None:
                self._guard(self._stride)
            elif self._state == "running":
                self._guard(self._train)

    def _end(self) -> None:
        """What else to do before the thread ends."""

    def _next(self) -> commands.Command | None:
        """The next command: waited for while nothing is under way, and until the next step is due at a slow pace."""
        try:
            if self._state != "running" and self._walk is None:
                return self.queue.get()
            wait = self._due - time.perf_counter()
            return self.queue.get(timeout=wait) if wait > 0 else self.queue.get_nowait()
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
            self._problems = tuple(error.problems) if isinstance(error, NetworkError) else ()
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

    def _say(self, message: str, progress: float | None) -> None:
        self._message = message
        state = self._state if self._state in ("loading", "compiling") else "loading"
        self.latest = Snapshot(self._generation, state, message, progress)
