"""What `python main.py` does where no window can open."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from app import preflight
from app.cli import common, window
from app.cli.main import main


def test_without_a_screen_the_engine_is_shown_at_work(monkeypatch: pytest.MonkeyPatch, capsys):
    trouble = preflight.Trouble("no-display", preflight.NO_SCREEN.format(why="none here"))
    monkeypatch.setattr(preflight, "find_trouble", lambda: trouble)
    monkeypatch.setattr(window, "SHOWN_STEPS", 50)
    assert main([]) == common.OK
    printed = capsys.readouterr()
    assert "No screen to open a window on (none here)" in printed.err
    assert "python main.py train FILE" in printed.err
    assert printed.out.startswith("spirals: 50 steps")
    assert "accuracy" in printed.out


def test_missing_libraries_end_it(monkeypatch: pytest.MonkeyPatch, capsys):
    trouble = preflight.Trouble("missing-libraries", f"Qt needs libEGL.so.1:\n  {preflight.APT}")
    monkeypatch.setattr(preflight, "find_trouble", lambda: trouble)
    assert main([]) == common.CANNOT_RUN
    printed = capsys.readouterr()
    assert printed.out == ""
    assert preflight.APT in printed.err


def test_real_process_without_a_screen(root: Path, monkeypatch: pytest.MonkeyPatch):
    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux can lack a screen")
    for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    done = subprocess.run([sys.executable, "main.py"], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == common.OK, done.stderr
    assert "neither DISPLAY nor WAYLAND_DISPLAY is set" in done.stderr
    assert "Traceback" not in done.stderr
    assert "steps/s" in done.stdout
