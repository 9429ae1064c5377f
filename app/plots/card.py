"""A plot with its heading; empty, it says what would be there and how to get it. A right click offers what can be done
with it: freeze, copy, save, read what it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QStackedWidget, QVBoxLayout, QWhatsThis, QWidget

from app.plots import share
from app.plots.text import Elided, Text
from engine.errors import ChainruleError


class Card(QWidget):
    """Heading on the left, a dim remark (or widgets put into `head`) on the right, `content` below.

    `frozen`: it keeps showing what it shows. `deeds`: what else its menu offers, by their words. `refused(why)`:
    something could not be saved; `asked(wish)`: what its watch is to look up; `opens(id, wish)`: another view is to be
    shown, with what it is to show.
    """

    refused = Signal(str)
    asked = Signal(object)
    opens = Signal(str, object)
    about = ""  # what the plot shows, and how to read it

    def __init__(self, title: str, content: QWidget, empty: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.content, self.frozen, self.deeds = content, False, dict[str, Callable[[], object]]()
        self._headed, self._titled = True, True
        self.title = Text(title, 13, 600)
        self.remark = Elided("", 10.5, role="dim", mono=True)
        self.remark.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.remark.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.message = Text(empty, 12, role="dim", wrap=True)
        self.message.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.head = QHBoxLayout()
        self.head.setSpacing(8)
        self.head.addWidget(self.title)
        self.ice = Text("frozen", 10.5, 600, role="forward_text")
        self.ice.setToolTip("It stands still while the network goes on. Right click: let it go on")
        self.ice.hide()
        self.head.addWidget(self.ice)
        self.head.addWidget(self.remark, 1)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.message)
        self.stack.addWidget(content)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(self.head)
        layout.addWidget(self.stack, 1)

    @property
    def is_empty(self) -> bool:
        """Whether the message stands in place of the plot."""
        return self.stack.currentWidget() is self.message

    def show_content(self) -> None:
        """Show the plot."""
        if self.is_empty:
            self.stack.setCurrentWidget(self.content)

    def show_empty(self, message: str) -> None:
        """Show `message` in the plot's place."""
        self.message.set_text(message)
        self.remark.set_text("")
        self.stack.setCurrentWidget(self.message)

    def set_headed(self, headed: bool) -> None:
        """Whether it names itself: not where it stands under a tab that does."""
        self._headed = headed
        self.title.setVisible(self._headed and self._titled)

    def show_title(self, shown: bool) -> None:
        """Whether the title is wanted: not where a switch stands in its place."""
        self._titled = shown
        self.title.setVisible(self._headed and self._titled)

    # --- what it is told ------------------------------------------------------------------------------------------

    def set_document(self, document: Any) -> None:
        """Another document is open."""

    def select_layer(self, layer: str | None) -> None:
        """Another layer is selected, or none."""

    def take_wish(self, wish: Any) -> None:
        """Another view asks it to show something."""

    def show_snapshot(self, snapshot: Any) -> None:
        """Draw what the worker published."""

    # --- what can be done with it ---------------------------------------------------------------------------------

    def table(self) -> share.Table | None:
        """The numbers behind the plot; None where there are none."""
        return None

    def freeze(self, frozen: bool) -> None:
        """Keep showing what is shown, or go on."""
        self.frozen = frozen
        self.ice.setVisible(frozen)

    def make_menu(self) -> QMenu:
        """What a right click offers."""
        menu, empty = QMenu(self), self.is_empty
        freeze = menu.addAction("Freeze")
        freeze.setCheckable(True)
        freeze.setChecked(self.frozen)
        freeze.toggled.connect(self.freeze)
        menu.addSeparator()
        menu.addAction("Copy the picture").triggered.connect(lambda: share.copy(self))
        for end, words in (("png", "Save as PNG …"), ("svg", "Save as SVG …"), ("csv", "Save the numbers as CSV …")):
            action = menu.addAction(words)
            action.triggered.connect(lambda _=False, end=end: self.save(share.pick(self.window(), self.name(), end)))
            action.setEnabled(not empty and (end != "csv" or self.table() is not None))
        for i, (words, deed) in enumerate(self.deeds.items()):
            if not i:
                menu.addSeparator()
            menu.addAction(words).triggered.connect(lambda _=False, deed=deed: deed())
        if self.about:
            menu.addSeparator()
            menu.addAction("What is this?").triggered.connect(self.explain)
        return menu

    def name(self) -> str:
        """What a file of it is called."""
        return self.title.text()

    def save(self, path: str) -> None:
        """Write the picture or the numbers; "" is nowhere."""
        if not path:
            return
        try:
            share.save(path, self, self.table())
        except (OSError, ValueError, ChainruleError) as error:
            self.refused.emit(f"{self.name()} could not be saved: {error}")

    def explain(self) -> None:
        """Say what the plot shows."""
        QWhatsThis.showText(self.mapToGlobal(QPoint(8, 28)), self.about, self)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.make_menu().popup(event.globalPos())
        event.accept()
