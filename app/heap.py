"""Gives memory back to the system. glibc would keep much of what long sessions free; elsewhere this does nothing."""

from __future__ import annotations

import ctypes
import functools
from typing import Any

M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8  # of mallopt(3)
LARGE, ARENAS = 1 << 20, 2


@functools.cache
def _glibc() -> Any:
    """The C library, if it is glibc."""
    try:
        library = ctypes.CDLL(None)
        return library if hasattr(library, "gnu_get_libc_version") else None
    except (OSError, TypeError):
        return None


def settle() -> bool:
    """Blocks of a MiB and more go back as soon as they are freed, and threads share their pools; False elsewhere."""
    library = _glibc()
    return library is not None and all(
        library.mallopt(option, value) for option, value in ((M_MMAP_THRESHOLD, LARGE), (M_ARENA_MAX, ARENAS))
    )


def trim() -> None:
    """Give back what is free now."""
    library = _glibc()
    if library is not None:
        library.malloc_trim(0)
