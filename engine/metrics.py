"""How outputs are read (probabilities, classes) and judged (loss, accuracy, R²)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.data import Dataset, Part
from engine.errors import SessionError
from engine.losses import against, columns_of, loss_nodes, picks_columns
from engine.network import Node
from engine.targets import labels_column, target_array

if TYPE_CHECKING:
    from engine.session import Session

CHUNK, MOST_NUMBERS = 4096, 1 << 22  # rows judged at once, and numbers that one layer gives for them


@dataclass(frozen=True)
class Metrics:
    """Reads what `loss` compares: of a network's main loss, its outputs."""

    loss: Node
    dataset: Dataset
    reads_probabilities: bool

    @property
    def answers_data(self) -> bool:
        """Whether the outputs stand for the data's target (not for what entered the network, as of an autoencoder)."""
        return against(self.loss) == "target"

    @property
    def classifies(self) -> bool:
        """Whether the outputs stand for classes."""
        numbers = self.loss.kind != "BinaryCrossEntropy" and self.dataset.task != "classification"
        return self.loss.kind == "CrossEntropy" or (self.answers_data and not numbers)

    def answered(self) -> Dataset:
        """The data with the column alone that the outputs stand for, where it has columns of several kinds."""
        if self.dataset.task != "mixed" or not self.answers_data:
            return self.dataset
        return self.dataset.one_target(self.loss.attrs["first_column"])

    @np.errstate(all="ignore")  # outputs of a run that diverged are not finite, and are shown as such
    def probabilities(self, outputs: NDArray) -> NDArray:
        """Class probabilities (N, classes) from outputs (N, units); where the network does not classify, its answers.

        Those of sequences are (N, T, classes).
        """
        steps = self.loss.kind == "CrossEntropy" and outputs.ndim == 3
        outputs = outputs.reshape(len(outputs), -1) if self.classifies and not steps else outputs
        if self.loss.kind == "CrossEntropy":
            return outputs if self.reads_probabilities else _softmax(outputs)
        if not self.classifies or outputs.shape[1:] != (1,):
            return outputs if self.classifies else self._answers(outputs)
        p = self._answers(outputs)
        return np.concatenate([1.0 - p, p], 1)

    def right(self, outputs: NDArray, y: NDArray) -> tuple[int, int]:
        """How many labels `y` the outputs hit, out of how many that count."""
        counted = y >= 0
        hit = (self.probabilities(outputs).argmax(-1) == y) & counted
        return int(np.count_nonzero(hit)), int(np.count_nonzero(counted))

    def _answers(self, outputs: NDArray) -> NDArray:
        """Numbers in the target's own terms: probabilities out of logits, rates out of their logarithms."""
        if self.loss.kind == "BinaryCrossEntropy" and not self.reads_probabilities:
            return 1.0 / (1.0 + np.exp(-outputs))
        return np.exp(outputs) if self.loss.attrs.get("rates") == "logarithms" else outputs

    def truth(self, rows: Part) -> NDArray | None:
        """What the outputs for `rows` should be; None where that does not come from the data."""
        kind = against(self.loss)
        if kind == "input":
            return rows.x
        if kind != "target":
            return None
        if self.loss.layer.target == "labels":
            return labels_column(self.loss, rows.y)
        if not picks_columns(self.loss):
            return rows.y
        first, stop = columns_of(self.loss, rows.y.reshape(len(rows), -1).shape[1])
        chosen = rows.y.reshape(len(rows), -1)[:, first:stop]
        labels = stop == first + 1 and self.dataset.task == "mixed" and self.dataset.target_classes[first]
        return chosen[:, 0].astype(np.int64) if labels else chosen

    @np.errstate(all="ignore")
    def score(self, outputs: NDArray, y: NDArray) -> dict[str, float]:
        """accuracy, or r2 for numbers."""
        if self.classifies and np.issubdtype(y.dtype, np.integer):
            right, counted = self.right(outputs, y)
            return {"accuracy": right / max(1, counted)}
        outputs = self._answers(outputs)
        y = y.reshape(outputs.shape)
        rest, spread = float(np.sum((y - outputs) ** 2)), float(np.sum((y - y.mean(0)) ** 2))
        return {"r2": 1.0 - rest / spread if spread > 0 else float("nan")}


def evaluate(session: Session, part: str) -> dict[str, float]:
    """Loss (without penalties) and score of a part of the data. Raises SessionError, DataError (a locked test set)."""
    if part not in ("train", "validation", "test"):
        raise SessionError(f"There is no part {part!r}; there are train, validation and test.")
    rows = getattr(session.dataset, part)
    if not len(rows):
        raise SessionError(f"The data has no {part} rows; set a {part} fraction in the data's settings.")
    return judge(session, rows)


def judge(session: Session, rows: Part) -> dict[str, float]:
    """Loss (without penalties), score and number of `rows`, of which there is at least one.

    Of several losses, `loss` is their weighted sum, "<layer id>.loss" each of them, and "<layer id>.accuracy" or
    "<layer id>.r2" the score of each that is compared with the data; the score without a name is that of the main one.
    """
    block, losses = session.parameter_block(), loss_nodes(session.network)
    target = target_array(session.network, session.shapes, rows.y)
    found, tallies = dict.fromkeys((node.id for node in losses), 0.0), _tallies(session, losses, rows)
    at_once = _rows_at_once(session)
    for i in range(0, len(rows), at_once):
        x, t = rows.x[i : i + at_once], None if target is None else target[i : i + at_once]
        figures, outputs = session.evaluator.losses_and_outputs(block, x, t, tallies)
        for node in losses:
            found[node.id] += figures[node.id] * share_of(node, len(x) / len(rows), t, target)
        for id, tally in tallies.items():
            tally.add(outputs[id], i)
    total = sum(node.attrs["weight"] * found[node.id] for node in losses if node.attrs["weight"])
    scores = {id: tally.score() for id, tally in tallies.items()}
    main = scores.get(session.loss_layer.id, {})
    single = {f"{id}.loss": figure for id, figure in found.items()} if len(losses) > 1 else {}
    if len(scores) > 1:
        single |= {f"{id}.{name}": value for id, score in scores.items() for name, value in score.items()}
    return {"loss": total, **main, "rows": len(rows), **single}


def _tallies(session: Session, losses: list[Node], rows: Part) -> dict[str, Tally]:
    """One for each loss that is compared with what comes from the data."""
    found = {}
    for node in losses:
        metrics = session.metrics_of(node)
        truth = metrics.truth(rows) if node.layer.target else None
        if truth is not None:
            found[node.id] = Tally(metrics, truth)
    return found


class Tally:
    """Judges outputs that come in parts; `truth` is what they all should be."""

    def __init__(self, metrics: Metrics, truth: NDArray) -> None:
        self.metrics, self.truth = metrics, truth
        self.labels = metrics.classifies and np.issubdtype(truth.dtype, np.integer)
        self.right, self.counted, self.outputs = 0, 0, list[NDArray]()

    def add(self, output: NDArray, first: int) -> None:
        """The outputs of the rows from `first` on."""
        if self.labels:  # counted here and let go: those of long sequences would not all fit in memory
            hit, known = self.metrics.right(output, self.truth[first : first + len(output)])
            self.right, self.counted = self.right + hit, self.counted + known
        else:
            self.outputs.append(output)

    def score(self) -> dict[str, float]:
        """accuracy, or r2 for numbers."""
        if self.labels:
            return {"accuracy": self.right / max(1, self.counted)}
        return self.metrics.score(np.concatenate(self.outputs), self.truth)


def share_of(loss: Node, rows: float, part: NDArray | None, whole: NDArray | None) -> float:
    """What the loss of a `part` of the rows counts in that of the whole: its share of them, or of their labels."""
    if loss.attrs.get("reduction") == "sum":
        return 1.0
    if against(loss) == "target" and part is not None and whole is not None and part.ndim == 2:
        return _counted(part) / _counted(whole)
    return rows


def _rows_at_once(session: Session) -> int:
    """Fewer rows where a layer gives many numbers for each, as for images and long sequences."""
    widest = max(math.prod(shape) for shape in session.shapes.values())
    return max(1, min(CHUNK, MOST_NUMBERS // widest))


def _counted(target: NDArray) -> int:
    """By how many rows, or labels of sequences, a mean loss is divided."""
    return max(1, int(np.count_nonzero(target >= 0))) if target.dtype.kind == "i" else len(target)


def _softmax(z: NDArray) -> NDArray:
    classes_first = np.ascontiguousarray(np.moveaxis(z, -1, 0))  # NumPy reduces a short last axis 20 times as slowly
    e = np.exp(classes_first - classes_first.max(0))
    return np.ascontiguousarray(np.moveaxis(e / e.sum(0), 0, -1))
