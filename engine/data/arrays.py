"""Arrays that a library user passes, checked before anything is calculated with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.data.raw import Raw, Task
from engine.data.vocabulary import Vocabulary
from engine.errors import DataError

Words = int | Sequence[str] | Vocabulary

LARGEST = 1e100  # squares and sums of it are still finite in float64
MAX_LABEL = 65_535
BLOCK = 1024  # rows looked at together


def raw_from_arrays(
    x: Any,
    y: Any,
    task: Task | None = None,
    feature_names: Sequence[str] | None = None,
    class_names: Sequence[str] | None = None,
    vocabulary: Words | None = None,
) -> Raw:
    """x (N,) or (N, *shape), y as in `from_arrays`. Raises DataError naming the first offending row and column."""
    known = None if vocabulary is None else _vocabulary(vocabulary)
    rows = numeric_array(x, "x") if known is None else tokens_array(x, len(known))
    rows = rows[:, None] if rows.ndim == 1 else rows
    targets = _array(y, "y")
    if targets.ndim == 0 or len(targets) != len(rows):
        count = 1 if targets.ndim == 0 else len(targets)
        raise DataError(f"x has {len(rows)} rows, but y has {count}; give one target for each row.")
    names = _feature_names(feature_names, rows.shape[1:])
    found = task or ("regression" if targets.dtype.kind == "f" else "classification")
    if found == "regression":
        values = _regression_target(targets)
        targets_names = [f"y{k + 1}" for k in range(values.shape[1])] if values.shape[1] > 1 else ["y"]
        return Raw(rows, values, "regression", names, targets_names, shuffle=False, vocabulary=known)
    labels, classes = _steps_labels(targets) if found == "sequence" else _labels(targets)
    if class_names is not None:
        if len(class_names) < len(classes):
            raise DataError(f"There are {len(class_names)} class names, but the labels go up to {len(classes) - 1}.")
        classes = tuple(str(name) for name in class_names)
    return Raw(rows, labels, found, names, ["class"], classes, shuffle=False, vocabulary=known)


def _vocabulary(given: Words) -> Vocabulary:
    if isinstance(given, Vocabulary):
        return given
    if isinstance(given, int | np.integer) and not isinstance(given, bool):
        if not 1 <= given <= MAX_LABEL + 1:
            raise DataError(f"The vocabulary has {given:,} tokens, but must have 1 to {MAX_LABEL + 1:,}.")
        return Vocabulary([str(k) for k in range(int(given))], "word")
    try:
        return Vocabulary([str(token) for token in given], "word")  # type: ignore[union-attr]
    except TypeError as error:
        raise DataError(f"vocabulary is {given!r}; give the number of tokens, or their texts.") from error


def is_whole(values: Any, dimensions: int | None = None) -> bool:
    """Whether `values` are whole numbers (of that many dimensions)."""
    array = _array(values, "the data")
    return array.dtype.kind in "iu" and dimensions in (None, array.ndim)


def tokens_array(values: Any, size: int) -> np.ndarray:
    """`values` as int64 (N, T) of tokens 0..size - 1. Raises DataError naming the first that is none."""
    array = _array(values, "x")
    if array.ndim != 2 or array.size == 0:
        raise DataError(f"x has shape {array.shape}; tokens stand in rows, (N, T), at least one with one token.")
    if array.dtype.kind not in "iu":
        raise DataError(f"x has the type {array.dtype}, but tokens are whole numbers; give x.astype(int).")
    bad = (array < 0) | (array >= size)
    if bad.any():
        place = tuple(int(index) for index in np.argwhere(bad)[0])
        raise DataError(f"x holds the token {array[place]} at {_place(place)}; there are 0 to {size - 1}.")
    return np.ascontiguousarray(array, np.int64)


def numeric_array(values: Any, name: str) -> np.ndarray:
    """`values` as float32 or float64, at least one row, all finite and at most LARGEST. Raises DataError.

    Arrays of these types come back themselves, not copied: a large set stands in memory once.
    """
    array = _array(values, name)
    if array.ndim == 0 or array.size == 0:
        raise DataError(f"{name} has shape {array.shape} and holds no rows; give at least one row with one value.")
    if array.dtype.kind not in "biuf":
        raise DataError(f"{name} has the type {array.dtype}, first {_first(array)}; convert it to numbers first.")
    numbers = array if array.dtype in (np.float32, np.float64) else array.astype(np.float64)
    for start in range(0, len(numbers), BLOCK):
        _check_finite(numbers[start : start + BLOCK], start, name)
    return numbers


def _check_finite(rows: np.ndarray, start: int, name: str) -> None:
    bad = ~(np.abs(rows.astype(np.float64)) <= LARGEST)
    if bad.any():
        row, *rest = (int(index) for index in np.argwhere(bad)[0])
        value = rows[(row, *rest)]
        cure = "rescale it" if np.isfinite(value) else "replace or remove it"
        raise DataError(f"{name} holds {value:g} at {_place((start + row, *rest))}; {cure}.")


def _array(values: Any, name: str) -> np.ndarray:
    try:
        array = np.asarray(values)
    except Exception as error:  # ragged lists raise ValueError, foreign arrays whatever their makers chose
        raise DataError(f"{name} is no array of numbers ({str(error)[:120]}); give rows of equal length.") from error
    if array.dtype == object:
        raise DataError(f"{name} has the type object, first {_first(array)}; convert it to numbers first.")
    return array


def _first(array: np.ndarray) -> str:
    for place in np.ndindex(array.shape):
        if not isinstance(array[place], int | float):
            return f"{str(array[place])[:40]!r} at {_place(place)}"
    return "a number among others" if array.size else "nothing"


def _place(place: tuple[int, ...]) -> str:
    words = ("row", "column", *("index",) * 8)
    return ", ".join(f"{word} {index}" for word, index in zip(words, place, strict=False))


def _feature_names(given: Sequence[str] | None, shape: tuple[int, ...]) -> Sequence[str]:
    count = int(np.prod(shape))
    if given is None:
        return [f"x{k + 1}" for k in range(count)]
    if len(given) != count:
        raise DataError(f"There are {len(given)} feature names for {count} features of x.")
    return [str(name) for name in given]


def _regression_target(y: np.ndarray) -> np.ndarray:
    values = numeric_array(y, "y")
    if values.ndim > 2:
        raise DataError(f"y has shape {values.shape}; give (N,) or (N, outputs), as with y.reshape(len(y), -1).")
    return values[:, None] if values.ndim == 1 else values


def _steps_labels(y: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Labels (N, T) of sequences; those of -1 do not count."""
    if y.ndim != 2 or y.dtype.kind not in "iu":
        raise DataError(f"y holds {y.dtype} of shape {y.shape}; the labels of sequences are whole numbers (N, T).")
    bad = (y < -1) | (y > MAX_LABEL)
    if bad.any():
        place = tuple(int(index) for index in np.argwhere(bad)[0])
        raise DataError(f"y holds the label {y[place]} at {_place(place)}; labels are 0, 1, … up to {MAX_LABEL}, "
                        "and -1 where none counts.")  # fmt: skip
    if y.max() < 0:
        raise DataError("y holds no label that counts: all are -1.")
    return y.astype(np.int64), tuple(str(k) for k in range(int(y.max()) + 1))


def _labels(y: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim > 1:
        raise DataError(f"y holds labels of shape {y.shape}; give (N,), as with y.argmax(axis=1) for one-hot rows, "
                        "y.astype(float) to predict numbers, or the task sequence for labels (N, T).")  # fmt: skip
    if y.dtype.kind in "US":
        names, labels = np.unique(y, return_inverse=True)
        return labels.astype(np.int64), tuple(str(name) for name in names)
    numbers = numeric_array(y, "y")
    bad = (numbers < 0) | (numbers > MAX_LABEL) | (numbers != np.floor(numbers))
    if bad.any():
        row = int(np.argmax(bad))
        raise DataError(f"y holds the label {numbers[row]:g} at row {row}; labels are 0, 1, … up to {MAX_LABEL}. "
                        "Give y.astype(float) to predict numbers.")  # fmt: skip
    return numbers.astype(np.int64), tuple(str(k) for k in range(int(numbers.max()) + 1))
