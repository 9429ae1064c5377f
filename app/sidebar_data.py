"""What the network learns from: the data set, its parts, its classes, how it was prepared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QScrollArea, QVBoxLayout, QWidget

from app import theme
from app.numbers import format_count

if TYPE_CHECKING:
    from app.document import Document
    from engine.data import Dataset, DataSpec

EMPTY = "No data yet. A network names its data set; open a lesson to see one."


class DataPanel(QScrollArea):
    """A quiet page of text, made anew when the data changes."""

    def __init__(self, parent=None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.text = QLabel(EMPTY)
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.RichText)
        self.text.setFont(theme.ui_font(theme.SIZE_BODY))
        self.text.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 8, 8, 8)
        column.addWidget(self.text)
        column.addStretch(1)
        self.setWidget(page)
        self._spec: DataSpec | None = None
        self._dataset: Dataset | None = None

    def show_document(self, document: Document) -> None:
        """The data set that the document names."""
        if document.network.data != self._spec:
            self._spec, self._dataset = document.network.data, None
            self.apply_theme()

    def show_dataset(self, dataset: Dataset | None) -> None:
        """The data set as it was loaded."""
        if dataset is not self._dataset and dataset is not None:
            self._dataset = dataset
            self.apply_theme()

    def apply_theme(self) -> None:
        """Write the page in the theme's colours."""
        self.text.setText(_page(self._spec, self._dataset))


def _page(spec: DataSpec | None, dataset: Dataset | None) -> str:
    if spec is None and dataset is None:
        return f'<span style="color:{theme.current().dim}">{EMPTY}</span>'
    parts = []
    if spec is not None:
        title = f'<span style="font-weight:600">{_safe(spec.source.title)}</span>'
        parts.append(f"<p>{title}<br>{_dim(spec.source.help)}</p>")
    if dataset is not None:
        parts += [_rows(dataset), _target(dataset), _features(dataset)]
        parts += [f"<p>{_dim(note)}</p>" for note in dataset.notes]
    if spec is not None:
        parts.append(_options(spec))
    return "".join(part for part in parts if part)


def _table(title: str, rows: list[tuple[str, str]]) -> str:
    cells = "".join(
        f"<tr><td>{_dim(name)}&nbsp;&nbsp;</td><td align=right>{_safe(value)}</td></tr>" for name, value in rows
    )
    return f"<p style='margin-bottom:2px'>{_dim(title)}</p><table cellspacing=0 cellpadding=1>{cells}</table>"


def _rows(dataset: Dataset) -> str:
    test = len(dataset) - len(dataset.train) - len(dataset.validation)
    rows = [("train", format_count(len(dataset.train))), ("validation", format_count(len(dataset.validation)))]
    if test:
        rows.append(("test", f"{format_count(test)} locked"))
    return _table("Rows", rows)


def _target(dataset: Dataset) -> str:
    if not dataset.classes:
        return _table("Predicts", [(name, "number") for name in dataset.target_names])
    import numpy as np

    counts = np.bincount(dataset.train.y, minlength=dataset.classes)
    rows = [(name, format_count(int(n))) for name, n in zip(dataset.class_names, counts, strict=True)]
    return _table("Training rows by class", rows[:20])


def _features(dataset: Dataset) -> str:
    size = " × ".join(map(str, dataset.shape))
    names = ", ".join(dataset.feature_names[:12]) if len(dataset.feature_names) <= 40 else ""
    return f"<p>{_dim('A row')} {size}<br>{_dim(names)}</p>"


def _options(spec: DataSpec) -> str:
    known = [(entry.name.replace("_", " "), spec.options[entry.name]) for entry in spec.source.attributes]
    plain = [
        (name, _value(value)) for name, value in known if isinstance(value, bool | int | float | str) and value != ""
    ]
    return _table("Settings", plain)


def _value(value: object) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _dim(text: str) -> str:
    return f'<span style="color:{theme.current().dim}">{_safe(text)}</span>'


def _safe(text: str) -> str:
    return str(text).replace("&", "&amp;").replace("<", "&lt;")
