"""Whether a data set fits a network: input shape, outputs and labels."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.layers import show
from engine.problems import Problem

if TYPE_CHECKING:
    from engine.network import Network, Node

Shape = tuple[int, ...]


def fit_problems(network: Network, shapes: dict[str, Shape], data: Any) -> list[Problem]:
    """Problems of `network` (itself without errors) on `data`, a Dataset or arrays (x, y)."""
    from engine.data import as_dataset

    dataset = as_dataset(data, network.folder)
    source = next(node for node in network.nodes.values() if node.layer.is_input)
    loss = next(node for node in network.nodes.values() if node.layer.is_loss)
    row = tuple(dataset.train.x.shape[1:])
    problems = []
    if math.prod(row) != math.prod(shapes[source.id]) or (len(row) > 1 and row != shapes[source.id]):
        problems.append(Problem("shape", f"the data has rows of {show(row)}, but this takes {show(shapes[source.id])}.",
                                f"Set its shape to {show(row)}.", source.id, None, row, shapes[source.id]))  # fmt: skip
    outputs = shapes[network.inputs_of(loss.id)["x"]]
    return problems + _target_problems(loss, outputs, dataset.y, dataset.classes)


def _target_problems(loss: Node, outputs: Shape, y: np.ndarray, known: int) -> list[Problem]:
    """`y`: targets of all open rows; `known`: classes of the whole data, so that no label of a locked row is missed."""
    labels = np.issubdtype(y.dtype, np.integer) and y.ndim == 1
    if loss.layer.target == "labels":
        return _label_problems(loss, outputs, y, known if labels else 0)
    wide = (1,) if y.ndim == 1 else tuple(y.shape[1:])
    if math.prod(outputs) != math.prod(wide):
        classes = labels and len(outputs) == 1 and outputs[0] > 1
        cure = "Use CrossEntropy for classes" if classes else f"Give the last layer {show(wide)} units"
        what = f"the network gives {show(outputs)} a row, the data's target is {show(wide)}."
        return [Problem("label_mismatch", what, f"{cure}.", loss.id, "x", wide, outputs)]
    if loss.kind == "BinaryCrossEntropy" and (y.min() < 0 or y.max() > 1):
        return [Problem("label_mismatch", f"targets run from {y.min():g} to {y.max():g}, but must lie in 0 to 1.",
                        "Use CrossEntropy for classes, SquaredError for numbers.", loss.id, "x")]  # fmt: skip
    return []


def _label_problems(loss: Node, outputs: Shape, y: np.ndarray, known: int) -> list[Problem]:
    if not known:
        return [Problem("label_mismatch", "the data's target is a number, but this compares classes.",
                        "Use SquaredError or another loss for numbers.", loss.id, "x",
                        "classes", "numbers")]  # fmt: skip
    classes = max(int(y.max()) + 1, known)
    if y.min() < 0 or classes > outputs[0]:
        return [Problem("label_mismatch", f"the data has {classes} classes, but only {outputs[0]} outputs come in.",
                        f"Give the last layer {classes} units.", loss.id, "x", (classes,), outputs)]  # fmt: skip
    if classes < outputs[0]:
        return [Problem("label_mismatch", f"{outputs[0]} outputs come in, but the data has {classes} classes.",
                        f"Give the last layer {classes} units.", loss.id, "x", (classes,), outputs,
                        severity="warning")]  # fmt: skip
    return []
