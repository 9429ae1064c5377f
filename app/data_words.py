"""What a data set says of itself, as rich text in the theme's colours. Light: needed before the first paint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app import theme
from app.numbers import format_count, thin

if TYPE_CHECKING:
    from engine.data import Dataset, DataSpec

EMPTY = "No data yet. Choose a data set above, or open a table of your own."

MOST_CLASSES = 12
LOADING = "Loading the data sets …"


def page(spec: DataSpec | None, dataset: Dataset | None, opened: int = 0, empty: str = EMPTY) -> str:
    """Parts, target, features, notes; `opened`: how often the test rows were looked at; `empty`: without data."""
    if spec is None and dataset is None:
        return f'<span style="color:{theme.current().dim}">{empty}</span>'
    parts = []
    if spec is not None:
        parts.append(f"<p>{_dim(thin(spec.source.help))}</p>")
        paths = [spec.options[name] for name in spec.source.paths if spec.options[name]]
        parts += [f"<p>{_safe(path.replace('/', '/&#8203;'), marked=True)}</p>" for path in paths]
    if dataset is not None:
        parts += [_rows(dataset, opened), _target(dataset), _features(dataset)]
        parts += [f"<p>{_dim(thin(note))}</p>" for note in dataset.notes]
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
        return _table("Predicts", _kinds(dataset))
    import numpy as np

    counts = dataset.label_counts(dataset.train.y)
    rows = [(name, format_count(int(n))) for name, n in zip(dataset.class_names, counts, strict=True)]
    more = [("…", f"{format_count(len(rows))} in all")] if len(rows) > MOST_CLASSES else []
    if dataset.task == "sequence":  # an alphabet begins with signs: the frequent ones tell more
        rows = [rows[k] for k in np.argsort(-counts, kind="stable")[:MOST_CLASSES]]
    title = "Training labels by class" if dataset.task == "sequence" else "Training rows by class"
    return _table(title, [*rows[:MOST_CLASSES], *more])


def _kinds(dataset: Dataset) -> list[tuple[str, str]]:
    """What each column to predict holds."""
    pairs = zip(dataset.target_names, dataset.target_classes, strict=True)
    return [(name, f"{len(classes)} classes" if classes else "number") for name, classes in pairs]


def _features(dataset: Dataset) -> str:
    size = " × ".join(map(str, dataset.shape))
    if dataset.vocabulary is not None:
        return f"<p>{_dim('A row')} {size} tokens<br>{_dim('Vocabulary')} {format_count(len(dataset.vocabulary))}</p>"
    names = ", ".join(dataset.feature_names[:12]) if len(dataset.feature_names) <= 40 else ""
    return f"<p>{_dim('A row')} {size}<br>{_dim(names)}</p>"


def _dim(text: str) -> str:
    return f'<span style="color:{theme.current().dim}">{_safe(text)}</span>'


def _safe(text: str, marked: bool = False) -> str:
    escaped = str(text).replace("<", "&lt;")
    return escaped if marked else str(text).replace("&", "&amp;").replace("<", "&lt;")
