"""Rows and targets in the form in which the machine takes them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import DataError
from engine.layers import show
from engine.network import Network, Node

Shape = tuple[int, ...]


def target_array(loss: Node, shapes: dict[str, Shape], network: Network, y: NDArray) -> NDArray:
    """Targets for `loss`: int64 labels (N,), or float64 numbers of the output's shape (N, *output)."""
    if loss.layer.target == "labels":
        return np.ascontiguousarray(y, dtype=np.int64)
    output = shapes[network.inputs_of(loss.id)["x"]]
    return np.ascontiguousarray(y, dtype=np.float64).reshape(len(y), *output)


def rows_array(x: Any, row: Shape, dtype: str) -> NDArray:
    """x as an array (N, *row). One row alone may be given without the first dimension. Raises DataError."""
    try:
        with np.errstate(over="ignore"):  # what is too large for float32 is refused below
            array = np.asarray(x, dtype=dtype)
    except (TypeError, ValueError) as error:
        raise DataError("The rows must be numbers.") from error
    if array.shape == row:
        array = array[None]
    if array.ndim == 0 or math.prod(array.shape[1:]) != math.prod(row) or not np.all(np.isfinite(array)):
        got = "values that are not finite" if array.ndim and math.prod(array.shape[1:]) == math.prod(row) else (
            f"rows of {show(array.shape[1:])}")  # fmt: skip
        raise DataError(f"The network takes rows of {show(row)} finite numbers, but gets {got}.")
    return np.ascontiguousarray(array.reshape(len(array), *row))
