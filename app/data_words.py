"""What a data set says of itself, as rich text in the theme's colours. Light: needed before the first paint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app import theme
from app.numbers import format_count

if TYPE_CHECKING:
    from engine.data import Dataset, DataSpec

EMPTY = "No data yet. Choose a data set above, or open a table of your own."

LOADING = "Loading the data sets …"


def page(spec: DataSpec | None, dataset: Dataset | None, opened: int = 0, empty: str = EMPTY) -> str:
    """Parts, target, features, notes; `opened`: how often the test rows were looked at; `empty`: without data."""
    if spec is None and dataset is None:
        return f'<span style="color:{theme.current().dim}">{empty}</span>'
    parts = []
    if spec is not None:
        parts.append(f"<p>{_dim(spec.source.help)}</p>")
        if spec.kind == "csv":
            parts.append(f"<p>{_safe(spec.options['path'].replace('/', '/&#8203;'), marked=True)}</p>")
    if dataset is not None:
        parts += [_rows(dataset, opened), _target(dataset), _features(dataset)]
        parts += [f"<p>{_dim(note)}</p>" for note in dataset.notes]
    return "".join(part for part in parts if part)


def _table(title: str, rows: list[tuple[str, str]]) -> str:
    cells = "".join(
        f"<tr><td>{_dim(name)}&nbsp;&nbsp;</td><td align=right>{_safe(value)}</td></tr>" for name, value in rows
    )
    return f"<p style='margin-bottom:2px'>{_dim(title)}</p><table cellspacing=0 cellpadding=1>{cells}</table>"


def _rows(dataset: Dataset, opened: int) -> str:
    test = len(dataset) - len(dataset.train) - len(dataset.validation)
    rows = [("train", format_count(len(dataset.train))), ("validation", format_count(len(dataset.validation)))]
    if test:
        rows.append(("test", f"{format_count(test)} {f'opened {opened} ×' if opened else 'locked'}"))
    return _table("Rows", rows)


def _target(dataset: Dataset) -> str:
    if not dataset.classes:
        return _table("Predicts", [(name, "number") for name in dataset.target_names])
    import numpy as np

    counts = np.bincount(dataset.train.y, minlength=dataset.classes)
    rows = [(name, format_count(int(n))) for name, n in zip(dataset.class_names, counts, strict=True)]
    more = [("…", f"{len(rows)} in all")] if len(rows) > 12 else []
    return _table("Training rows by class", [*rows[:12], *more])


def _features(dataset: Dataset) -> str:
    size = " × ".join(map(str, dataset.shape))
    names = ", ".join(dataset.feature_names[:12]) if len(dataset.feature_names) <= 40 else ""
    return f"<p>{_dim('A row')} {size}<br>{_dim(names)}</p>"


def _dim(text: str) -> str:
    return f'<span style="color:{theme.current().dim}">{_safe(text)}</span>'


def _safe(text: str, marked: bool = False) -> str:
    escaped = str(text).replace("<", "&lt;")
    return escaped if marked else str(text).replace("&", "&amp;").replace("<", "&lt;")
