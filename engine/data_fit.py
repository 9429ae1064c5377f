"""Whether a data set fits a network: input shape, outputs and labels."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.carry import carry_problems
from engine.curriculum import curriculum_problems
from engine.early_stopping import stopping_problems
from engine.layers import show
from engine.losses import columns_of, compared_source, data_losses, picks_columns
from engine.problems import Problem
from engine.targets import labels_column

if TYPE_CHECKING:
    from engine.network import Network, Node

Shape = tuple[int, ...]


def fit_problems(network: Network, shapes: dict[str, Shape], data: Any) -> list[Problem]:
    """Problems of `network` (itself without errors) on `data`, a Dataset or arrays (x, y)."""
    from engine.data import as_dataset

    dataset = as_dataset(data, network.folder, known_tokens(network))
    source = next(node for node in network.nodes.values() if node.layer.is_input)
    row = tuple(dataset.train.x.shape[1:])
    problems = []
    whole = np.issubdtype(dataset.train.x.dtype, np.integer)
    if source.kind == "Tokens" or whole:
        problems += _token_problems(source, dataset, whole)
    elif math.prod(row) != math.prod(shapes[source.id]) or (len(row) > 1 and row != shapes[source.id]):
        problems.append(Problem("shape", f"the data has rows of {show(row)}, but this takes {show(shapes[source.id])}.",
                                f"Set its shape to {show(row)}.", source.id, None, row, shapes[source.id]))  # fmt: skip
    problems += _batch_problems(network, shapes, len(dataset.train)) + _padding_problems(network, dataset)
    problems += carry_problems(network, dataset) + curriculum_problems(network, dataset)
    problems += stopping_problems(network, dataset)
    losses = data_losses(network)
    for loss in losses:
        outputs = shapes[compared_source(network, loss)]
        problems += _target_problems(loss, outputs, dataset)
    return problems


def _batch_problems(network: Network, shapes: dict[str, Shape], rows: int) -> list[Problem]:
    """Where a mean and a variance over the batch would be those of one number."""
    if min(network.training.batch_size or rows, rows) > 1:  # batches are always full
        return []
    problems = []
    for node in network.nodes.values():
        if node.kind == "BatchNorm":
            shape = shapes[compared_source(network, node)]
            channels = shape[-1] if node.attrs["channels"] == "last" else shape[0]
            if math.prod(shape) == channels:
                problems.append(Problem("shape", "one number a channel has no variance: a batch has 1 row.",
                                        "Set the batch size to 2 or more, or use LayerNorm.", node.id))  # fmt: skip
    return problems


def padding_of(dataset: Any) -> int | None:
    """The token with which `dataset` fills rows up; None if it fills none."""
    from engine.data.tasks import PAD

    words = () if dataset.vocabulary is None else dataset.vocabulary.itos
    return words.index(PAD) if PAD in words and (dataset.x == words.index(PAD)).any() else None


def mistaken_masks(network: Network, pad: int | None) -> list[Node]:
    """The padding masks that hide another token than the one that fills rows up."""
    masks = [node for node in network.nodes.values() if node.kind == "PaddingMask"]
    return [] if pad is None else [node for node in masks if node.attrs["padding"] != pad]


def _padding_problems(network: Network, dataset: Any) -> list[Problem]:
    masks = mistaken_masks(network, pad := padding_of(dataset))
    return [Problem("shape", f"hides token {node.attrs['padding']}, but the data fills rows up with {pad}.",
                    f"Set its padding to {pad}.", node.id, severity="warning") for node in masks]  # fmt: skip


def known_tokens(network: Network) -> int | None:
    """How many different tokens enter `network`; None if it takes numbers."""
    return next((node.attrs["vocabulary"] for node in network.nodes.values() if node.kind == "Tokens"), None)


def _token_problems(source: Node, dataset: Any, whole: bool) -> list[Problem]:
    """What keeps tokens, or numbers, from entering at `source`."""
    row, words = dataset.train.x.shape[1:], len(dataset.vocabulary or ())
    if source.kind != "Tokens":
        cure = f"Begin with a Tokens layer of length {show(row)} and vocabulary {words}."
        return [Problem("dtype", "the data has tokens, but this takes numbers.", cure, source.id)]
    if not whole:
        cure = f"Begin with an Input layer of shape {show(row)}, or give whole numbers."
        return [Problem("dtype", "the data has numbers, but this takes tokens.", cure, source.id)]
    length, known = source.attrs["length"], source.attrs["vocabulary"]
    if row != (length,):
        return [Problem("shape", f"the data has rows of {show(row)} tokens, but this takes {length}.",
                        f"Set its length to {show(row)}.", source.id, None, row, (length,))]  # fmt: skip
    low, high = int(dataset.x.min(initial=0)), int(dataset.x.max(initial=0))
    if low < 0 or high >= known:  # kernels trust tokens as places
        return [Problem("shape", f"the data's tokens run from {low} to {high}, but this knows 0 to {known - 1}.",
                        f"Set its vocabulary to {high + 1}.", source.id)]  # fmt: skip
    if words in (0, known):
        return []
    verb = "only knows" if known < words else "knows"
    return [Problem("shape", f"the data has {words:,} different tokens, but this {verb} {known:,}.",
                    f"Set its vocabulary to {words}.", source.id, None, words, known,
                    "error" if known < words else "warning")]  # fmt: skip


def _target_problems(loss: Node, outputs: Shape, dataset: Any) -> list[Problem]:
    """Of all open rows; classes are those of the whole data, so that no label of a locked row is missed."""
    y: np.ndarray = dataset.y
    labels = np.issubdtype(y.dtype, np.integer)
    if loss.layer.target == "labels":
        known = dataset.classes if labels else _classes_in(loss, dataset)
        return _label_problems(loss, outputs, labels_column(loss, y) if known else y, known)
    wide = (1,) if y.ndim == 1 else tuple(y.shape[1:])
    if picks_columns(loss):
        first, stop = columns_of(loss, math.prod(wide))
        if not first < stop <= math.prod(wide):
            return [Problem("label_mismatch", f"takes columns {first} to {stop - 1} of the target, which has "
                            f"{math.prod(wide)}: 0 to {math.prod(wide) - 1}.", "Choose columns that are there.",
                            loss.id)]  # fmt: skip
        wide, y = (stop - first,), y.reshape(len(y), -1)[:, first:stop]
        found = _mistaken_labels(loss, dataset, first, stop)
    else:
        found = _mistaken_labels(loss, dataset, 0, len(dataset.target_classes))
    if found:
        return found
    if math.prod(outputs) != math.prod(wide):
        classes = labels and len(outputs) == 1 and outputs[0] > 1
        cure = "Use CrossEntropy for classes" if classes else f"Give the last layer {show(wide)} units"
        what = f"the network gives {show(outputs)} a row, the data's target is {show(wide)}."
        return [Problem("label_mismatch", what, f"{cure}.", loss.id, loss.ports[0], wide, outputs)]
    if loss.kind == "BinaryCrossEntropy" and (y.min() < 0 or y.max() > 1):
        return [Problem("label_mismatch", f"targets run from {y.min():g} to {y.max():g}, but must lie in 0 to 1.",
                        "Use CrossEntropy for classes, SquaredError for numbers.", loss.id, loss.ports[0])]  # fmt: skip
    return []


def _classes_in(loss: Node, dataset: Any) -> int:
    """How many classes the column has that a loss of classes takes out of several; 0: it holds numbers."""
    first = loss.attrs["first_column"]
    return len(dataset.target_classes[first]) if first < len(dataset.target_classes) else 0


def _mistaken_labels(loss: Node, dataset: Any, first: int, stop: int) -> list[Problem]:
    """Labels of several classes that would be taken as numbers, out of a target of several kinds."""
    if dataset.task != "mixed":
        return []
    most = 2 if loss.kind == "BinaryCrossEntropy" else 0
    for column in range(first, stop):
        if len(dataset.target_classes[column]) > most:
            return [Problem("label_mismatch", f"column {column} of the target, {dataset.target_names[column]}, holds "
                            "classes, but this compares numbers.", "Choose columns of numbers, or use CrossEntropy for "
                            "classes.", loss.id)]  # fmt: skip
    return []


def _label_problems(loss: Node, outputs: Shape, y: np.ndarray, known: int) -> list[Problem]:
    steps = outputs[:-1]
    if known and y.shape[1:] != steps:
        per_row = f"{show(y.shape[1:])} labels a row" if y.ndim > 1 else "one label a row"
        cure = "Put a Flatten layer in front." if y.ndim == 1 else f"Give it outputs of {show((*y.shape[1:], known))}."
        return [Problem("label_mismatch", f"the data has {per_row}, but {show(outputs)} outputs come in.", cure,
                        loss.id, loss.ports[0], (*y.shape[1:], known), outputs)]  # fmt: skip
    if not known:
        column = loss.attrs["first_column"]
        there = f"column {column} of the data's target" if column else "the data's target"
        return [Problem("label_mismatch", f"{there} is a number, but this compares classes.",
                        "Use SquaredError or another loss for numbers.", loss.id, loss.ports[0],
                        "classes", "numbers")]  # fmt: skip
    classes = max(int(y.max()) + 1, known)
    if y.min() < -1 or (y.min() < 0 and not steps) or classes > outputs[-1]:
        return [Problem("label_mismatch", f"the data has {classes} classes, but only {outputs[-1]} outputs come in.",
                        f"Give the last layer {classes} units.", loss.id, loss.ports[0], (classes,),
                        outputs)]  # fmt: skip
    if classes < outputs[-1]:
        return [Problem("label_mismatch", f"{outputs[-1]} outputs come in, but the data has {classes} classes.",
                        f"Give the last layer {classes} units.", loss.id, loss.ports[0], (classes,), outputs,
                        severity="warning")]  # fmt: skip
    return []
