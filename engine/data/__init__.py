"""Data sets: what there is, how it is drawn or read, split and standardised. Importing this needs NumPy only.

spec = DataSpec.of("spirals", noise=0.2)      # plain data, kept in project files
data = load(spec)                             # data.train.x, data.train.y, data.validation; data.test is locked
data = from_arrays(x, y)                      # integer y: classes; real y: numbers to predict
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from engine.data.arrays import raw_from_arrays
from engine.data.dataset import Dataset, Part, build
from engine.data.options import SPLIT
from engine.data.raw import Task
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

    A relative CSV path is sought in `folder` (the project file's); without it, in the working directory.
    """
    settings = {entry.name: spec.options[entry.name] for entry in SPLIT}
    options = {name: value for name, value in spec.options.items() if name not in settings}
    if spec.source.make is not None:
        return build(spec.kind, spec.source.make(options), **settings)
    from engine.data.csvsource import csv_raw

    raw, name = csv_raw(options, folder)
    return build(name, raw, **settings)


def from_arrays(
    x: Any,
    y: Any,
    *,
    task: Task | None = None,
    name: str = "arrays",
    feature_names: Sequence[str] | None = None,
    class_names: Sequence[str] | None = None,
    validation: float = 0.0,
    test: float = 0.0,
    split_seed: int = 0,
    standardise: bool = False,
    standardise_target: bool = False,
) -> Dataset:
    """Wrap x (N, *shape) and y: integer or text labels (N,) for classes, real (N,) or (N, outputs) for numbers.

    Nothing is split, scaled or reordered unless asked for. Integer labels keep their numbers: with labels 0 and 2 there
    are three classes. Raises DataError naming the first offending row and column.
    """
    if task not in (None, "classification", "regression"):
        raise DataError(f"task is {task!r}, but must be classification or regression.")
    raw = raw_from_arrays(x, y, task, feature_names, class_names)
    settings = {"validation": validation, "test": test, "split_seed": split_seed, "standardise": standardise,
                "standardise_target": standardise_target}  # fmt: skip
    return build(name, raw, **complete_options(name, SPLIT, settings))


def as_dataset(data: Any, folder: str | os.PathLike[str] | None = None) -> Dataset:
    """A Dataset from a Dataset, a DataSpec, or a pair of arrays (x, y). Raises DataError."""
    if isinstance(data, Dataset):
        return data
    if isinstance(data, DataSpec):
        return load(data, folder)
    if isinstance(data, tuple | list) and len(data) == 2:
        return from_arrays(*data)
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
