"""A second thread of the worker's, for what its training need not wait for. Light to import."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable

log = logging.getLogger("chainrule.worker")


class Beside:
    """A thread for one job at a time. It begins with the first job."""

    def __init__(self, name: str = "pictures") -> None:
        self._name = f"chainrule-{name}"
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._idle = threading.Event()
        self._idle.set()
        self._thread: threading.Thread | None = None

    def take(self, job: Callable[[], None]) -> bool:
        """Begin `job`; False if another one is still at work. Only one thread may give jobs."""
        if not self._idle.is_set():
            return False
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name=self._name, daemon=True)
            self._thread.start()
        self._idle.clear()
        self._jobs.put(job)
        return True

    @property
    def idle(self) -> bool:
        """Whether no job is at work."""
        return self._idle.is_set()

    def wait(self) -> None:
        """Until no job is at work."""
        self._idle.wait()

    def stop(self) -> None:
        """End the thread after the job at hand."""
        if self._thread is not None:
            self._jobs.put(None)
            self._thread.join()
            self._thread = None

    def _serve(self) -> None:
        import numpy as np

        with np.errstate(all="ignore"):  # values that are not finite are shown as such
            while (job := self._jobs.get()) is not None:
                try:
                    job()
                except Exception:
                    log.exception("a job beside the worker failed")
                finally:
                    job = None  # or it would keep its session alive while this waits
                    self._idle.set()
