"""The actions of building on the canvas: what they are called, their shortcuts, and what they do.

They work where the canvas has the focus, so that Ctrl+C in a field still copies the field's text.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu

if TYPE_CHECKING:
    from app.canvas import CanvasPanel

# name → what it is called, its shortcuts
TABLE: dict[str, tuple[str, tuple[str, ...]]] = {
    "cut": ("Cut", ("Ctrl+X",)),
    "copy": ("Copy", ("Ctrl+C",)),
    "paste": ("Paste", ("Ctrl+V",)),
    "duplicate": ("Duplicate", ("Ctrl+D",)),
    "delete": ("Delete", ("Del", "Backspace")),
    "rename": ("Rename the layer", ("F2",)),
    "connect": ("Connect to …", ("C",)),
    "select_all": ("Select everything", ("Ctrl+A",)),
    "align_left": ("Align left", ("Shift+L",)),
    "align_top": ("Align top", ("Shift+T",)),
    "distribute_across": ("Distribute across", ("Shift+H",)),
    "distribute_down": ("Distribute down", ("Shift+V",)),
    "problems": ("List the problems", ("F8",)),
}
EVERYWHERE = ("problems",)  # work wherever the focus is
ON_CARDS = tuple(name for name in TABLE if name not in EVERYWHERE)  # make no sense where units are seen
MENU: tuple[str | None, ...] = (
    "cut", "copy", "paste", "duplicate", "delete", None, "rename", "connect", None, "select_all", None, "align_left",
    "align_top", "distribute_across", "distribute_down",
)  # fmt: skip
LEAST = {"align_left": 2, "align_top": 2, "distribute_across": 3, "distribute_down": 3, "rename": 1, "connect": 1,
         "cut": 1, "copy": 1, "duplicate": 1}  # fmt: skip


def deeds(canvas: CanvasPanel) -> dict[str, Callable[[], object]]:
    """Action → what it does."""
    editor = canvas.editor
    return {
        "cut": editor.cut, "copy": editor.copy, "paste": editor.paste, "duplicate": editor.duplicate,
        "delete": editor.delete, "rename": canvas.view.rename, "connect": canvas.choose_connection,
        "select_all": editor.select_everything, "align_left": lambda: editor.align("left"),
        "align_top": lambda: editor.align("top"), "distribute_across": lambda: editor.distribute(0),
        "distribute_down": lambda: editor.distribute(1), "problems": canvas.show_problems,
    }  # fmt: skip


def make(canvas: CanvasPanel) -> dict[str, QAction]:
    """The actions, working wherever `canvas` or something on it has the focus."""
    made = {}
    for name, deed in deeds(canvas).items():
        text, keys = TABLE[name]
        action = QAction(text, canvas)
        action.setObjectName(name)
        action.setShortcuts([QKeySequence(key) for key in keys])
        if name not in EVERYWHERE:
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.setToolTip(f"{text}  ({keys[0]})")
        action.triggered.connect(lambda _=False, deed=deed: deed())
        canvas.addAction(action)
        made[name] = action
    return made


def context_menu(canvas: CanvasPanel) -> QMenu:
    """What can be done with what is selected; what cannot be done now is faint."""
    menu, count = QMenu(canvas), len(canvas.editor.ids)
    possible = {name: count >= least for name, least in LEAST.items()}
    possible["rename"] = possible["connect"] = count == 1
    possible["delete"] = bool(canvas.scene.selectedItems())
    for name in MENU:
        if name is None:
            menu.addSeparator()
        else:
            entry = _entry(menu, TABLE[name][0], canvas.actions_by_name[name], canvas.actions_by_name[name].trigger)
            entry.setEnabled(possible.get(name, True))
    for action in (None, *canvas.more_actions) if count == 1 and canvas.more_actions else ():
        menu.addSeparator() if action is None else menu.addAction(action)
    menu.addSeparator()
    window = canvas.window()
    _entry(menu, "Arrange the layers", window.findChild(QAction, "arrange"), canvas.editor.arrange)
    _entry(menu, "Show the whole network", window.findChild(QAction, "fit"), lambda: canvas.view.fit(ease=True))
    return menu


def _entry(menu: QMenu, text: str, action: QAction | None, deed: Callable[[], object]) -> QAction:
    """An entry that tells the shortcut of `action`, and does not answer to it itself."""
    entry = menu.addAction(text)
    if action is not None:
        entry.setShortcut(action.shortcut())
        entry.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
    entry.triggered.connect(lambda _=False: deed())
    return entry
