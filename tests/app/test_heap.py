"""Memory that goes back to the system."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

from app import heap

# in a process of its own: in this one other threads take and give memory at the same time
ALONE = """
import numpy as np
from app import heap

def resident():
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4096 / 2**20

assert heap.settle()
heap.trim()
before = resident()
for _ in range(3):  # without the setting, glibc learns from the first to keep the others
    blocks = [np.ones(2**19) for _ in range(16)]
    full = resident() - before
    del blocks
    print(round(full), round(resident() - before))
"""


@pytest.mark.skipif(sys.platform != "linux" or platform.libc_ver()[0] != "glibc", reason="only glibc needs it")
def test_large_blocks_go_back_at_once():
    ran = subprocess.run([sys.executable, "-c", ALONE], capture_output=True, text=True, check=True, timeout=60)
    for line in ran.stdout.splitlines():
        full, left = map(int, line.split())
        assert full > 48, ran.stdout
        assert left < 24, ran.stdout


def test_other_systems_are_left_alone(monkeypatch):
    monkeypatch.setattr(heap, "_glibc", lambda: None)
    assert not heap.settle()
    heap.trim()
