"""Memory that goes back to the system."""

from __future__ import annotations

import platform
import sys

import numpy as np
import pytest

from app import heap


def resident() -> float:
    """MiB."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4096 / 2**20


@pytest.mark.skipif(sys.platform != "linux" or platform.libc_ver()[0] != "glibc", reason="only glibc needs it")
def test_large_blocks_go_back_at_once():
    assert heap.settle()
    heap.trim()
    before = resident()
    for _ in range(3):  # without the setting, glibc learns from the first to keep the others
        blocks = [np.ones(2**19) for _ in range(16)]
        assert resident() > before + 40
        del blocks
        assert resident() < before + 16


def test_other_systems_are_left_alone(monkeypatch):
    monkeypatch.setattr(heap, "_glibc", lambda: None)
    assert not heap.settle()
    heap.trim()
