"""Rows as a source gives them, before they are split and scaled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np

from engine.data.vocabulary import Vocabulary

Task = Literal["classification", "regression", "sequence", "mixed"]


class Encoder(Protocol):
    """Turns tables with named columns into numbers, the way it was fitted on the training rows."""

    feature_names: tuple[str, ...]
    scalable: np.ndarray  # bool (F,): which features are measurements, not one-hot flags
    notes: tuple[str, ...]

    def encode_rows(self, rows: Any) -> np.ndarray:
        """New rows (a path or a data frame) as float64 (n, F), not yet standardised. Raises DataError."""


@dataclass(frozen=True)
class Raw:
    """x float (N, *shape); y int64 (N,) for classification, float64 (N, outputs) for regression, int64 (N, T) for a
    sequence (a label of -1 does not count). Of a "mixed" one, y is float64 (N, outputs) too, and the columns for which
    `target_classes` names classes hold labels.

    With `fit`, x is not known before the split: `fit(training rows)` gives an encoder and x float64 (N, F).
    `divisor` is a fixed scale that is used when the inputs are not standardised. With a `vocabulary`, x holds its
    tokens, int64 (N, T). `parts`: how many rows, in their order, train, validate and test, where that is not drawn.
    """

    x: np.ndarray
    y: np.ndarray
    task: Task
    feature_names: Sequence[str]
    target_names: Sequence[str]
    class_names: Sequence[str] = ()
    image_shape: tuple[int, int] | None = None
    divisor: float = 1.0
    shuffle: bool = True
    notes: tuple[str, ...] = ()
    fit: Callable[[np.ndarray], tuple[Encoder, np.ndarray]] | None = None
    vocabulary: Vocabulary | None = None
    parts: tuple[int, int, int] | None = None
    target_classes: tuple[tuple[str, ...], ...] = ()
