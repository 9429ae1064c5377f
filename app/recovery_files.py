"""Where unsaved work is kept: one slot a window in the user's data folder, locked as long as its window lives."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QLockFile

from engine.errors import FileError

if TYPE_CHECKING:
    from engine.network import Network

WORK, ABOUT, LOCK = ".chainrule", ".json", ".lock"


@dataclass(frozen=True)
class About:
    """What is kept beside the work: the file it belongs to (None: never saved), which version of it, and when."""

    title: str
    path: str | None
    stamp: tuple[int, int, int] | None
    time: float


def folder() -> Path:
    """The user's folder for unsaved work."""
    import platformdirs

    return platformdirs.user_data_path("chainrule", appauthor=False) / "recovery"


class Slot:
    """Three files of one name. Whoever holds the lock owns the others; a lock whose process is gone is free."""

    def __init__(self, place: Path, name: str) -> None:
        self.work, self.about = place / (name + WORK), place / (name + ABOUT)
        self._lock = QLockFile(str(place / (name + LOCK)))
        self._lock.setStaleLockTime(0)  # never by age: a window may stay open for weeks

    def take(self) -> bool:
        """Lock it; False if a living window has it."""
        return self._lock.isLocked() or self._lock.tryLock(0)

    def write(self, network: Network, about: About) -> None:
        """Keep `network`; afterwards the slot holds wholly the old or wholly the new work. Raises FileError."""
        from engine.archive import atomic_write

        network.save(self.work)
        with atomic_write(self.about) as file:
            file.write(json.dumps([about.title, about.path, about.stamp, about.time]).encode())

    def read_about(self) -> About | None:
        """What is kept here; None: nothing. A damaged note still leaves the work."""
        if not self.work.is_file():
            return None
        try:
            title, path, stamp, when = json.loads(self.about.read_bytes())
            return About(_text(title) or "", _text(path), _stamp(stamp), float(when))
        except (OSError, ValueError, TypeError):
            return About("", None, None, 0.0)

    def clear(self) -> None:
        """Forget the work; the slot stays taken."""
        for path in (self.work, self.about):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)

    def release(self) -> None:
        """Let the slot go; what lies in it stays."""
        self._lock.unlock()


def new_slot(place: Path) -> Slot:
    """A slot of this window's own, taken. Raises FileError where the folder cannot be written."""
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"{place} cannot be made: {error.strerror}.") from error
    slot = Slot(place, f"{os.getpid()}-{secrets.token_hex(4)}")
    if not slot.take():
        raise FileError(f"{place} cannot be written, so unsaved work is not kept there.")
    return slot


def abandoned(place: Path) -> list[tuple[Slot, About]]:
    """Slots with work whose windows are gone, newest first, now taken. Traces without work are removed."""
    found = []
    for lock in sorted({path.stem for path in place.glob("*") if path.suffix in (WORK, LOCK)}):
        slot = Slot(place, lock)
        if not slot.take():
            continue
        about = slot.read_about()
        if about is None:
            slot.clear()
            slot.release()
        else:
            found.append((slot, about))
    return sorted(found, key=lambda pair: -pair[1].time)


def about_now(title: str, path: str | None, stamp: tuple[int, int, int] | None) -> About:
    """The note for work kept now."""
    return About(title, None if path is None else os.path.abspath(path), stamp, time.time())


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise TypeError(value)


def _stamp(value: Any) -> tuple[int, int, int] | None:
    if value is None:
        return None
    inode, when, size = value
    return int(inode), int(when), int(size)
