"""What the network learns from: choose and shape the data set, see it, mend what does not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QScrollArea, QVBoxLayout, QWidget

from app import theme
from app.data_words import LOADING
from app.data_words import page as words_of

if TYPE_CHECKING:
    from app.data_settings import DataSettings
    from app.document import Document
    from app.snapshot import Snapshot
    from engine.data import Dataset, DataSpec


class DataPanel(QScrollArea):
    """Settings above (made by `make`, after the window's first paint), a quiet page of text below.

    `refused(reason)`: the document does not take an edit; `test_asked()`: open the locked rows; `csv_asked()`: open
    a table of the user's own.
    """

    refused = Signal(str)
    test_asked = Signal()
    csv_asked = Signal()

    def __init__(self, parent=None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.text = QLabel(words_of(None, None, empty=LOADING))
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.RichText)
        self.text.setFont(theme.ui_font(theme.SIZE_BODY))
        self.text.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        page = QWidget()
        self._column = QVBoxLayout(page)
        self._column.setContentsMargins(2, 6, 8, 8)
        self._column.setSpacing(8)
        self._column.addWidget(self.text)
        self._column.addStretch(1)
        self.setWidget(page)
        self.settings: DataSettings | None = None
        self._spec: DataSpec | None = None
        self._dataset: Dataset | None = None
        self._opened: dict[str, int] = {}

    def make(self, document: Document) -> None:
        """The settings, for `document`."""
        from app.data_settings import DataSettings

        self.settings = DataSettings(document)
        self.settings.refused.connect(self.refused)
        self.settings.csv_asked.connect(self.csv_asked)
        self.settings.test_asked.connect(self.test_asked)
        self.settings.loaded.connect(self.show_dataset)
        self._column.insertWidget(0, self.settings)
        self.settings.refresh()
        self.apply_theme()

    def use(self, kind: str) -> None:
        """Learn from this data set."""
        if self.settings is not None:
            self.settings.choose(kind)

    def show_document(self, document: Document) -> None:
        """The data set that the document names."""
        if document.network.data != self._spec:
            self._spec, self._dataset = document.network.data, None
            self.apply_theme()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """The data set as the session has it."""
        if self.settings is not None:
            self.settings.show_snapshot(snapshot)
        else:
            self.show_dataset(snapshot.dataset)

    def show_dataset(self, dataset: Dataset | None) -> None:
        """The data set as it was loaded."""
        if dataset is not self._dataset and dataset is not None:
            self._dataset = dataset
            self.apply_theme()

    def show_test(self, result: dict[str, float]) -> None:
        """The figures on the test rows, which have just been opened once more."""
        key = repr(self._spec)
        self._opened[key] = self._opened.get(key, 0) + 1
        if self.settings is not None:
            self.settings.show_test(result, self._opened[key])
        self.apply_theme()

    def apply_theme(self) -> None:
        """Write the page in the theme's colours."""
        self.text.setText(words_of(self._spec, self._dataset, self._opened.get(repr(self._spec), 0)))
        if self.settings is not None:
            self.settings.apply_theme()
