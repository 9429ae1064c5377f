"""The files last opened or saved, newest first, kept in the user's settings."""

from __future__ import annotations

import os

from app.settings import stored

MOST = 8
KEY = "recent"


def recent() -> list[str]:
    """Absolute paths, newest first, at most `MOST`; files that have gone are still among them."""
    kept = stored().value(KEY)
    paths = [kept] if isinstance(kept, str) else list(kept or [])  # Qt reads a list of one back as a string
    return [path for path in paths if isinstance(path, str) and path][:MOST]


def remember(path: str) -> None:
    """Put `path` first."""
    path = os.path.abspath(path)
    stored().setValue(KEY, [path, *(other for other in recent() if other != path)][:MOST])


def forget(path: str) -> None:
    """Leave `path` out."""
    stored().setValue(KEY, [other for other in recent() if other != path])


def short(path: str) -> str:
    """The folder of `path`, with ~ for the home folder."""
    folder, home = os.path.dirname(path), os.path.expanduser("~")
    return "~" + folder[len(home) :] if folder == home or folder.startswith(home + os.sep) else folder
