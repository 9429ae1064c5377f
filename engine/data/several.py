"""Several columns to predict at once: numbers, classes, or some of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from engine.data.raw import Raw, Task

Target = tuple[np.ndarray, tuple[str, ...]]  # int64 (N,) with its classes, or float64 (N, 1) without


def joined(targets: Sequence[Target]) -> tuple[np.ndarray, Task, tuple[str, ...]]:
    """y, the task and the classes of all: labels (N,) where they stand alone, else one column for each target."""
    if len(targets) == 1 and targets[0][1]:
        return targets[0][0], "classification", targets[0][1]
    y = np.concatenate([values.reshape(len(values), -1).astype(np.float64) for values, _ in targets], axis=1)
    return y, "mixed" if any(classes for _, classes in targets) else "regression", ()


def classes_of(targets: Sequence[Target]) -> tuple[tuple[str, ...], ...]:
    """The classes of each column; none where it holds numbers."""
    return tuple(classes for _, classes in targets)


def predicting_too(raw: Raw, name: str) -> Raw:
    """`raw` with the feature `name` as one more column to predict, and not to read; "none" changes nothing."""
    if name == "none":
        return raw
    place = list(raw.feature_names).index(name)
    first: list[Target] = [(raw.y, tuple(raw.class_names))]
    if not raw.class_names:
        first = [(raw.y[:, k : k + 1], ()) for k in range(raw.y.shape[1])]
    targets = [*first, (raw.x[:, place : place + 1], ())]
    y, task, classes = joined(targets)
    names = [feature for feature in raw.feature_names if feature != name]
    return replace(raw, x=np.delete(raw.x, place, axis=1), y=y, task=task, feature_names=names, class_names=classes,
                   target_names=(*raw.target_names, name), target_classes=classes_of(targets))  # fmt: skip
