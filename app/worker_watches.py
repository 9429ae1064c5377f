"""The watches of one session: which are due, what they found, and the threads beside that some of them work on."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from app.worker_beside import Beside
from app.worker_budget import Budget
from engine.errors import ChainruleError

if TYPE_CHECKING:
    from app.watches.base import Watch
    from engine.session import Session
    from engine.surface.path import NamedPath

log = logging.getLogger("chainrule.worker")


class Threads:
    """A thread a view, from one session to the next. `news()` is called on it when something is ready."""

    def __init__(self, news: Callable[[], None]) -> None:
        self.news, self._threads = news, dict[str, Beside]()

    def of(self, id: str) -> Beside:
        """The thread of the view `id`."""
        return self._threads.setdefault(id, Beside(id))

    def stop(self) -> None:
        """End those that have nothing to do; the others end with the process."""
        for thread in self._threads.values():
            if thread.idle:
                thread.stop()


class Watching:
    """`data`: by view, what its watch found last."""

    def __init__(self, session: Session, threads: Threads, wishes: dict[str, Any], before: Watching | None = None):
        """`wishes` by view, kept by the caller; `before`: of the session that this one goes on with."""
        from app.watches import watches

        self.session, self.data, self._threads, self._wishes = session, dict[str, Any](), threads, wishes
        self._kinds, self._before = watches(), dict(before._watches) if before is not None else {}
        self._watches: dict[str, Watch] = {}
        self._budgets = {id: Budget(kind.share, kind.least) for id, kind in self._kinds.items()}
        self._late: set[str] = set()  # wanted, but their threads were still busy
        self._again: SimpleQueue[str] = SimpleQueue()  # ids of watches that asked for it, from any thread
        self._logged: set[str] = set()
        self._standing = False

    def anew(self) -> Watching:
        """Those of the same session, begun again."""
        return Watching(self.session, self._threads, self._wishes)

    def leave(self) -> None:
        """End what is at work."""
        for watch in self._watches.values():
            watch.leave()

    @property
    def others(self) -> tuple[NamedPath, ...]:
        """All paths that the loss surface draws beside the network's own."""
        return tuple(path for watch in self._watches.values() for path in watch.others)

    def ask(self, id: str, wish: Any) -> None:
        """Another wish of a view."""
        self._wishes[id] = wish
        if id in self._watches:
            self._watches[id].ask(wish)

    def take(self, everything: bool, wanted: Collection[str]) -> None:
        """Look at what is wanted or always recorded, as far as it is due (`everything`: at all of it)."""
        self._standing = everything
        self._late &= set(wanted)
        for id, kind in self._kinds.items():
            asked = id in wanted or kind.always
            if asked and (everything or self._budgets[id].due()):
                self._look(id)
        self._before.clear()

    def take_late(self) -> None:
        """Look at what had to wait for its thread, and at what has something new."""
        late, self._late = self._late, set()
        while not self._again.empty():
            late.add(self._again.get())
        for id in late:
            self._look(id)

    def _look(self, id: str) -> None:
        start = time.thread_time()
        found = self._guarded(id, lambda: self._found(id))
        if not callable(found):
            self.data[id] = found
            self._budgets[id].spent(time.thread_time() - start)
        elif not self._threads.of(id).take(partial(self._work, id, found)):
            self._late.add(id)

    def _found(self, id: str) -> Any:
        watch = self._watch(id)
        watch.standing = self._standing
        return watch.look()

    def _work(self, id: str, job: Callable[[], Any]) -> None:
        start = time.thread_time()
        self.data[id] = self._guarded(id, job)
        self._budgets[id].spent(time.thread_time() - start)
        self._threads.news()

    def _watch(self, id: str) -> Watch:
        if id not in self._watches:
            watch = self._kinds[id](self.session, self._wishes.get(id), self._before.pop(id, None))
            watch.again = partial(self._ask_again, id)
            self._watches[id] = watch
        return self._watches[id]

    def _ask_again(self, id: str) -> None:
        self._again.put(id)
        self._threads.news()

    def _guarded(self, id: str, deed: Callable[[], Any]) -> Any:
        """What goes wrong is told in the view's place."""
        from app.watches.base import Trouble

        try:
            return deed()
        except ChainruleError as error:
            return Trouble(str(error))
        except MemoryError:
            return Trouble("There is not enough memory for this view.")
        except Exception as error:
            if id not in self._logged:
                self._logged.add(id)
                log.exception("the view %s", id)
            return Trouble(f"This view cannot be drawn ({type(error).__name__}: {error}).")
