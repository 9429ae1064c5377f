"""A themed application for tests of single widgets, which are drawn with `grab()`: it raises what painting raises."""

from __future__ import annotations

import pytest

from app import theme


@pytest.fixture(scope="session")
def themed(qapp):
    """Style, fonts and stylesheet, once: polishing every widget anew takes half a second."""
    theme.install(qapp, "dark")


@pytest.fixture(autouse=True)
def dark_theme(themed):
    """Every test starts in the dark theme."""
    if theme.current() is not theme.DARK:
        theme.set_theme("dark")


@pytest.fixture
def pixel():
    """The colour "#rrggbb" that a widget draws at (x, y)."""

    def read(widget, x: float, y: float) -> str:
        return widget.grab().toImage().pixelColor(int(x), int(y)).name()

    return read
