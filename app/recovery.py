"""Unsaved edits are kept on disk while they are unsaved, and offered again after a crash."""

from __future__ import annotations

import contextlib
import datetime
import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Empty
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from app.recovery_files import About, Slot, abandoned, about_now, folder, new_slot
from engine.errors import ChainruleError

if TYPE_CHECKING:
    from collections.abc import Callable
    from queue import SimpleQueue

    from app.document import Change
    from app.window import MainWindow
    from engine.checkpoint import Checkpoint

log = logging.getLogger("chainrule.recovery")
AFTER_MS = 4000  # from the first unsaved edit; fsync and a busy disk stay well within ten seconds
PATIENCE = 3.0  # seconds that the weights may take, which are given between two steps


class Recovery(QObject):
    """Does nothing until `start`. `offered(words)`: what is offered, "" for nothing; `trouble`: why nothing is kept.

    Files are written and removed in order on one thread of its own.
    """

    offered = Signal(str)
    trouble = Signal(str)

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._document = window, window.document
        self._place: Path | None = None
        self._slot: Slot | None = None
        self._lost: list[tuple[Slot, About]] = []
        self._told = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="chainrule-recovery")
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(AFTER_MS)
        self._timer.timeout.connect(self.keep)

    def start(self, place: Path | None = None) -> None:
        """Begin to keep work in `place` (None: the user's data folder), and offer what others left there."""
        self._place = place or folder()
        self._document.changed.connect(self._follow)
        self._document.clean_changed.connect(self._follow_state)
        self._lost = abandoned(self._place) if self._place.is_dir() else []
        self._offer()

    # --- keeping -------------------------------------------------------------------------------------------------

    def _follow(self, change: Change) -> None:
        """Something is edited: keep it soon. The clock is not put back by further edits."""
        if not self._timer.isActive():
            self._timer.start()

    def _follow_state(self, clean: bool) -> None:
        if clean:
            self._timer.stop()
            self._forget()
        else:
            self._follow(None)

    def keep(self, then: Callable[[], object] = lambda: None) -> None:
        """Write what is open now, unless it is saved; `then`: to be done once it is on disk."""
        if self._place is None or self._document.clean:
            return
        about = about_now(self._document.name, self._document.path, self._window.files.stamp)
        network = self._document.network.copy()  # layers and wires are immutable, so this is all the other thread needs
        worker = self._window.worker
        learned = None if worker.latest.state == "loading" else worker.ask_checkpoint(network)
        self._do(lambda: (self._write(network, about, learned), then()))

    def _write(self, network, about: About, learned: SimpleQueue[Checkpoint | None] | None) -> None:
        if learned is not None:
            with contextlib.suppress(Empty):  # in a step that takes longer than that: what the file held
                network.checkpoint = learned.get(timeout=PATIENCE)
        self._slot = self._slot or new_slot(self._place)
        self._slot.write(network, about)

    def _forget(self) -> None:
        if self._place is not None:
            self._do(lambda: self._slot.clear() if self._slot else None)

    def _do(self, deed) -> None:
        self._thread.submit(self._guard, deed)

    def _guard(self, deed) -> None:
        try:
            deed()
        except Exception as error:
            if not isinstance(error, ChainruleError | OSError):
                log.exception("defect while keeping work")
            if not self._told:
                self._told = True
                self.trouble.emit(f"Unsaved work cannot be kept safe meanwhile: {error}")

    def flush(self) -> None:
        """Wait for what is being written."""
        self._thread.submit(lambda: None).result(30)

    def close(self) -> None:
        """The window closes of its own will: nothing of its work remains, what others lost stays for next time."""
        self._timer.stop()
        self._forget()
        self._thread.shutdown(wait=True)
        for slot in [slot for slot, _ in self._lost] + [self._slot] * (self._slot is not None):
            slot.release()
        self._place = None

    # --- giving back ---------------------------------------------------------------------------------------------

    def _offer(self) -> None:
        self.offered.emit(_words(self._lost[0][1], len(self._lost) - 1) if self._lost else "")

    def restore(self) -> bool:
        """Open what is offered, as unsaved edits; a copy is kept before the old one goes."""
        if not self._lost or not self._window.files.may_leave():
            return False
        slot, about = self._lost[0]
        if not self._window.control.guarded(lambda: self._open(slot, about)):
            return False
        self._lost = self._lost[1:]
        self.keep(then=lambda: (slot.clear(), slot.release()))  # a disk that is full leaves the old copy
        self._offer()
        return True

    def _open(self, slot: Slot, about: About) -> None:
        from engine.files import load

        network = load(str(slot.work))
        self._window.files.show_network(network, about.path, about.stamp, saved=False)
        self._window.canvas.view.fit()

    def discard(self) -> None:
        """Remove what is offered."""
        if self._lost:
            slot = self._lost.pop(0)[0]
            self._do(lambda: (slot.clear(), slot.release()))
            self._offer()


def _words(about: About, more: int) -> str:
    when = datetime.datetime.fromtimestamp(about.time).strftime("%d %b, %H:%M") if about.time else ""
    name = f"“{about.title}”" if about.title else "a network"
    others = f" ({more} more after this one.)" if more else ""
    return f"Chainrule ended unexpectedly. Unsaved work on {name}{f' of {when}' if when else ''} was kept.{others}"
