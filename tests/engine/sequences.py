"""Data sets of sequences for tests: as they are, without splitting or scaling."""

from __future__ import annotations

import numpy as np

from engine.data.dataset import Dataset
from engine.data.raw import Raw
from engine.data.split import Split
from engine.data.vocabulary import Vocabulary


def dataset(x: np.ndarray, y: np.ndarray, classes: int = 0, vocabulary: int = 0) -> Dataset:
    """x numbers (N, …), or tokens (N, T) below `vocabulary`; y labels below `classes`, or numbers without them."""
    kind = ("sequence" if y.ndim > 1 else "classification") if classes else "regression"
    words = Vocabulary([str(k) for k in range(vocabulary)], "word") if vocabulary else None
    raw = Raw(x, y, kind, ["x"], ["y"], [str(k) for k in range(classes)], shuffle=False, vocabulary=words)
    none = np.zeros(0, np.int64)
    return Dataset("sequences", raw, Split(np.arange(len(x)), none, none), False, False)
