"""Which file to open and where to save: dialogs, the lessons, the file last open; and how long the start took."""

from __future__ import annotations

import os
import time

from PySide6.QtWidgets import QFileDialog, QMessageBox

from app import settings

FILTER = "Chainrule networks (*.chainrule);;All files (*)"
FIRST_LESSON = "spirals"


def first_file() -> str | None:
    """The file last open, else the first lesson."""
    from engine.files import lessons

    last = settings.last_file()
    if last and os.path.isfile(last):
        return last
    found = {name: path for name, _, path in lessons()}
    return found.get(FIRST_LESSON) or next(
        (found[n] for n in found if FIRST_LESSON in n), next(iter(found.values()), None)
    )


def milliseconds_alive() -> float:
    """Time since this process was started; since Python was, where the system does not tell."""
    try:
        with open("/proc/self/stat", encoding="ascii") as file:
            started = int(file.read().rpartition(")")[2].split()[19]) / os.sysconf("SC_CLK_TCK")
        return 1000 * (time.clock_gettime(time.CLOCK_BOOTTIME) - started)
    except (OSError, AttributeError, ValueError, IndexError):
        return 1000 * time.process_time()


def is_lesson(path: str) -> bool:
    """Whether `path` is one of the ready-made networks, which are not written over."""
    from engine.files import LESSONS

    return os.path.abspath(path).startswith(str(LESSONS))


def ask(window, question: str) -> bool:
    """A yes or no question."""
    yes = QMessageBox.StandardButton.Yes
    return QMessageBox.question(window, "Chainrule", question, yes | QMessageBox.StandardButton.No) == yes


def pick_file(window, save: bool) -> str:
    """A path the user picks; "" for none."""
    pick = QFileDialog.getSaveFileName if save else QFileDialog.getOpenFileName
    return pick(window, "Save the network" if save else "Open a network", "", FILTER)[0]
