"""Steps a second, over the last second. No Qt here."""

from __future__ import annotations

import time
from collections import deque

SECONDS = 1.0


class Speed:
    """Told the count of steps now and then; `last` is what it came to when the run was last looked at."""

    def __init__(self) -> None:
        self.last = 0.0
        self._marks: deque[tuple[float, int]] = deque()

    def begin(self) -> None:
        """A run begins."""
        self._marks.clear()

    def at(self, steps: int) -> float:
        """Steps a second, now that so many are done."""
        now, marks = time.perf_counter(), self._marks
        if marks and steps < marks[-1][1]:
            marks.clear()
        marks.append((now, steps))
        while len(marks) > 2 and now - marks[0][0] > SECONDS:
            marks.popleft()
        seconds = now - marks[0][0]
        self.last = (steps - marks[0][1]) / seconds if seconds > 0 else 0.0
        return self.last
