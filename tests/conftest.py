"""Common ground of all tests. Imports no Qt: the engine's tests also run where Qt is not installed."""

from __future__ import annotations

import os
from pathlib import Path

import hypothesis
import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("PYTEST_QT_API", "pyside6")

ROOT = Path(__file__).resolve().parent.parent

hypothesis.settings.register_profile("chainrule", deadline=None, max_examples=60)
hypothesis.settings.load_profile("chainrule")


@pytest.fixture(autouse=True)
def own_settings_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the user's own settings; compiled kernels (the cache folder) stay shared."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return ROOT


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tiny end-to-end tests run first: what is broken at the root is known within seconds."""
    items.sort(key=lambda item: item.path.name != "test_tiny.py")
