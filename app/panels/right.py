"""The panel on the right: Layer · Operation · Tensor."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from app import theme
from app.panels.layer import LayerPanel
from app.panels.operation import OperationPanel
from app.panels.tensor import TensorPanel
from app.plots.text import Hairline

LAYER, OPERATION, TENSOR = range(3)
TIPS = ("What the selected layer is", "Formula and numbers of one operation", "Values of the selected layer")


class RightPanel(QWidget):
    """Three tabs about what is selected and what is computed.

    `wanted_changed(set)`: names of the values to publish; `inspect_requested(int)`: explain this operation;
    `element_chosen(tuple)`: explain this element of its result; `run_to(int)`: run until this operation has run;
    `renamed(old, new)`: a layer has another name; `refused(str)`: why an edit was not taken.
    """

    wanted_changed = Signal(object)
    inspect_requested = Signal(object)
    element_chosen = Signal(object)
    run_to = Signal(int)
    renamed = Signal(str, str)
    refused = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.setMinimumWidth(300)
        self.tabs, self.pages = QTabBar(), QStackedWidget()
        self.layer_panel, self.operation_panel, self.tensor_panel = LayerPanel(), OperationPanel(), TensorPanel()
        self._wanted: set[str] = set()
        self._lay_out()
        self.tabs.currentChanged.connect(self._switch)
        self.tensor_panel.name_changed.connect(self._update_wanted)
        self.operation_panel.inspect_requested.connect(self.inspect_requested)
        self.operation_panel.element_chosen.connect(self.element_chosen)
        self.operation_panel.run_to.connect(self.run_to)
        self.layer_panel.renamed.connect(self.renamed)
        self.layer_panel.refused.connect(self.refused)
        self.apply_theme()

    def _lay_out(self) -> None:
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        for number, (word, page) in enumerate((("Layer", self.layer_panel), ("Operation", self.operation_panel),
                                               ("Tensor", self.tensor_panel))):  # fmt: skip
            self.tabs.addTab(word)
            self.tabs.setTabToolTip(number, TIPS[number])
            self.pages.addWidget(page)
        head = QHBoxLayout()
        head.setContentsMargins(16, 4, 16, 0)
        head.addWidget(self.tabs)
        head.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(Hairline())
        column.addWidget(self.pages, 1)

    @property
    def wanted(self) -> set[str]:
        """Names of the values shown here: those of the tab in front."""
        return set(self._wanted)

    def set_document(self, document) -> None:
        """Show another document, from its first page: there a lesson says what it is about."""
        self.layer_panel.set_document(document)
        self.show_tab(LAYER)

    def select_layer(self, layer: str | None) -> None:
        """Follow the selection on the canvas."""
        self.layer_panel.select_layer(layer)
        self.tensor_panel.select_layer(layer)

    def show_tab(self, number: int) -> None:
        """Bring LAYER, OPERATION or TENSOR to the front."""
        self.tabs.setCurrentIndex(number)

    def show_snapshot(self, snapshot) -> None:
        """Draw what the worker published."""
        if snapshot.state != "loading":
            self.layer_panel.set_engine_ready()
        before = self.operation_panel.phase
        self.operation_panel.show_snapshot(snapshot)
        self.tensor_panel.show_snapshot(snapshot)
        if self.operation_panel.phase != before:
            self._colour_tabs()

    def apply_theme(self) -> None:
        """Take on the current theme."""
        for page in (self.layer_panel, self.operation_panel, self.tensor_panel):
            page.apply_theme()
        self.tabs.setFont(theme.ui_font(12))
        self._colour_tabs()
        self.update()

    def _switch(self, number: int) -> None:
        self.pages.setCurrentIndex(number)
        self._colour_tabs()
        self._update_wanted()

    def _colour_tabs(self) -> None:
        """The line under the Operation tab has the colour of its direction."""
        phase = self.operation_panel.phase or "forward"
        tokens = theme.current()
        color = tokens.direction(phase) if self.tabs.currentIndex() == OPERATION else tokens.forward
        self.tabs.setStyleSheet(f"QTabBar::tab:selected {{ border-bottom: 2px solid {color}; }}")

    def _update_wanted(self, _name: str = "") -> None:
        name = self.tensor_panel.name if self.tabs.currentIndex() == TENSOR else ""
        wanted = {name} if name else set()
        if wanted != self._wanted:
            self._wanted = wanted
            self.wanted_changed.emit(set(wanted))
