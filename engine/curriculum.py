"""A curriculum: easy rows first, and with every step harder ones among them (Bengio et al. 2009).

How hard a row is, a teacher tells who needs no training by steps: the squared error that ridge regression makes on it
(Hacohen and Weinshall 2019 take a simpler network likewise); of tokens, how many of them are no padding.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.problems import Problem
from engine.training import Training, checked_field

if TYPE_CHECKING:
    from engine.data import Dataset
    from engine.network import Network

RIDGE = 1e-2  # share of the mean variance of a column, so that the teacher is the same for every scale
MOST_ROWS, MOST_COLUMNS = 10_000, 1024  # that the teacher learns from


@dataclass(frozen=True)
class Curriculum:
    """`kind`: "none", "easy_first" or "short_first". At first the easiest `share` of the rows takes part, and the part
    grows evenly until after `steps` steps it is the whole."""

    kind: str = "none"
    share: float = 0.2
    steps: int = 1000

    def __post_init__(self) -> None:
        for name, value in (("", self.kind), ("_share", self.share), ("_steps", self.steps)):
            checked_field(f"curriculum{name}", value)

    def first_rows(self, rows: int) -> int:
        """How many take part in the first step."""
        return max(1, min(rows, round(self.share * rows)))


def curriculum_of(training: Training) -> Curriculum:
    """The curriculum that a document asks for."""
    return Curriculum(training.curriculum, training.curriculum_share, training.curriculum_steps)


def order_of(curriculum: Curriculum, dataset: Dataset, with_target: bool = True) -> NDArray[np.int64] | None:
    """The training rows from easy to hard, (N,); None without a curriculum. `with_target`: whether a loss reads it."""
    if curriculum.kind == "none":
        return None
    hard = lengths(dataset) if curriculum.kind == "short_first" else hardness(dataset, with_target)
    return np.argsort(hard, kind="stable").astype(np.int64)


def lengths(dataset: Dataset) -> NDArray[np.int64]:
    """How many tokens of each training row are no padding."""
    from engine.data_fit import padding_of

    x, padding = dataset.train.x, padding_of(dataset)
    found: NDArray[np.int64] = (x != (-1 if padding is None else padding)).sum(axis=tuple(range(1, x.ndim)))
    return found


def hardness(dataset: Dataset, with_target: bool = True) -> NDArray[np.float64]:
    """The squared error of ridge regression on each training row; without a target, its distance from the mean row."""
    x = _columns(dataset.train.x)
    x = x - x.mean(0)
    if not with_target:
        return np.asarray((x**2).sum(1))
    few = np.linspace(0, len(x) - 1, min(len(x), MOST_ROWS)).astype(np.int64)
    y = _targets(dataset)
    y = y - y.mean(0)
    gram = x[few].T @ x[few]
    gram[np.diag_indices_from(gram)] += RIDGE * max(float(np.trace(gram)) / len(gram), 1e-12)
    wrong = y - x @ np.linalg.solve(gram, x[few].T @ y[few])
    return np.asarray((wrong**2).sum(1))


def _columns(x: NDArray) -> NDArray[np.float64]:
    """Rows of numbers; very wide ones drawn together into fewer columns by sums of neighbours."""
    flat = np.asarray(x, np.float64).reshape(len(x), -1)
    every = -(-flat.shape[1] // MOST_COLUMNS)
    return flat if every == 1 else np.add.reduceat(flat, np.arange(0, flat.shape[1], every), axis=1)


def _targets(dataset: Dataset) -> NDArray[np.float64]:
    """(N, outputs): classes one-hot, numbers as they are."""
    y = np.asarray(dataset.train.y).reshape(len(dataset.train), -1)
    if np.issubdtype(y.dtype, np.integer):
        return np.concatenate([np.eye(int(column.max()) + 2)[column] for column in y.T], axis=1)  # −1: the last one
    return np.asarray(y, np.float64)


def curriculum_problems(network: Network, dataset: Any) -> list[Problem]:
    """Where the rows have no such order, or none that would be seen."""
    from engine.carry import carrying
    from engine.data_fit import padding_of

    wish, rows = network.training, len(dataset.train)
    if wish.curriculum == "none":
        return []
    tokens = np.issubdtype(dataset.train.x.dtype, np.integer)
    if tokens and wish.curriculum == "easy_first":
        return [_problem(network, "how easy a row of tokens is cannot be told before training.",
                         "Set curriculum to short_first, or to none.")]  # fmt: skip
    if wish.curriculum == "short_first" and (not tokens or padding_of(dataset) is None):
        return [_problem(network, "all rows are equally long, so there are no short ones to begin with.",
                         "Set curriculum to easy_first (for numbers) or to none.")]  # fmt: skip
    if carrying(network):
        return [_problem(network, "a state that is carried on needs the rows in their order, not the easy ones first.",
                         "Set curriculum to none, or carry off.")]  # fmt: skip
    if not wish.batch_size or wish.batch_size >= rows:
        return [_problem(network, "a curriculum changes nothing where every step takes all rows.",
                         f"Set the batch size below {rows:,}.", "warning")]  # fmt: skip
    return []


def _problem(network: Network, message: str, cure: str, severity: Any = "error") -> Problem:
    source = next(node for node in network.nodes.values() if node.layer.is_input)
    return Problem("attribute", message, cure, source.id, severity=severity)
