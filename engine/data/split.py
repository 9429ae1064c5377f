"""Which rows train, which validate, and which are locked away: seeded, and stratified by class."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Split(NamedTuple):
    """Row numbers, int64, disjoint; together every row once."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray


def split_rows(
    count: int, labels: np.ndarray | None, validation: float, test: float, seed: int, shuffle: bool = True
) -> Split:
    """Split rows 0..count-1 into shares `validation` and `test`, the rest for training.

    With `labels` (int (count,)) each class is split in proportion (largest remainders first), and the training part
    keeps at least one row of every class: a class of one row only trains, a class of two gives away at most one.
    Without labels the training part keeps at least one row. Without `shuffle` each part keeps the order of the rows.
    """
    rng = np.random.default_rng(seed)
    groups = [np.arange(count)] if labels is None else [np.flatnonzero(labels == k) for k in np.unique(labels)]
    groups = [rng.permutation(group) for group in groups]
    spare = np.array([len(group) - 1 for group in groups])
    for_test = _shares(np.array([len(group) for group in groups]), spare, test)
    for_validation = _shares(np.array([len(group) for group in groups]), spare - for_test, validation)
    parts = Split(*(np.concatenate(part) for part in zip(*map(_cut, groups, for_test, for_validation), strict=True)))
    return Split(*(rng.permutation(part) if shuffle else np.sort(part) for part in parts))


def _cut(group: np.ndarray, test: int, validation: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return group[test + validation :], group[test : test + validation], group[:test]


def _shares(sizes: np.ndarray, spare: np.ndarray, fraction: float) -> np.ndarray:
    """How many rows each group gives: floors first, then one more to the largest remainders, never beyond `spare`."""
    wanted = sizes * fraction
    given = np.minimum(np.floor(wanted + 1e-9).astype(np.int64), spare)
    missing = round(float(sizes.sum() * fraction)) - int(given.sum())
    for group in np.argsort(given - wanted, kind="stable"):
        if missing <= 0:
            break
        if given[group] < spare[group]:
            given[group] += 1
            missing -= 1
    return given
