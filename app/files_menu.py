"""The main menu behind the button in the top bar: every action of the registry, and the files last open."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from app import files_recent
from app.commands import menus

if TYPE_CHECKING:
    from app.window import MainWindow


class MainMenu(QMenu):
    """File stands open; the other menus are submenus."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__("Menu", window)
        self._window = window
        self.setToolTipsVisible(True)
        self.recent = QMenu("Open recent", self)
        self.recent.setToolTipsVisible(True)
        self.recent.aboutToShow.connect(self.fill_recent)
        self.others: list[QMenu] = []
        for title, names in menus().items():
            menu = self if title == "File" else QMenu(title, self)
            self._fill(menu, names)
            if menu is not self:
                self.others.append(menu)
        self._arrange_submenus()
        self.fill_recent()

    def _fill(self, menu: QMenu, names: tuple[str | None, ...]) -> None:
        for name in names:
            if name is None:
                menu.addSeparator()
            else:
                menu.addAction(self._window.actions_by_name[name])

    def _arrange_submenus(self) -> None:
        """Recent files after Open; the other menus before Quit."""
        actions = self._window.actions_by_name
        self.insertMenu(self.actions()[self.actions().index(actions["open"]) + 1], self.recent)
        for menu in self.others:
            self.insertMenu(actions["quit"], menu)
        self.insertSeparator(actions["quit"])

    def add_views(self, actions: dict[str, QAction]) -> None:
        """The views at the foot, by their own names, once they are known; the command palette finds them too."""
        from app.plots.dock import fill_menu

        menu = QMenu("Views", self)
        self.others.append(menu)
        fill_menu(menu, actions)
        self.insertMenu(next(other.menuAction() for other in self.others if other.title() == "Run"), menu)
        self._window.actions_by_name |= {action.objectName(): action for action in actions.values()}

    def fill_recent(self) -> None:
        """The files last open; those that have gone are grey."""
        self.recent.clear()
        for path in files_recent.recent():
            action = self.recent.addAction(os.path.basename(path).replace("&", "&&"))
            action.setToolTip(path)
            action.setEnabled(os.path.isfile(path))
            action.triggered.connect(lambda _=False, path=path: self._window.control.open(path))
        if self.recent.isEmpty():
            self.recent.addAction("Nothing yet: files you open or save are listed here").setEnabled(False)
