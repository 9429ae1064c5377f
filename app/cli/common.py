"""What the commands share: exit codes, opening a network by file or lesson name, one JSON object as the last line."""

from __future__ import annotations

import json
import math
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine import Network

OK, NO, BAD_INPUT, CANNOT_RUN, BUG, INTERRUPTED = 0, 1, 2, 3, 70, 130

LESSONS = Path(__file__).resolve().parents[2] / "assets" / "lessons"
SUFFIX = ".chainrule"


class CommandError(Exception):
    """A command was given something it cannot work with; the message is the one line the user sees."""


def lesson_files() -> list[Path]:
    """The ready-made networks, by name."""
    return sorted(LESSONS.glob(f"*{SUFFIX}"))


def lesson_name(path: Path) -> str:
    """The file's name, in small letters, without the number that only orders the lessons."""
    return re.sub(r"[- ]", "_", re.sub(r"^[0-9]+[-_ ]", "", path.stem.lower()))


def find_file(name: str) -> Path:
    """The project file called `name`: a path, or the name of a ready-made network. Raises CommandError."""
    path = Path(name)
    if path.is_dir():
        raise CommandError(f"{name} is a folder; name a {SUFFIX} file or a lesson.")
    if path.exists():
        return path
    lessons = {lesson_name(lesson): lesson for lesson in lesson_files()}
    plain = re.sub(r"[- ]", "_", name.lower())
    if plain in lessons:
        return lessons[plain]
    raise CommandError(f"{name}: no such file, and no such lesson (there are: {', '.join(lessons) or 'none'}).")


def open_network(name: str) -> Network:
    """The network in the file or lesson `name`. Raises CommandError or engine.ChainruleError."""
    path = find_file(name)
    import engine

    try:
        return engine.load(path)
    except engine.ChainruleError as error:
        if name in str(error):
            raise
        raise CommandError(f"{name}: {error}") from error


def print_json(fields: dict[str, Any]) -> None:
    """`fields` as one line of JSON on stdout; numbers that are not finite become null, which JSON can say."""
    print(json.dumps(_plain(fields), allow_nan=False), flush=True)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    if hasattr(value, "item"):  # a NumPy scalar
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def say(message: str) -> None:
    """One line on stderr, whatever line breaks `message` holds."""
    print("chainrule: " + " ".join(message.split()), file=sys.stderr, flush=True)
