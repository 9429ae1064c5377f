"""Figures about a tensor. No Qt here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Statistics:
    """Over the finite elements of a tensor; shares are of all elements, 0 to 1. NaN where nothing is finite."""

    size: int
    low: float
    high: float
    mean: float
    std: float
    zeros: float
    bad: int

    @classmethod
    def of(cls, array: np.ndarray) -> Statistics:
        """Statistics of `array`, any shape; computed in float64."""
        values = np.asarray(array, dtype=np.float64).reshape(-1)
        finite = values[np.isfinite(values)]
        bad = values.size - finite.size
        zeros = float(np.count_nonzero(values == 0)) / values.size if values.size else 0.0
        if not finite.size:
            return cls(values.size, *(float("nan"),) * 4, zeros, bad)
        with np.errstate(over="ignore", invalid="ignore"):
            mean, std = float(finite.mean()), float(finite.std())
        return cls(values.size, float(finite.min()), float(finite.max()), mean, std, zeros, bad)


def histogram(array: np.ndarray, limit: float, bins: int) -> np.ndarray:
    """Counts (bins,) of the finite elements of `array` between −limit and +limit."""
    values = np.asarray(array, dtype=np.float64).reshape(-1)
    if not 0 < limit < float("inf"):
        limit = 1.0
    scaled = values[np.isfinite(values)] / limit  # scaled first: numpy cannot bin across 1e308
    return np.histogram(scaled, bins=bins, range=(-1.0, 1.0))[0]
