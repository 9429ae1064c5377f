"""How much memory this machine can still give."""

from __future__ import annotations

from pathlib import Path

UNKNOWN = 2**36  # where the system does not tell


def available_bytes() -> int:
    """Bytes that can be taken without swapping, as the Linux kernel estimates them; elsewhere 64 GiB."""
    return min(_free(), _container())


def _container() -> int:
    """What a container's own limit (cgroup v2) leaves."""
    try:
        group = Path("/sys/fs/cgroup")
        return int((group / "memory.max").read_text()) - int((group / "memory.current").read_text())
    except (OSError, ValueError):  # no container, or no limit ("max")
        return UNKNOWN


def _free() -> int:
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    return UNKNOWN
