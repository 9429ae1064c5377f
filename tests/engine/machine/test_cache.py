"""Kernels on disk: found again, never stale, and never in the way when the disk fails."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.machine import cache

SUM = """
import numpy as np
from engine.graph import Graph
from engine.machine.run import Runner
from engine.program import Program
graph = Graph()
x = graph.source((3,), "data")
y = graph.add(x, x)
program = Program("float64", 1)
program.finish(graph)
program.view(x)[...] = [1, 2, 3]
Runner(program.arena, program.ints, program.table, 1).rows(0, 1)
print(program.view(y).tolist())
"""


def total(root: Path, folder: Path) -> None:
    """Compute 2x in a fresh process that keeps its kernels in `folder`."""
    environment = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    environment["CHAINRULE_CACHE_DIR"] = str(folder)
    command = [sys.executable, "-W", "error", "-c", SUM]
    ran = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert (ran.stdout, ran.stderr) == ("[2.0, 4.0, 6.0]\n", "")


@pytest.fixture(scope="module")
def filled(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the kernels of the sum."""
    folder = tmp_path_factory.mktemp("kernels")
    total(root, folder)
    assert len(list(folder.glob("chainrule-kernels-*/*/*.nbc"))) >= 2
    return folder


def test_damaged_kernels_are_compiled_anew(root: Path, filled: Path):
    for number, file in enumerate(sorted(filled.glob("chainrule-kernels-*/*/*.nb?"))):
        content = file.read_bytes()
        file.write_bytes((b"", content[: len(content) // 2], b"\xff" * len(content))[number % 3])
    total(root, filled)


def test_without_a_folder_kernels_are_compiled_in_memory(root: Path, tmp_path: Path):
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    total(root, blocked)
    assert blocked.read_text() == "no folder"


def test_a_change_of_any_kernel_changes_the_fingerprint(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    before = cache.fingerprint()
    assert before == cache.fingerprint()
    monkeypatch.setenv("CHAINRULE_VECTOR_BYTES", "16")
    assert cache.fingerprint() != before
    monkeypatch.undo()
    machine = tmp_path / "machine"
    machine.mkdir()
    (machine / "cache.py").touch()
    (tmp_path / "ops").mkdir()
    monkeypatch.setattr(cache, "__file__", str(machine / "cache.py"))
    empty = cache.fingerprint()
    (tmp_path / "ops" / "new.py").write_text("x = 1")
    assert len({before, empty, cache.fingerprint()}) == 3


def test_folders_of_old_versions_are_forgotten_after_a_month(tmp_path: Path):
    for name, age in [
        ("chainrule-kernels-now", 0),
        ("chainrule-kernels-new", 1),
        ("chainrule-kernels-old", cache.KEEP_SECONDS + 100),
    ]:
        (tmp_path / name).mkdir()
        now = (tmp_path / name).stat().st_mtime
        os.utime(tmp_path / name, (now - age, now - age))
    cache._forget_old(tmp_path, tmp_path / "chainrule-kernels-now")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [
        "chainrule-kernels-new",
        "chainrule-kernels-now",
    ]


def test_whatever_reading_raises_is_tried_again_without_the_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(cache, "_state", {"directory": tmp_path / "kernels"})
    tried = []

    def make(on_disk: bool) -> str:
        tried.append(on_disk)
        if on_disk:
            raise EOFError
        return "compiled"

    assert cache.through(make) == "compiled"
    assert tried == [True, False]
    assert not cache.enabled()
