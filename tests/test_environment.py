"""The ground the program stands on: its locks, its imports, and a PySide6 that keeps its references."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

LOCKS = ("requirements.lock", "requirements-dev.lock")
FOR_BENCHMARKS = ("requirements-bench.txt", "requirements-jax.txt")  # the peers; the second holds hashes too


def names(requirements: str) -> set[str]:
    """Normalised names of the packages that a lock pins or a list of requirements asks for."""
    return {re.sub(r"[-_.]+", "-", name).lower() for name in re.findall(r"^([A-Za-z0-9][\w.-]*)", requirements, re.M)}


def test_void_qt_calls_keep_their_reference_to_none():
    # PySide6 6.12.0 lost one reference to None at every void call and aborted Python 3.11 after some 5,000
    if sys.version_info >= (3, 12):
        pytest.skip("None is immortal from Python 3.12 on: its count says nothing")
    widgets = pytest.importorskip("PySide6.QtWidgets", reason="Qt is not installed")
    item = widgets.QGraphicsRectItem()
    before = sys.getrefcount(None)
    for i in range(1000):
        item.setPos(i, i)
    assert sys.getrefcount(None) > before - 100


@pytest.mark.parametrize("lock", [*LOCKS, "requirements-jax.txt"])
def test_locks_hold_hashes_and_no_address(root: Path, lock: str):
    text = (root / lock).read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\S)", text.strip())
    pinned = re.compile(r"\S+==\S+( ; [^\\]+)? (\\\n +--hash=sha256:[0-9a-f]{64} ?)+")
    assert len(entries) >= (5 if "jax" in lock else 20)
    assert [entry for entry in entries if not pinned.fullmatch(entry)] == []
    assert not re.search(r"://|--(extra-)?index|--find-links|www\.|\.(org|com|io|net)\b", text)


def test_locks_hold_what_the_project_asks_for(root: Path):
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    runtime, dev = ((root / lock).read_text(encoding="utf-8") for lock in LOCKS)
    assert names("\n".join(project["project"]["dependencies"])) <= names(runtime)
    assert names(runtime) | names("\n".join(project["dependency-groups"]["dev"])) <= names(dev)
    assert set(re.findall(r"^\S+==\S+", runtime, re.M)) <= set(re.findall(r"^\S+==\S+", dev, re.M))
    assert "torch" not in names(dev)
    assert "pyside6-essentials==6.11.3" in runtime


def test_preflight_asks_for_every_dependency(root: Path):
    from app import preflight

    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    modules = {"pyside6-essentials": "PySide6", "scikit-learn": "sklearn"}
    wanted = names("\n".join(project["project"]["dependencies"]))
    assert set(preflight.NEEDED) == {modules.get(name, name) for name in wanted}
    assert set(preflight.NEEDED_HEADLESS) < set(preflight.NEEDED)


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("engine", ("PySide6", "shiboken6", "pyqtgraph", "numba", "scipy", "sklearn", "pandas", "networkx", "app")),
        ("app.cli.main", ("PySide6", "pyqtgraph", "numba", "numpy", "scipy", "pandas", "networkx", "engine")),
    ],
)
def test_imports_stay_light(root: Path, module: str, absent: tuple[str, ...]):
    code = f"import sys, {module}; print(*[name for name in {absent!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_top_level_is_the_agreed_one(root: Path):
    if not (root / ".git").exists() or shutil.which("git") is None:
        pytest.skip("not a git checkout, or no git: nothing says what belongs to the project")
    agreed = {"app", "engine", "assets", "tests", "main.py", "pyproject.toml", "README.md", "LICENSE", *LOCKS}
    command = ["git", "-c", "safe.directory=*", "ls-files"]
    tracked = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    top = {line.split("/")[0] for line in tracked.splitlines()}
    assert {name for name in top if not name.startswith(".")} <= agreed | {*FOR_BENCHMARKS}
