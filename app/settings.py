"""What the window remembers between runs: its size, its panels and the theme."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QSettings

if TYPE_CHECKING:
    from app.plots import PlotDock
    from app.window import MainWindow


def stored() -> QSettings:
    """The user's settings file."""
    return QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "chainrule", "chainrule")


def theme_name() -> str:
    """The theme last used."""
    return str(stored().value("theme", "dark"))


def restore(window: MainWindow) -> None:
    """Size, place and panels as they were; anything unreadable is left at its default."""
    settings = stored()
    geometry = settings.value("geometry")
    if isinstance(geometry, QByteArray):
        window.restoreGeometry(geometry)
    for name, splitter in window.splitters.items():
        state = settings.value(f"splitter/{name}")
        if isinstance(state, QByteArray):
            splitter.restoreState(state)


def restore_views(plots: PlotDock) -> None:
    """The views at the foot as they were arranged last."""
    plots.restore(stored().value("views"))


def remember(window: MainWindow, theme: str) -> None:
    """Write everything down."""
    settings = stored()
    settings.setValue("geometry", window.saveGeometry())
    settings.setValue("theme", theme)
    if window.plots is not None:
        settings.setValue("views", window.plots.arrangement())
    for name, splitter in window.splitters.items():
        settings.setValue(f"splitter/{name}", splitter.saveState())
