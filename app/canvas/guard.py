"""A defect while painting must not end the process: Qt crashes when an exception leaves a graphics item's paint()."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable


def guarded(paint: Callable[..., None]) -> Callable[..., None]:
    """`paint(self, painter, …)` that hands exceptions to `sys.excepthook` and leaves the painter as it was."""

    @functools.wraps(paint)
    def safe(self, painter, *arguments) -> None:
        painter.save()
        try:
            paint(self, painter, *arguments)
        except Exception as error:
            sys.excepthook(type(error), error, error.__traceback__)
        finally:
            painter.restore()

    return safe
