"""How often a view is drawn anew while training runs."""

from __future__ import annotations

import time
from collections.abc import Callable

LEAST, SHARE = 0.1, 0.04  # seconds between two times, and which part of the window's time the drawing may take


class Pace:
    """Lets drawing through as often as its cost allows; always where nothing runs."""

    def __init__(self) -> None:
        self._next = 0.0

    def draw(self, running: bool, deed: Callable[[], object]) -> bool:
        """Do it, if it is time. Returns whether it was done."""
        start = time.perf_counter()
        if running and start < self._next:
            return False
        deed()
        end = time.perf_counter()
        self._next = end + max(LEAST, (end - start) / SHARE)
        return True
