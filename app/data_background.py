"""Work on data off the window's thread: the newest request wins, results come back through a timer."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from engine.errors import ChainruleError

POLL_MS = 25
log = logging.getLogger("chainrule.data")


class Background(QObject):
    """`done(key, result)` or `failed(key, message)` for the newest request; older ones are dropped silently."""

    done = Signal(object, object)
    failed = Signal(object, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._results: queue.SimpleQueue[tuple[int, Any, Any, str]] = queue.SimpleQueue()
        self._number = 0
        self._todo: tuple[int, Any, Callable[[], Any]] | None = None
        self._thread: threading.Thread | None = None
        self._timer = QTimer(self, interval=POLL_MS)
        self._timer.timeout.connect(self._look)

    @property
    def busy(self) -> bool:
        """Whether the newest request is under way."""
        return self._timer.isActive()

    def request(self, key: Any, work: Callable[[], Any]) -> None:
        """Call `work` in a thread of its own; while an older one runs, only the newest request waits."""
        self._number += 1
        self._todo = (self._number, key, work)
        self._timer.start()
        self._begin()

    def cancel(self) -> None:
        """Nobody waits for it any more."""
        self._number += 1
        self._todo = None
        self._timer.stop()

    def _begin(self) -> None:
        if self._todo is not None and (self._thread is None or not self._thread.is_alive()):
            todo, self._todo = self._todo, None
            self._thread = threading.Thread(target=_carry_out, args=(*todo, self._results), daemon=True)
            self._thread.start()

    def _look(self) -> None:
        self._begin()
        while not self._results.empty():
            number, key, result, message = self._results.get()
            if number != self._number:
                continue
            self._timer.stop()
            if message:
                self.failed.emit(key, message)
            else:
                self.done.emit(key, result)


def _carry_out(number: int, key: Any, work: Callable[[], Any], results: queue.SimpleQueue) -> None:
    try:
        results.put((number, key, work(), ""))
    except ChainruleError as error:
        results.put((number, key, None, str(error)))
    except MemoryError:
        results.put((number, key, None, "There is not enough memory for this data; use fewer rows."))
    except Exception as error:
        log.exception("defect while reading data")
        results.put((number, key, None, f"Something went wrong inside Chainrule ({type(error).__name__}: {error})."))
