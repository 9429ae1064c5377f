"""Standardisation: mean 0 and deviation 1, measured on the training rows only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Scaler:
    """z = (x - centre) / scale; `centre` and `scale` float64 with the shape of one row."""

    centre: np.ndarray
    scale: np.ndarray

    def apply(self, x: np.ndarray) -> np.ndarray:
        """x (n, *shape) in its own units -> standardised, the same shape; x itself where nothing is to be done."""
        if not self.centre.any() and (self.scale == 1).all():
            return x
        scaled = np.asarray(x - self.centre)
        scaled /= self.scale
        return scaled

    def invert(self, z: np.ndarray) -> np.ndarray:
        """Standardised z (n, *shape) -> the units of the data."""
        return z * self.scale + self.centre


def identity(shape: tuple[int, ...], divisor: float = 1.0, dtype: Any = np.float64) -> Scaler:
    """A scaler that only divides by `divisor`; rows of `dtype` keep it."""
    return Scaler(np.zeros(shape, dtype), np.full(shape, divisor, dtype))


def fit_scaler(x: np.ndarray, scalable: np.ndarray | None = None) -> Scaler:
    """Mean and population deviation of x (n, *shape), n ≥ 1; features outside the mask `scalable` stay as they are.

    A constant feature gets scale 1, so that it becomes 0 and stays finite; "constant" allows for rounding.
    """
    centre = x.mean(axis=0)
    deviation = x.std(axis=0)
    constant = deviation <= 1e-12 * np.maximum(np.abs(x).max(axis=0), np.finfo(np.float64).tiny)
    scale = np.where(constant, 1.0, deviation)
    if scalable is None:
        return Scaler(centre, scale)
    return Scaler(np.where(scalable, centre, 0.0), np.where(scalable, scale, 1.0))
