"""The window's actions: each has a name, a shortcut and a tip that tells both."""

from __future__ import annotations

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

# name → what it is called, its shortcuts (the first one is told in the tip)
TABLE = {
    "run": ("Run", ("Space",)),
    "epoch": ("Run one epoch", ("E",)),
    "step": ("Step one operation", ("F10",)),
    "step_back": ("Step one operation back", ("Shift+F10",)),
    "step_layer": ("Step to the end of the layer", ("F11",)),
    "reset": ("Reset to step 0", ("R",)),
    "undo": ("Undo", ("Ctrl+Z",)),
    "redo": ("Redo", ("Ctrl+Shift+Z", "Ctrl+Y")),
    "open": ("Open a network", ("Ctrl+O",)),
    "save": ("Save", ("Ctrl+S",)),
    "save_as": ("Save as", ("Ctrl+Shift+S",)),
    "theme": ("Dark or light", ("Ctrl+T",)),
    "fit": ("Show the whole network", ("F", "Ctrl+0")),
    "zoom_in": ("Zoom in", ("Ctrl++", "Ctrl+=")),
    "zoom_out": ("Zoom out", ("Ctrl+-",)),
    "arrange": ("Arrange the layers", ("Ctrl+L",)),
    "quit": ("Quit", ("Ctrl+Q",)),
}


def make_actions(window: QWidget) -> dict[str, QAction]:
    """The actions of `TABLE`, added to `window` so that their shortcuts work."""
    actions = {}
    for name, (text, keys) in TABLE.items():
        action = QAction(text, window)
        action.setObjectName(name)
        action.setShortcuts([QKeySequence(key) for key in keys])
        action.setToolTip(f"{text}  ({keys[0]})")
        window.addAction(action)
        actions[name] = action
    return actions
