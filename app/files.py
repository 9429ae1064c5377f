"""New, open, save: nothing that is open is lost, and nothing on disk is overwritten, without being asked."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app import files_recent
from app.files_dialogs import SUFFIX, Dialogs, QtDialogs
from engine.errors import FileError

if TYPE_CHECKING:
    from app.window import MainWindow
    from engine.checkpoint import Checkpoint
    from engine.network import Network
    from engine.timeline import Timeline

Stamp = tuple[int, int, int]


def stamp_of(path: str) -> Stamp | None:
    """What tells one version of a file from the next: inode, time, size. None: there is no such file."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def is_lesson(path: str) -> bool:
    """Whether `path` lies among the ready-made networks, which are not written over."""
    from engine.files import LESSONS

    return os.path.dirname(os.path.realpath(path)) == os.path.realpath(LESSONS)


def fresh() -> Network:
    """What a new network begins with: the place where data enters."""
    from engine.network import Network

    network = Network()
    network.add("Input", position=(0.0, 0.0))
    return network


class Files(QObject):
    """The file commands of one window. `dialogs` asks; `opened` follows every change to another document.

    Methods return whether it came to what was asked for.
    """

    opened = Signal()

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.window, self.document = window, window.document
        self.dialogs: Dialogs = QtDialogs(window)
        self.stamp: Stamp | None = None

    # --- another document ----------------------------------------------------------------------------------------

    def new(self) -> bool:
        """An empty canvas but for an Input."""
        return self._guarded(lambda: self.may_leave() and self.show_network(fresh(), None, None))

    def open(self, path: str) -> bool:
        """Open `path`; a bad file leaves what is there and says why."""
        return self._guarded(lambda: self._open(path))

    def _open(self, path: str) -> bool:
        from engine.files import load

        stamp = stamp_of(path)  # before reading: what is written meanwhile counts as a change
        network = load(path)
        if not self.may_leave():
            return False
        self.show_network(network, path, stamp)
        self._list(path)
        return True

    def open_dialog(self) -> bool:
        """Let the user pick a file."""
        path = self.dialogs.pick_open()
        return bool(path) and self.open(path)

    def show_network(self, network: Network, path: str | None, stamp: Stamp | None, saved: bool = True) -> bool:
        """Put `network` in place of what is open; `saved`: whether it is what stands in the file."""
        self.stamp = stamp
        self.document.replace(network, path)
        if not saved:
            self.document.undo_stack.resetClean()
        self.opened.emit()
        return True

    def may_leave(self) -> bool:
        """Whether nothing is lost if the document goes: saved, or the user does not mind."""
        if self.document.clean:
            return True
        answer = self.dialogs.unsaved(self.document.name)
        return answer == "discard" or (answer == "save" and self.save())

    # --- saving --------------------------------------------------------------------------------------------------

    def save(self) -> bool:
        """Save where it came from; lessons and new networks are saved elsewhere."""
        path = self.document.path
        if path is None or is_lesson(path):
            return self.save_as()
        now = stamp_of(path)
        if now is not None and now != self.stamp:
            answer = self.dialogs.changed_on_disk(path)
            if answer != "overwrite":
                return answer == "save_as" and self.save_as()
        return self._guarded(lambda: self._write(path))

    def save_as(self) -> bool:
        """Save under a name the user picks."""
        path = self.dialogs.pick_save(self._suggested())
        if not path:
            return False
        if not path.endswith(f".{SUFFIX}"):
            path = f"{path}.{SUFFIX}"
            if os.path.exists(path) and not self.dialogs.overwrite(path):
                return False
        return self._guarded(lambda: self._write(path))

    def _write(self, path: str) -> bool:
        if is_lesson(path):
            raise FileError("The ready-made networks stay as they are; choose another folder.")
        self.document.save(path, self._learned(), self._runs())
        self.stamp = stamp_of(path)
        self._list(path)
        self.window.control.show_title()
        return True

    def _suggested(self) -> str:
        path = self.document.path
        if path is not None and not is_lesson(path):
            return path
        plain = "".join(c if c.isalnum() or c in " -_" else "" for c in self.document.name).strip()
        return f"{plain or 'network'}.{SUFFIX}"

    def _learned(self) -> Checkpoint | None:
        """What has been learned, also where the network cannot run just now; at the very start, what the file held."""
        loading = self.window.worker.latest.state == "loading"
        network = self.document.network
        return network.checkpoint if loading else self.window.worker.checkpoint(network)

    def _runs(self) -> Timeline | None:
        """All runs; until there are any of this document, what its file held."""
        worker = self.window.worker
        known = worker.has_runs and worker.latest.state != "loading"
        return worker.timeline() if known else self.document.network.timeline

    def _list(self, path: str) -> None:
        if self.window.control.remembers and not is_lesson(path):
            files_recent.remember(path)

    def _guarded(self, deed) -> bool:
        """What `deed` returns; False, and a message, where a file cannot be read or written."""
        done: list[bool] = []
        return self.window.control.guarded(lambda: done.append(bool(deed()))) and done[0]
