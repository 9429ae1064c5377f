"""Where compiled kernels are kept between runs.

Numba does not notice a change in a *called* function of another file, so the directory's name carries a hash of all
engine sources and versions: no stale kernel survives an upgrade.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
KEEP_SECONDS = 30 * 24 * 3600
_state: dict[str, Path | None] = {"directory": None}


def fingerprint() -> str:
    """Hash of the engine's sources, of the versions it stands on, and of the vector width asked for."""
    import llvmlite
    import numba

    digest = hashlib.sha256()
    engine = Path(__file__).resolve().parent.parent
    for source in [*sorted((engine / "ops").glob("*.py")), *sorted((engine / "machine").glob("*.py"))]:
        digest.update(source.name.encode() + source.read_bytes())
    versions = (numba.__version__, llvmlite.__version__, sys.version, platform.machine())
    digest.update(repr((versions, os.environ.get("CHAINRULE_VECTOR_BYTES", ""))).encode())
    return digest.hexdigest()[:16]


def install() -> None:
    """Point Numba at a directory of our own, if one can be written; else kernels are compiled anew in every run."""
    import numba
    import platformdirs

    given = os.environ.get("CHAINRULE_CACHE_DIR") or os.environ.get("NUMBA_CACHE_DIR")
    base = Path(given or platformdirs.user_cache_dir("chainrule", appauthor=False))
    directory = base / f"chainrule-kernels-{fingerprint()}"  # all of ours lies in there: `wipe` touches nothing else
    if _writable(directory):
        numba.config.CACHE_DIR = str(directory)
        _state["directory"] = directory
        _forget_old(base, directory)


def enabled() -> bool:
    """Whether kernels are kept on disk."""
    return _state["directory"] is not None


def through(make: Callable[[bool], T]) -> T:
    """`make(True)`, compiling by way of the disk; `make(False)` where what lies there cannot be read or written."""
    if enabled():
        try:
            return make(True)
        except Exception:  # whatever Numba raises at a truncated file or a full disk; a true error comes again below
            wipe()
    return make(False)


def wipe() -> None:
    """Throw the cache away and go on without one: it could not be read or written."""
    directory, _state["directory"] = _state["directory"], None
    if directory is not None:
        shutil.rmtree(directory, ignore_errors=True)


def _writable(directory: Path) -> bool:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory) as probe:
            probe.write(b"x" * 4096)
        return True
    except OSError:
        return False


def _forget_old(base: Path, current: Path) -> None:
    """Remove kernels of other versions that have not been used for a month."""
    with contextlib.suppress(OSError):
        os.utime(current)
        for other in base.glob("chainrule-kernels-*"):
            if other != current and other.stat().st_mtime < time.time() - KEEP_SECONDS:
                shutil.rmtree(other, ignore_errors=True)
