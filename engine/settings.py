"""The settings of a session, checked."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.errors import SessionError
from engine.optimizers import Optimizer
from engine.training import TRAINING_ATTRIBUTES


def fitting_optimizer(optimizer: Optimizer, dtype: str) -> Optimizer:
    """`optimizer`, if its learning rate is a number that `dtype` knows. Raises SessionError."""
    if float(optimizer.learning_rate) > float(np.finfo(dtype).max):
        raise SessionError(f"learning_rate is {optimizer.learning_rate:g}, which is too large for {dtype}.")
    return optimizer


def checked_settings(
    dtype: str, threads: int, batch_size: int | None, seed: int, l1: float, l2: float
) -> dict[str, Any]:
    """The settings as plain Python numbers. Raises SessionError or AttributeValueError."""
    if dtype not in ("float32", "float64"):
        raise SessionError(f"dtype is {dtype!r}, but must be 'float32' or 'float64'.")
    given = {"threads": threads, "batch_size": batch_size or 0, "seed": seed, "l1": l1, "l2": l2}
    if batch_size is not None and batch_size == 0:
        raise SessionError("batch_size is 0; give None for the whole training set.")
    return {
        attribute.name: attribute.check(given[attribute.name], "session")
        for attribute in TRAINING_ATTRIBUTES
        if attribute.name in given
    }
