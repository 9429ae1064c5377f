"""A race of optimisers from where the session stands, on a thread of its own beside the training."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.watches import base
from engine.errors import ChainruleError
from engine.race import POINTS, Contestant, Race, Standing

if TYPE_CHECKING:
    from engine.session import Session
    from engine.surface.path import NamedPath

SHARE = 0.3  # of the time that its thread may take while training runs
ROUND, TOLD = 0.03, 0.2  # s: of one round, and between two publications
log = logging.getLogger("chainrule.worker")


@dataclass(frozen=True)
class RaceWish:
    """Who runs, and for how many steps. Another number in `run` starts another race; `stopped` ends it."""

    contestants: tuple[Contestant, ...] = ()
    steps: int = 1000
    run: int = 0
    stopped: bool = False


@dataclass(frozen=True, eq=False)
class RaceData:
    """What is published: who stands where; `done` of `steps` steps from step `begin` on; `noisy`: a step has only some
    of the rows."""

    standings: tuple[Standing, ...] = ()
    begin: int = 0
    done: int = 0
    steps: int = 0
    running: bool = False
    message: str = ""
    run: int = 0
    noisy: bool = False


class Watch(base.Watch):
    """`others`: the paths of the contestants, for the loss surface."""

    share, least = 0.02, 0.1

    def __init__(self, session: Session, wish: RaceWish | None = None, before: Any = None) -> None:
        super().__init__(session, wish, before)
        self._run = 0 if wish is None else wish.run  # that one was another session's
        self._course: Course | None = None

    def ask(self, wish: RaceWish) -> None:
        self.wish = wish
        if wish.run != self._run:
            self._run = wish.run
            self.leave()
            self._course = Course(self, wish)
            self._course.start()
        elif wish.stopped and self._course is not None:
            self._course.stop()

    def look(self) -> RaceData | None:
        return None if self._course is None else self._course.data

    def leave(self) -> None:
        if self._course is not None:
            self._course.stop()
        self._course, self.others = None, ()

    def show(self, course: Course, paths: tuple[NamedPath, ...]) -> None:
        """News of a course, if it is the one at hand."""
        if course is self._course:
            self.others = paths
            self.again()


class Course:
    """One race. It takes turns with the training, which it sees by the steps of its session."""

    def __init__(self, watch: Watch, wish: RaceWish) -> None:
        """Between two steps: the session's parameters are taken here."""
        self._watch, self._wish, self._session = watch, wish, watch.session
        self._checkpoint = self._session.checkpoint()
        self._race: Race | None = None
        self._ended = threading.Event()
        self._noisy = self._session.batch_size < len(self._session.dataset.train)
        self.data = RaceData((), self._checkpoint.steps, 0, wish.steps, True, "", wish.run, self._noisy)

    def start(self) -> None:
        """Off."""
        threading.Thread(target=self._go, name="chainrule-race", daemon=True).start()

    def stop(self) -> None:
        """End it; what is known stays."""
        self._ended.set()
        race = self._race
        if race is not None:
            race.stop()

    # --- on its thread --------------------------------------------------------------------------------------------

    def _go(self) -> None:
        message = ""
        try:
            self._race = race = Race(self._session, self._wish.contestants, self._checkpoint)
            self._rounds(race)
        except ChainruleError as error:
            message = str(error)
        except MemoryError:
            message = "There is not enough memory for a race of so many."
        except Exception as error:
            log.exception("the race")
            message = f"The race broke off ({type(error).__name__}: {error})."
        self._tell(False, message)
        self._race = None  # its arenas; what is published are copies

    def _rounds(self, race: Race) -> None:
        left, turn, told = self._wish.steps, 1, 0.0
        most = max(1, left // POINTS)  # or the paths would be coarse
        while left > 0 and not race.over and not self._ended.is_set():
            steps, start, cpu = self._session.steps, time.perf_counter(), time.thread_time()
            turn = min(turn, left, most)
            if not race.advance(turn):
                return
            left -= turn
            now = time.perf_counter()
            if now - told > TOLD:
                told = now
                self._tell(True)
            if now - start < ROUND:
                turn *= 2
            elif now - start > 2 * ROUND:
                turn = max(1, turn // 2)
            if self._session.steps != steps:
                self._ended.wait((time.thread_time() - cpu) * (1 / SHARE - 1))

    def _tell(self, running: bool, message: str = "") -> None:
        race, wish = self._race, self._wish
        standings = () if race is None else race.stand()
        done = max((standing.steps for standing in standings), default=self._checkpoint.steps) - self._checkpoint.steps
        self.data = RaceData(standings, self._checkpoint.steps, done, wish.steps, running, message, wish.run,
                             self._noisy)  # fmt: skip
        self._watch.show(self, tuple(found.path for found in standings if len(found.path.points) > 1))
