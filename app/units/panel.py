"""The units with what lies on them: which example is shown, and what to do where there is nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QWidget

from app.units.example import ExampleStrip
from app.units.scene import UnitsScene
from app.units.view import UnitsView

if TYPE_CHECKING:
    from app.document import Change, Document
    from app.snapshot import Snapshot

EMPTY = "No units yet. Press U, and drag layers onto the canvas."


class UnitsPanel(QWidget):
    """`wanted_changed(set)`: names of the values to publish; `picked(layer or None)`; `left(layer)`: back to it."""

    wanted_changed = Signal(object)
    picked = Signal(object)
    left = Signal(str)

    def __init__(self, document: Document, parent=None) -> None:
        super().__init__(parent)
        self.document = document
        self.scene = UnitsScene(document, self)
        self.view = UnitsView(self.scene, self)
        self.strip = ExampleStrip(self)
        self.empty = QLabel(EMPTY, self)
        self.empty.setProperty("role", "dim")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._wanted: set[str] = set()
        self.view.picked.connect(self.picked)
        self.view.entered.connect(self.left)
        self.strip.chosen.connect(self._choose)
        document.changed.connect(self._follow)

    @property
    def wanted(self) -> set[str]:
        """Names of the values shown here; none while it is hidden."""
        return set(self._wanted) if self.isVisibleTo(self.parentWidget()) else set()

    def show_snapshot(self, snapshot: Snapshot | None) -> None:
        """Draw it; where the network has become another one, all of it comes into view."""
        if self.scene.show_snapshot(snapshot):
            self.view.fit()
            self._announce()
        self.empty.setVisible(not self.scene.plan.columns)
        self.strip.show_example(self.scene.numbers.example, self.scene.numbers.rows)
        self._place()
        self.view.refresh_tip()

    def _announce(self) -> None:
        wanted = self.scene.plan.names
        if wanted != self._wanted:
            self._wanted = wanted
            self.wanted_changed.emit(set(wanted))

    def select_layer(self, layer: str | None) -> None:
        """Mark a layer's name."""
        self.scene.selected = layer
        self.scene.item.update()

    def apply_theme(self) -> None:
        """Repaint in the theme's colours."""
        self.view.resetCachedContent()
        self.view.viewport().update()

    def _choose(self, example: int) -> None:
        self.scene.show_example(example)
        self.strip.show_example(self.scene.numbers.example, self.scene.numbers.rows)
        self._place()

    def _follow(self, change: Change) -> None:
        if change.replaced:
            self.scene.pages, self.scene.example = {}, 0
        if change.structural and self.isVisible():
            self.show_snapshot(None)

    def resizeEvent(self, event) -> None:
        """The view fills it."""
        self.view.setGeometry(self.rect())
        self.empty.setGeometry(self.rect())
        self._place()

    def _place(self) -> None:
        self.strip.move(self.width() - self.strip.width() - 12, self.height() - self.strip.height() - 12)
