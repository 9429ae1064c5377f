"""The left side: Layers · Data · Training · Lessons."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from app import theme
from app.document import Document
from app.sidebar_data import DataPanel
from app.sidebar_layers import LayersPanel
from app.sidebar_lessons import LessonsPanel
from app.snapshot import Snapshot
from app.training_panel import TrainingPanel


class SideBar(QWidget):
    """`layer_chosen(kind)`: add such a layer; `lesson_chosen(path)`: open it."""

    layer_chosen = Signal(str)
    lesson_chosen = Signal(str)

    def __init__(self, parent=None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumWidth(252)  # the longest names of settings fit beside their fields
        self.layers, self.data, self.training, self.lessons = (
            LayersPanel(),
            DataPanel(),
            TrainingPanel(),
            LessonsPanel(),
        )
        self.layers.chosen.connect(self.layer_chosen)
        self.lessons.chosen.connect(self.lesson_chosen)
        self.tabs, self.pages = QTabBar(), QStackedWidget()
        self.tabs.setFont(theme.ui_font(theme.SIZE_BODY))
        self.tabs.setExpanding(False)
        pages = {"Layers": self.layers, "Data": self.data, "Train": self.training, "Lessons": self.lessons}
        for name, page in pages.items():
            self.tabs.addTab(name)
            self.pages.addWidget(page)
        self.tabs.currentChanged.connect(self.pages.setCurrentIndex)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 8)
        column.setSpacing(0)
        head, body = QHBoxLayout(), QHBoxLayout()
        head.setContentsMargins(14, 0, 0, 0)
        head.addWidget(self.tabs, 1)
        body.setContentsMargins(12, 10, 6, 0)
        body.addWidget(self.pages)
        line = QWidget()
        line.setFixedHeight(1)
        line.setProperty("role", "line")
        line.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column.addLayout(head)
        column.addWidget(line)
        column.addLayout(body, 1)

    def make_pages(self, document: Document) -> None:
        """What needs NumPy, once the window has been painted."""
        self.data.make(document)
        self.training.make(document)

    def show_data(self) -> None:
        """Bring the Data page to the front."""
        self.tabs.setCurrentIndex(1)

    def show_document(self, document: Document) -> None:
        """Mark the open lesson, name the data."""
        self.lessons.mark(document.path)
        self.data.show_document(document)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """What the loaded data set says of itself."""
        self.data.show_snapshot(snapshot)
        self.training.show_snapshot(snapshot)

    def apply_theme(self) -> None:
        """Swatches in the theme's hues."""
        self.layers.apply_theme()
        self.data.apply_theme()
        self.training.apply_theme()
