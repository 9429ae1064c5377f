"""A state that goes on from batch to batch: truncated backpropagation through time.

Every place of the batch is a lane, which runs through a stretch of the training rows, one after the other (Zaremba et
al. 2014); rows at the end that fill no lane are left out. A state begins at 0 with every epoch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from engine.problems import Problem

if TYPE_CHECKING:
    from engine.network import Network, Node


def carrying(network: Network) -> list[Node]:
    """The layers whose state goes on from batch to batch."""
    return [node for node in network.nodes.values() if node.attrs.get("carry")]


def lane_of(network: Network, rows: int, count: int) -> int:
    """How many batches of `count` of the `rows` follow each other before they begin anew; 0: nothing is carried."""
    return rows // count if carrying(network) else 0


def carry_problems(network: Network, dataset: Any) -> list[Problem]:
    """Where a carried state would be that of another sequence, or goes nowhere."""
    layers = carrying(network)
    if not layers:
        return []
    rows, count = len(dataset.train), network.training.batch_size
    if not count or count > rows // 2:
        what = f"carries its state on, but of {rows:,} training rows there is no second batch to carry it to."
        return [_problem(node, what, f"Set the batch size to {max(1, rows // 2):,} or less.") for node in layers]
    if _follows(dataset.train):
        return []
    cure = "Give windows in their order, without overlap and without shuffling (of a text: stride 0), or set carry off."
    return [_problem(node, "carries its state on, but the training rows do not follow each other.", cure)
            for node in layers]  # fmt: skip


def _follows(train: Any) -> bool:
    """Whether each row goes on where the one before ended, as far as that can be told."""
    if len(train.rows) > 1 and np.any(np.diff(train.rows) != 1):
        return False
    tokens = np.issubdtype(train.x.dtype, np.integer) and train.x.ndim == 2 and train.y.shape == train.x.shape
    return not tokens or bool(np.array_equal(train.x[1:, 0], train.y[:-1, -1]))


def _problem(node: Node, message: str, cure: str) -> Problem:
    return Problem("attribute", message, cure, node.id, severity="warning")
