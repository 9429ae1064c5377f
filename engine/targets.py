"""Rows and targets in the form in which the machine takes them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import DataError
from engine.layers import show
from engine.losses import compared_source, data_losses, picks_columns
from engine.network import Network, Node

Shape = tuple[int, ...]


def target_array(network: Network, shapes: dict[str, Shape], y: NDArray) -> NDArray | None:
    """Targets as the losses take them: int64 labels (N,) or (N, T), or float64 numbers; None: no loss reads them.

    Numbers have the output's shape (N, *output) where there is one loss, else they are columns (N, n), of which some
    may be labels.
    """
    losses = data_losses(network)
    if not losses:
        return None
    labels = {loss.layer.target == "labels" for loss in losses}
    if labels == {True} and np.issubdtype(y.dtype, np.integer):
        return np.ascontiguousarray(y, dtype=np.int64)
    alone = len(losses) == 1 and not picks_columns(losses[0]) and labels == {False}
    row = shapes[compared_source(network, losses[0])] if alone else (-1,)
    return np.ascontiguousarray(y, dtype=np.float64).reshape(len(y), *row)


def labels_column(node: Node, y: NDArray) -> NDArray:
    """The labels that count for a loss of classes: y itself, or int64 (N,) out of a target (N, n) of several kinds.

    A column that is not there gives none.
    """
    if np.issubdtype(y.dtype, np.integer):
        return y
    first = node.attrs["first_column"]
    return y.reshape(len(y), -1)[:, first : first + 1].astype(np.int64).reshape(-1)


def tokens_array(x: Any, entry: Node) -> NDArray:
    """x as tokens (N, length) that a Tokens layer takes. Raises DataError."""
    given = np.asarray(x)
    length, vocabulary = entry.attrs["length"], entry.attrs["vocabulary"]
    given = given[None] if given.shape == (length,) else given
    whole = np.issubdtype(given.dtype, np.integer)
    if not whole or given.ndim != 2 or given.shape[1] != length:
        kind = "whole numbers" if whole else "numbers that are not whole"
        raise DataError(f"The network takes rows of {length} tokens, but gets {kind} of shape {given.shape}.")
    if given.size and not 0 <= given.min() <= given.max() < vocabulary:
        raise DataError(f"The tokens run from {given.min()} to {given.max()}, but must lie in 0 to {vocabulary - 1}.")
    return np.ascontiguousarray(given, dtype=np.int64)


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
