"""How outputs are read (probabilities, classes) and judged (loss, accuracy, R²)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.data import Dataset, Part
from engine.errors import SessionError
from engine.network import Node
from engine.targets import target_array

if TYPE_CHECKING:
    from engine.session import Session

CHUNK, MOST_NUMBERS = 4096, 1 << 22  # rows judged at once, and numbers that one layer gives for them


@dataclass(frozen=True)
class Metrics:
    """Reads the outputs of a network that ends in `loss`."""

    loss: Node
    dataset: Dataset
    reads_probabilities: bool

    @property
    def classifies(self) -> bool:
        """Whether the outputs stand for classes."""
        return self.loss.kind in ("CrossEntropy", "BinaryCrossEntropy") or self.dataset.task == "classification"

    @np.errstate(all="ignore")  # outputs of a run that diverged are not finite, and are shown as such
    def probabilities(self, outputs: NDArray) -> NDArray:
        """Class probabilities (N, classes) from outputs (N, units); unchanged where the network does not classify.

        Those of sequences are (N, T, classes).
        """
        steps = self.loss.kind == "CrossEntropy" and outputs.ndim == 3
        outputs = outputs.reshape(len(outputs), -1) if self.classifies and not steps else outputs
        if self.loss.kind == "CrossEntropy":
            return outputs if self.reads_probabilities else _softmax(outputs)
        if not self.classifies or outputs.shape[1:] != (1,):
            return outputs
        p = (
            outputs
            if self.loss.kind != "BinaryCrossEntropy" or self.reads_probabilities
            else 1.0 / (1.0 + np.exp(-outputs))
        )
        return np.concatenate([1.0 - p, p], 1)

    def right(self, outputs: NDArray, y: NDArray) -> tuple[int, int]:
        """How many labels `y` the outputs hit, out of how many that count."""
        counted = y >= 0
        hit = (self.probabilities(outputs).argmax(-1) == y) & counted
        return int(np.count_nonzero(hit)), int(np.count_nonzero(counted))

    @np.errstate(all="ignore")
    def score(self, outputs: NDArray, y: NDArray) -> dict[str, float]:
        """accuracy, or r2 for numbers."""
        if self.classifies and np.issubdtype(y.dtype, np.integer):
            right, counted = self.right(outputs, y)
            return {"accuracy": right / max(1, counted)}
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
    """Loss (without penalties), score and number of `rows`, of which there is at least one."""
    block, metrics = session.parameter_block(), session.metrics
    target = target_array(session.loss_layer, session.shapes, session.network, rows.y)
    labels = metrics.classifies and np.issubdtype(rows.y.dtype, np.integer)
    total, outputs, right, counted = 0.0, [], 0, 0
    at_once = _rows_at_once(session)
    for i in range(0, len(rows), at_once):
        x, t = rows.x[i : i + at_once], target[i : i + at_once]
        loss, output = session.evaluator.loss_and_output(block, x, t)
        total += loss * (1 if session.loss_layer.attrs.get("reduction") == "sum" else _counted(t) / _counted(target))
        if labels:  # counted here and let go: those of long sequences would not all fit in memory
            hit, known = metrics.right(output, rows.y[i : i + at_once])
            right, counted = right + hit, counted + known
        else:
            outputs.append(output)
    score = {"accuracy": right / max(1, counted)} if labels else metrics.score(np.concatenate(outputs), rows.y)
    return {"loss": total, **score, "rows": len(rows)}


def _rows_at_once(session: Session) -> int:
    """Fewer rows where a layer gives many numbers for each, as for images and long sequences."""
    widest = max(math.prod(shape) for shape in session.shapes.values())
    return max(1, min(CHUNK, MOST_NUMBERS // widest))


def _counted(target: NDArray) -> int:
    """By how many rows, or labels of sequences, a mean loss is divided."""
    return max(1, int(np.count_nonzero(target >= 0))) if target.ndim == 2 and target.dtype.kind == "i" else len(target)


def _softmax(z: NDArray) -> NDArray:
    classes_first = np.ascontiguousarray(np.moveaxis(z, -1, 0))  # NumPy reduces a short last axis 20 times as slowly
    e = np.exp(classes_first - classes_first.max(0))
    return np.ascontiguousarray(np.moveaxis(e / e.sum(0), 0, -1))
