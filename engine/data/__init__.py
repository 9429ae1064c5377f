"""Data sets: what there is, how it is drawn or read, split and standardised. Importing this needs NumPy only.

spec = DataSpec.of("spirals", noise=0.2)      # plain data, kept in project files
data = load(spec)                             # data.train.x, data.train.y, data.validation; data.test is locked
data = from_arrays(x, y)                      # integer y: classes; real y: numbers to predict
data = from_arrays(x, y, vocabulary=50)       # x: tokens 0..49
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from engine.data.arrays import Words, is_whole, raw_from_arrays
from engine.data.dataset import Dataset, Part, build
from engine.data.options import SPLIT
from engine.data.raw import Raw, Task
from engine.data.spec import SOURCES, DataSpec, Source, complete_options, find_source
from engine.errors import DataError

if TYPE_CHECKING:
    from engine.data.csvsource import CsvPreview

__all__ = [
    "SOURCES", "CsvPreview", "DataSpec", "Dataset", "Part", "Source", "as_dataset", "find_source", "from_arrays",
    "load", "read_csv_preview",
]  # fmt: skip


def load(spec: DataSpec, folder: str | os.PathLike[str] | None = None) -> Dataset:
    """Draw or read the data set of `spec`. Raises DataError.

    A relative path is sought in `folder` (the project file's); without it, in the working directory.
    """
    given = {**spec.options, **spec.source.fixed}
    settings = {entry.name: given[entry.name] for entry in SPLIT}
    if spec.source.make is not None:
        return build(spec.kind, spec.source.make(given), **settings)
    raw, name = _read(spec.kind, given, folder)
    return build(name, raw, **settings)


def _read(kind: str, options: dict[str, Any], folder: str | os.PathLike[str] | None) -> tuple[Raw, str]:
    """Rows from a file, and a name for them; what reads it is imported only now."""
    if kind == "text":
        from engine.data.textsource import text_raw

        return text_raw(options, folder)
    if kind == "idx":
        from engine.data.idxsource import idx_raw

        return idx_raw(options, folder)
    from engine.data.csvsource import csv_raw

    return csv_raw(options, folder)


def from_arrays(
    x: Any,
    y: Any,
    *,
    task: Task | None = None,
    name: str = "arrays",
    feature_names: Sequence[str] | None = None,
    class_names: Sequence[str] | None = None,
    vocabulary: Words | None = None,
    validation: float = 0.0,
    test: float = 0.0,
    split_seed: int = 0,
    standardise: bool = False,
    standardise_target: bool = False,
) -> Dataset:
    """Wrap x (N, *shape) and y: integer or text labels (N,) for classes, real (N,) or (N, outputs) for numbers.

    The task "sequence" takes integer labels (N, T), where -1 does not count. With a `vocabulary` (how many tokens there
    are, or their texts), x holds tokens 0, 1, … (N, T), which stay whole numbers.

    Nothing is split, scaled or reordered unless asked for. Integer labels keep their numbers: with labels 0 and 2 there
    are three classes. Raises DataError naming the first offending row and column.
    """
    if task not in (None, "classification", "regression", "sequence"):
        raise DataError(f"task is {task!r}, but must be classification, regression or sequence.")
    raw = raw_from_arrays(x, y, task, feature_names, class_names, vocabulary)
    settings = {"validation": validation, "test": test, "split_seed": split_seed, "standardise": standardise,
                "standardise_target": standardise_target}  # fmt: skip
    return build(name, raw, **complete_options(name, SPLIT, settings))


def as_dataset(data: Any, folder: str | os.PathLike[str] | None = None, vocabulary: int | None = None) -> Dataset:
    """A Dataset from a Dataset, a DataSpec, or a pair of arrays (x, y). Raises DataError.

    With a `vocabulary` (of the network), whole numbers x of a pair are tokens, and whole numbers y (N, T) their labels.
    """
    if isinstance(data, Dataset):
        return data
    if isinstance(data, DataSpec):
        return load(data, folder)
    if isinstance(data, tuple | list) and len(data) == 2:
        if vocabulary is None or not is_whole(data[0]):
            return from_arrays(*data)
        return from_arrays(*data, task="sequence" if is_whole(data[1], 2) else None, vocabulary=vocabulary)
    raise DataError(f"The data is a {type(data).__name__}; give (x, y) arrays, a DataSpec or a Dataset.")


def read_csv_preview(path: str | os.PathLike[str], **options: Any) -> CsvPreview:
    """What a CSV file holds and how it would be read; `options` are those of the spec kind "csv". Raises DataError."""
    from engine.data.csvsource import preview

    return preview(DataSpec.of("csv", path=os.fspath(path), **options).options)


def __getattr__(name: str) -> Any:
    if name != "CsvPreview":
        raise AttributeError(f"module 'engine.data' has no attribute {name!r}")
    from engine.data.csvsource import CsvPreview

    return CsvPreview
