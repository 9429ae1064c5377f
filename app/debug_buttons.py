"""Two buttons of the top bar: more ways to step, and the pace at which a run goes."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton

from app import theme
from app.debug_bar import MORE, PACES


class MenuButton(QToolButton):
    """Opens a menu of the window's actions."""

    def __init__(self, actions: dict[str, QAction], names: tuple[str | None, ...], name: str) -> None:
        super().__init__()
        self.setProperty("role", "icon")
        self.setIconSize(QSize(16, 16))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setAccessibleName(name)
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        for entry in names:
            menu.addSeparator() if entry is None else menu.addAction(actions[entry])
        self.setMenu(menu)


class MoreButton(MenuButton):
    """The ways to step that have no button of their own."""

    def __init__(self, actions: dict[str, QAction]) -> None:
        super().__init__(actions, MORE, "More ways to step")
        self.setFixedSize(26, 32)
        self.setToolTip("More ways to step: a layer back, to the loss, to a layer, to the end of the step")


class PaceButton(MenuButton):
    """Says the pace, and offers the others; the window's actions of the paces do the rest."""

    def __init__(self, actions: dict[str, QAction]) -> None:
        super().__init__(actions, tuple(PACES), "Speed")
        self.setFixedSize(62, 32)
        self.setFont(theme.ui_font(theme.SIZE_SMALL + 0.5))
        self._group = QActionGroup(self)
        for name in PACES:
            self._group.addAction(actions[name])
            actions[name].toggled.connect(lambda on, name=name: self._show(name) if on else None)
        actions["pace_most"].setChecked(True)

    def _show(self, name: str) -> None:
        word = PACES[name][0]
        self.setText(word)
        self.setToolTip(f"Speed of a run: {word}. Slower, to watch it: down to one operation after the other.")
