"""A data set ready to train on: split, standardised, with its test rows locked away."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from engine.data.arrays import numeric_array, tokens_array
from engine.data.raw import Encoder, Raw
from engine.data.scaling import Scaler, fit_scaler, identity
from engine.data.split import Split, split_rows
from engine.errors import DataError


@dataclass(frozen=True)
class Part:
    """x float (n, *shape), standardised, or int64 (n, T) tokens; y int64 (n,) or (n, T), or float64 (n, outputs).

    `rows` (n,): numbers in the source.
    """

    x: np.ndarray
    y: np.ndarray
    rows: np.ndarray

    def __len__(self) -> int:
        return len(self.rows)


class Dataset:
    """`train` and `validation` are open; `test` is locked until `open_test()`. A part may have no rows.

    `task` is "classification" (y int64 (n,), 0..C-1), "sequence" (y int64 (n, T), -1 where a label does not count) or
    "regression" (y float64 (n, outputs)), or "mixed" (likewise, but some columns hold labels: those for which
    `target_classes`, one entry a column, names classes). `image_shape` tells how a row of x is shown as a picture; with
    a `vocabulary` a row holds tokens, which it turns into text. `notes` says what was filled, ignored or guessed.
    """

    def __init__(self, name: str, raw: Raw, split: Split, standardise: bool, standardise_target: bool) -> None:
        self.name, self.task, self.image_shape = name, raw.task, raw.image_shape
        self.encoder: Encoder | None = None
        self.vocabulary = raw.vocabulary
        if standardise and raw.vocabulary is not None:
            raise DataError(f"{name} holds tokens, which stand for texts; only numbers can be standardised.")
        x, scalable = raw.x, None
        if raw.fit is not None:
            self.encoder, x = raw.fit(split.train)
            scalable = self.encoder.scalable
        names = self.encoder.feature_names if self.encoder else raw.feature_names
        self.feature_names, self.target_names = tuple(names), tuple(raw.target_names)
        self.class_names = tuple(raw.class_names)
        self.target_classes = raw.target_classes or (self.class_names,) * len(self.target_names)
        self.notes = raw.notes + (self.encoder.notes if self.encoder else ())
        self._scale_words = _scale_words(raw, standardise)
        numbers = x.dtype if x.dtype == np.float32 else np.float64
        self.scaler = (
            fit_scaler(x[split.train], scalable) if standardise else identity(x.shape[1:], raw.divisor, numbers)
        )
        self.target_scaler = self._fit_target(raw.y[split.train], standardise_target)
        self._parts = [self._part(x, raw.y, rows) for rows in split]
        self.test_opened = 0

    def _fit_target(self, y: np.ndarray, standardise: bool) -> Scaler | None:
        if not standardise or not self.predicts_numbers:
            return None
        return fit_scaler(y, np.array([not classes for classes in self.target_classes]))

    def _part(self, x: np.ndarray, y: np.ndarray, rows: np.ndarray) -> Part:
        chosen = _chosen(rows)
        targets = self.target_scaler.apply(y[chosen]) if self.target_scaler else y[chosen].copy()
        targets.flags.writeable = False  # kernels use labels as places: they are checked once and stay as they are
        inputs = self.scaler.apply(x[chosen]).view()
        inputs.flags.writeable = False  # it may be the caller's own array
        return Part(inputs, targets, rows)

    @property
    def train(self) -> Part:
        """The rows to train on."""
        return self._parts[0]

    @property
    def validation(self) -> Part:
        """The rows to validate on; none with validation=0."""
        return self._parts[1]

    @property
    def test(self) -> Part:
        """Always locked: raises DataError that says how to open it."""
        self._require_test()
        raise DataError(f"The {len(self._parts[2])} test rows of {self.name} are locked to keep the last figure honest."
                        " Call open_test() once training is done; each opening is counted.")  # fmt: skip

    def open_test(self) -> Part:
        """The locked rows; `test_opened` counts the openings. Raises DataError if there are none."""
        self._require_test()
        self.test_opened += 1
        return self._parts[2]

    def _require_test(self) -> None:
        if not len(self._parts[2]):
            raise DataError(f"{self.name} has no test rows; set its share test above 0.")

    @property
    def x(self) -> np.ndarray:
        """Inputs of every open row: training rows, then validation rows."""
        return np.concatenate([self.train.x, self.validation.x]) if len(self.validation) else self.train.x

    @property
    def y(self) -> np.ndarray:
        """Targets of every open row, in the order of `x`."""
        return np.concatenate([self.train.y, self.validation.y]) if len(self.validation) else self.train.y

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one row of x: what the network's Input takes."""
        return self.train.x.shape[1:]

    @property
    def classes(self) -> int:
        """Number of classes (of each step of a sequence); 0 for regression, or if columns have their own."""
        return len(self.class_names)

    def one_target(self, column: int) -> Dataset:
        """The same rows with one of several target columns: labels (n,) if it names classes, else numbers (n, 1)."""
        found, classes = copy.copy(self), self.target_classes[column]
        found.task = "classification" if classes else "regression"
        found.target_names, found.target_classes = (self.target_names[column],), (classes,)
        found.class_names = classes
        if self.target_scaler is not None:
            kept = slice(column, column + 1)
            found.target_scaler = Scaler(self.target_scaler.centre[kept], self.target_scaler.scale[kept])
        y = [part.y[:, column : column + 1] for part in self._parts]
        y = [labels.astype(np.int64)[:, 0] for labels in y] if classes else y
        found._parts = [replace(part, y=own) for part, own in zip(self._parts, y, strict=True)]
        return found

    @property
    def predicts_numbers(self) -> bool:
        """Whether some column of the target holds numbers, which can be standardised."""
        return self.task in ("regression", "mixed") and not all(self.target_classes)

    @property
    def outputs(self) -> int:
        """How many numbers a network gives for a row: one a class, or one a target."""
        return self.classes or self.train.y.shape[1]

    def __len__(self) -> int:
        return sum(map(len, self._parts))

    def transform(self, x_raw: Any) -> np.ndarray:
        """Rows in the data's own units, (n, *shape) or one row (*shape,) -> (n, *shape) as in training."""
        if self.vocabulary is not None:
            return self._tokens(x_raw)
        x = numeric_array(x_raw, "x")
        x = x[None] if x.shape == self.shape else x[:, None] if x.ndim == 1 and self.shape == (1,) else x
        if x.shape[1:] != self.shape:
            raise DataError(f"x has rows of shape {x.shape[1:]}, but {self.name} has rows of shape {self.shape}.")
        return self.scaler.apply(x)

    def _tokens(self, x_raw: Any) -> np.ndarray:
        assert self.vocabulary is not None
        given = np.asarray(x_raw)
        x = tokens_array(given[None] if given.shape == self.shape else given, len(self.vocabulary))
        if x.shape[1:] != self.shape:
            raise DataError(f"x has rows of {x.shape[1]} tokens, but {self.name} has rows of {self.shape[0]}.")
        return x

    def inverse_transform(self, x: np.ndarray) -> np.ndarray:
        """Standardised x (n, *shape) -> the data's own units."""
        return self.scaler.invert(x)

    def inverse_target(self, y: np.ndarray) -> np.ndarray:
        """Predicted targets (n, outputs) -> the target's own units (the same numbers if it is not standardised)."""
        return self.target_scaler.invert(y) if self.target_scaler else y

    def encode_rows(self, rows: Any) -> np.ndarray:
        """New rows, a CSV path or a pandas DataFrame -> x float64 (n, *shape) as in training.

        Columns are found by name; other columns are ignored; empty cells are filled as in training; a category never
        seen in training counts as none of the known ones. Raises DataError for a missing column or a wrong value.
        """
        if self.vocabulary is not None:
            raise DataError(f"{self.name} holds tokens, which no table has; let its vocabulary encode a text instead.")
        if self.encoder is None:
            from engine.data.newrows import numeric_rows

            flat = numeric_rows(rows, self.feature_names, self.name)
            return self.transform(flat.reshape(len(flat), *self.shape))
        return self.transform(self.encoder.encode_rows(rows))

    @property
    def summary(self) -> str:
        """One line for a status bar."""
        kind = f"{self.classes} classes" if self.classes else f"target {', '.join(self._target_words())}"
        size = " × ".join(map(str, self.shape))
        unit = " tokens" if self.vocabulary is not None else ""
        return f"{self.name}: {len(self):,} rows of {size}{unit}, {kind}; {self._counts()}"

    def _target_words(self) -> list[str]:
        pairs = zip(self.target_names, self.target_classes, strict=True)
        return [f"{name} ({len(classes)} classes)" if classes else name for name, classes in pairs]

    def label_counts(self, y: np.ndarray) -> np.ndarray:
        """How often each class stands in `y`; labels of -1 do not count."""
        return np.bincount(y[y >= 0], minlength=self.classes)

    def _counts(self) -> str:
        train, validation, test = (f"{len(part):,}" for part in self._parts)
        opened = f"opened {self.test_opened} ×" if self.test_opened else "locked"
        return f"{train} to train, {validation} to validate, {test} to test" + (f" ({opened})" if test != "0" else "")

    def describe(self) -> str:
        """Several lines for a panel: size, parts, target, scale and notes."""
        scaled = self._scale_words
        lines = [self.summary, f"features: {_some(self.feature_names)}"]
        if self.classes:
            counts = self.label_counts(self.y)
            shares = [f"{name} ({count:,})" for name, count in zip(self.class_names, counts, strict=True)]
            what = "rows" if self.task == "classification" else "places"
            lines.append(f"classes of {self.target_names[0]}, with their open {what}: {_some(shares)}")
        elif self.target_scaler:
            scaled += ", target too"
        return "\n".join([*lines, scaled, *self.notes])


def _scale_words(raw: Raw, standardise: bool) -> str:
    if raw.vocabulary is not None:
        return f"inputs are tokens out of {len(raw.vocabulary):,}"
    fixed = "as they are" if raw.divisor == 1 else f"divided by {raw.divisor:g}"
    return f"inputs {'standardised on the training rows' if standardise else fixed}"


def _chosen(rows: np.ndarray) -> np.ndarray | slice:
    """`rows` as a slice where they follow one another, which spares a copy."""
    if len(rows) and np.array_equal(rows, np.arange(rows[0], rows[0] + len(rows))):
        return slice(int(rows[0]), int(rows[0]) + len(rows))
    return rows


def _some(names: tuple[str, ...] | list[str], most: int = 12) -> str:
    more = f", … ({len(names)} in all)" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def build(
    name: str, raw: Raw, *, validation: float, test: float, split_seed: int, standardise: bool, standardise_target: bool
) -> Dataset:
    """Split `raw` and fit everything on its training rows."""
    labels = raw.y if raw.task == "classification" else None
    if raw.task == "mixed":  # by the first column of classes
        labels = raw.y[:, next(k for k, classes in enumerate(raw.target_classes) if classes)].astype(np.int64)
    if raw.parts is not None:
        split = Split(*np.split(np.arange(len(raw.y)), np.cumsum(raw.parts[:2])))
    else:
        split = split_rows(len(raw.y), labels, validation, test, split_seed, raw.shuffle)
    return Dataset(name, raw, split, standardise, standardise_target)
