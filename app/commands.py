"""The window's actions, each in one place: what it is called, its shortcuts, and the menu it stands in.

Menus, command palette and tips are all made from these tables.
"""

from __future__ import annotations

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from app import editing_actions
from app.debug_bar import PACES, show_tip

ARROWS = {"Left": "←", "Right": "→"}
# name → what it is called, its shortcuts (the first one is told in the tip)
TABLE = {
    "new": ("New network", ("Ctrl+N",)),
    "open": ("Open a network", ("Ctrl+O",)),
    "save": ("Save", ("Ctrl+S",)),
    "save_as": ("Save as", ("Ctrl+Shift+S",)),
    "welcome": ("Welcome page", ("Ctrl+Shift+N",)),
    "quit": ("Quit", ("Ctrl+Q",)),
    "undo": ("Undo", ("Ctrl+Z",)),
    "redo": ("Redo", ("Ctrl+Shift+Z", "Ctrl+Y")),
    "palette": ("Search or run a command", ("Ctrl+K",)),
    "fit": ("Show the whole network", ("F", "Ctrl+0")),
    "zoom_in": ("Zoom in", ("Ctrl++", "Ctrl+=")),
    "zoom_out": ("Zoom out", ("Ctrl+-",)),
    "arrange": ("Arrange the layers", ("Ctrl+L",)),
    "units": ("Layers or units", ("U",)),
    "branch": ("Branch off here: what follows is a run of its own", ("Ctrl+B",)),
    "surface": ("Loss surface in a window of its own", ("Ctrl+Shift+L",)),
    "page_layers": ("Go to the layers' list", ("Alt+1",)),
    "page_data": ("Go to the data", ("Alt+2",)),
    "page_train": ("Go to the training settings", ("Alt+3",)),
    "page_lessons": ("Go to the lessons", ("Alt+4",)),
    "page_layer": ("Go to the selected layer's settings", ("Alt+5",)),
    "page_operation": ("Go to the operation", ("Alt+6",)),
    "page_tensor": ("Go to the tensor", ("Alt+7",)),
    "theme": ("Dark or light", ("Ctrl+T",)),
    "run": ("Run", ("Space",)),
    "step": ("Step one operation", ("Right", "F10")),
    "step_back": ("Step one operation back", ("Left", "Shift+F10")),
    "step_layer": ("Step to the end of the layer", ("F11",)),
    "layer_back": ("Step a layer back", ("Shift+F11",)),
    "to_loss": ("Run to the loss", ("L",)),
    "run_here": ("Run to this layer, forward", ("H",)),
    "run_here_back": ("Run to this layer, backward", ("B",)),
    "continue": ("Continue to the end of this step", ("F5",)),
    "step_start": ("Back to the start of this step", ("Shift+F5",)),
    "play_back": ("Play backwards", ("P",)),
    "pace_most": ("Run as fast as possible", ("Ctrl+1",)),
    "pace_100": ("Run at 100 steps a second", ("Ctrl+2",)),
    "pace_10": ("Run at 10 steps a second", ("Ctrl+3",)),
    "pace_1": ("Run at 1 step a second", ("Ctrl+4",)),
    "pace_operations": ("Run one operation every half second", ("Ctrl+5",)),
    "epoch": ("Run one epoch", ("E",)),
    "reset": ("Reset to step 0", ("R",)),
    "unreset": ("Take the reset back", ("Shift+R",)),
}

PAGES = tuple(name for name in TABLE if name.startswith("page_"))  # of the left side, then of the right one
# menu → names of its actions; None: a line between them. What is named nowhere stands under "More".
MENUS: dict[str, tuple[str | None, ...]] = {
    "File": ("new", "open", None, "save", "save_as", None, "welcome", None, "quit"),
    "Edit": ("undo", "redo", None, *editing_actions.MENU, None, "palette"),
    "View": ("fit", "zoom_in", "zoom_out", "arrange", "units", "surface", "problems", None, *PAGES, None, "theme"),
    "Run": (
        "run",
        "play_back",
        "epoch",
        None,
        "step",
        "step_layer",
        "step_back",
        "layer_back",
        None,
        "to_loss",
        "run_here",
        "run_here_back",
        "continue",
        "step_start",
        None,
        *PACES,
        None,
        "reset",
        "unreset",
        None,
        "branch",
    ),
}
REST = "More"


def make_actions(window: QWidget) -> dict[str, QAction]:
    """The actions of `TABLE`, added to `window` so that their shortcuts work."""
    actions = {}
    for name, (text, keys) in TABLE.items():
        action = QAction(text, window)
        action.setObjectName(name)
        action.setShortcuts([QKeySequence(key) for key in keys])
        action.setProperty("keys", f"  ({ARROWS.get(keys[0], keys[0])})" if keys else "")
        action.setCheckable(name in PACES)
        show_tip(action)
        window.addAction(action)
        actions[name] = action
    return actions


def menus() -> dict[str, tuple[str | None, ...]]:
    """Every menu with the names of its actions, nothing left out."""
    placed = {name for names in MENUS.values() for name in names}
    rest = tuple(name for name in TABLE if name not in placed)
    return {**MENUS, REST: rest} if rest else dict(MENUS)


def menu_of(name: str) -> str:
    """The menu in which the action `name` stands."""
    if name.startswith("view_"):
        return "Views"
    return next((menu for menu, names in menus().items() if name in names), REST)
