"""How often something may be done beside the training."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Budget:
    """Lets work through that takes at most `share` of the time, and not oftener than every `least` seconds. The first
    `credit` seconds of it do not count."""

    def __init__(self, share: float, least: float = 0.0, credit: float = 0.0) -> None:
        self.share, self.least, self.credit, self._next = share, least, credit, 0.0

    def due(self) -> bool:
        """Whether it is time again."""
        return time.perf_counter() >= self._next

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Work that is done within; waiting for the window's turn at the interpreter costs the training nothing."""
        start = time.thread_time()
        yield
        self.spent(time.thread_time() - start)

    def spent(self, seconds: float) -> None:
        """That much has just been spent."""
        free = min(self.credit, seconds)
        self.credit, seconds = self.credit - free, seconds - free
        self._next = time.perf_counter() + max(self.least, seconds / self.share)
