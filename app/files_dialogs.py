"""Every question that opening and saving may ask, behind one small interface; tests answer in its place."""

from __future__ import annotations

import os
from typing import Literal, Protocol

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QFileDialog, QMessageBox, QToolButton, QWidget

from app import theme
from app.icons import icon
from app.settings import stored

Unsaved = Literal["save", "discard", "cancel"]
Changed = Literal["overwrite", "save_as", "cancel"]
SUFFIX = "chainrule"
FOLDER = "folder"  # key of the settings
ICONS = {
    "backButton": "back", "forwardButton": "forth", "toParentButton": "up", "newFolderButton": "new_folder",
    "listModeButton": "list", "detailModeButton": "menu",
}  # fmt: skip  # Qt's names of the dialog's buttons
FILTER = f"Chainrule networks (*.{SUFFIX});;All files (*)"


class Dialogs(Protocol):
    """What the user is asked."""

    def unsaved(self, title: str) -> Unsaved:
        """What to do with the unsaved changes of the network `title`."""
        ...

    def changed_on_disk(self, path: str) -> Changed:
        """The file at `path` is not the one that was opened: what to do."""
        ...

    def overwrite(self, path: str) -> bool:
        """Whether the file at `path` may be replaced."""
        ...

    def pick_open(self) -> str:
        """A file to open; "" for none."""
        ...

    def pick_save(self, suggested: str) -> str:
        """A place to save at; "" for none."""
        ...


class QtDialogs:
    """The real dialogs, over `window`."""

    def __init__(self, window: QWidget) -> None:
        self._window = window

    def unsaved(self, title: str) -> Unsaved:
        """Save, discard or cancel."""
        box = self._box(f"Save the changes to “{title}”?", "Otherwise they are lost.")
        buttons = QMessageBox.StandardButton
        box.setStandardButtons(buttons.Save | buttons.Discard | buttons.Cancel)
        box.setDefaultButton(buttons.Save)
        answers: dict[int, Unsaved] = {buttons.Save.value: "save", buttons.Discard.value: "discard"}
        return answers.get(box.exec(), "cancel")

    def changed_on_disk(self, path: str) -> Changed:
        """Overwrite, save elsewhere or cancel."""
        box = self._box(
            f"{os.path.basename(path)} has changed on disk since it was opened here.",
            "Another window or program has written it. Saving would replace what is there now.",
        )
        over = box.addButton("Replace it", QMessageBox.ButtonRole.DestructiveRole)
        elsewhere = box.addButton("Save as …", QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(elsewhere)
        box.exec()
        pressed = box.clickedButton()
        return "overwrite" if pressed is over else "save_as" if pressed is elsewhere else "cancel"

    def overwrite(self, path: str) -> bool:
        """Replace or not."""
        box = self._box(f"{os.path.basename(path)} exists already.", "Replace it?")
        buttons = QMessageBox.StandardButton
        box.setStandardButtons(buttons.Yes | buttons.Cancel)
        box.setDefaultButton(buttons.Cancel)
        return box.exec() == buttons.Yes.value

    def pick_open(self) -> str:
        """The system's dialog."""
        return pick_file(self._window, "Open a network", FILTER)

    def pick_save(self, suggested: str) -> str:
        """The system's dialog; it asks about existing files itself, with the suffix in place."""
        dialog = QFileDialog(self._window, "Save the network", os.path.join(last_folder(), suggested), FILTER)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(SUFFIX)
        return _run(dialog)

    def _box(self, text: str, detail: str) -> QMessageBox:
        box = QMessageBox(QMessageBox.Icon.NoIcon, "Chainrule", text, parent=self._window)
        box.setInformativeText(detail)
        return box


def pick_file(window: QWidget, title: str, kinds: str) -> str:
    """A file to open, from the folder last used; "" for none. `kinds` as Qt's filters."""
    dialog = QFileDialog(window, title, last_folder(), kinds)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    return _run(dialog)


def _run(dialog: QFileDialog) -> str:
    dress(dialog)
    chosen = dialog.selectedFiles() if dialog.exec() else []
    dialog.deleteLater()
    if not chosen:
        return ""
    stored().setValue(FOLDER, os.path.dirname(os.path.abspath(chosen[0])))
    return chosen[0]


def last_folder() -> str:
    """Where the user last opened or saved a file; the home folder at first, or when that one is gone."""
    folder = str(stored().value(FOLDER, ""))
    return folder if os.path.isdir(folder) else os.path.expanduser("~")


def dress(dialog: QFileDialog) -> None:
    """Where the dialog is Qt's own, its buttons get icons in the theme's colours: Qt's are black on either ground."""
    tokens = theme.current()
    for name, drawn in ICONS.items():
        button = dialog.findChild(QToolButton, name)
        if button is not None:
            button.setIcon(icon(drawn, tokens.text, theme.mix(tokens.dim, tokens.panel, 0.55)))
            button.setProperty("role", "icon")
            button.setIconSize(QSize(16, 16))
            button.setFixedSize(34, 28)
