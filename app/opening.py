"""How long the start took, and a question."""

from __future__ import annotations

import os
import time

from PySide6.QtWidgets import QMessageBox


def milliseconds_alive() -> float:
    """Time since this process was started; since Python was, where the system does not tell."""
    try:
        with open("/proc/self/stat", encoding="ascii") as file:
            started = int(file.read().rpartition(")")[2].split()[19]) / os.sysconf("SC_CLK_TCK")
        return 1000 * (time.clock_gettime(time.CLOCK_BOOTTIME) - started)
    except (OSError, AttributeError, ValueError, IndexError):
        return 1000 * time.process_time()


def ask(window, question: str) -> bool:
    """A yes or no question."""
    yes = QMessageBox.StandardButton.Yes
    return QMessageBox.question(window, "Chainrule", question, yes | QMessageBox.StandardButton.No) == yes
