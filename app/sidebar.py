"""The left side: Layers · Data · Lessons."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from app import theme
from app.document import Document
from app.sidebar_data import DataPanel
from app.sidebar_layers import LayersPanel
from app.sidebar_lessons import LessonsPanel
from app.snapshot import Snapshot


class SideBar(QWidget):
    """`layer_chosen(kind)`: add such a layer; `lesson_chosen(path)`: open it."""

    layer_chosen = Signal(str)
    lesson_chosen = Signal(str)

    def __init__(self, parent=None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumWidth(180)
        self.layers, self.data, self.lessons = LayersPanel(), DataPanel(), LessonsPanel()
        self.layers.chosen.connect(self.layer_chosen)
        self.lessons.chosen.connect(self.lesson_chosen)
        self.tabs, self.pages = QTabBar(), QStackedWidget()
        self.tabs.setFont(theme.ui_font(theme.SIZE_BODY))
        self.tabs.setExpanding(False)
        for name, page in (("Layers", self.layers), ("Data", self.data), ("Lessons", self.lessons)):
            self.tabs.addTab(name)
            self.pages.addWidget(page)
        self.tabs.currentChanged.connect(self.pages.setCurrentIndex)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 8)
        column.setSpacing(0)
        head, body = QHBoxLayout(), QHBoxLayout()
        head.setContentsMargins(16, 0, 8, 0)
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

    def show_document(self, document: Document) -> None:
        """Mark the open lesson, name the data."""
        self.lessons.mark(document.path)
        self.data.show_document(document)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """What the loaded data set says of itself."""
        self.data.show_dataset(snapshot.dataset)

    def apply_theme(self) -> None:
        """Swatches in the theme's hues."""
        self.layers.apply_theme()
        self.data.apply_theme()
