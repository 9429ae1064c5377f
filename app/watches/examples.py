"""The rows that the network gets most wrong, or those behind one cell of the confusion matrix."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.watches import base

if TYPE_CHECKING:
    import numpy as np

    from engine.data import Dataset, Part
    from engine.metrics import Metrics
    from engine.session import Session

MOST = 240  # rows that are published: the worst ones


@dataclass(frozen=True)
class Cell:
    """Only rows of class `true` that were taken for `said`."""

    true: int
    said: int


@dataclass(frozen=True)
class Examples:
    """`found` of the `judged` rows of a `part` are in the cell (all: None); here are those of the highest losses.

    `rows` (n,): numbers in the data's source; `losses` (n,); `x` (n, *row) as the network takes it. `kind` "classes":
    `true` and `said` labels (n,) or, of sequences, (n, T), with the probabilities `p_true` and `p_said` that the
    network gave to both; "numbers": (n, outputs) in the target's own units; "inputs": rows as x; "none": the losses
    alone. `dataset`: what the rows belong to, with the target that the outputs answer.
    """

    step: int
    part: str
    judged: int
    found: int
    cell: Cell | None
    kind: str
    rows: np.ndarray
    losses: np.ndarray
    x: np.ndarray
    true: np.ndarray
    said: np.ndarray
    p_true: np.ndarray
    p_said: np.ndarray
    dataset: Dataset


class Watch(base.Watch):
    """Judges row after row, on a thread beside."""

    share, least = 0.01, 0.4

    def __init__(self, session: Session, wish: Any = None, before: base.Watch | None = None) -> None:
        super().__init__(session, wish, before)
        from app.worker_looks import sample
        from engine.evaluator import Evaluator
        from engine.targets import target_array

        self.part = "validation" if session.has("validation") else "train"
        self.rows: Part = sample(session, getattr(session.dataset, self.part))
        self.metrics, self.answered = session.metrics, session.metrics.answered()
        self._evaluator = Evaluator(session.network, session.shapes, session.evaluator.row, session.dtype)
        self._target = target_array(session.network, session.shapes, self.rows.y)
        self._known: tuple[int, int] | None = None  # the parameters that were judged last, and what came of them
        self._judged: tuple[np.ndarray, np.ndarray] | None = None

    def look(self) -> Callable[[], Examples]:
        block, step, wish = self.session.parameter_block(), self.session.steps, self.wish
        return lambda: self._find(block, step, wish if isinstance(wish, Cell) else None)

    def _find(self, block: np.ndarray, step: int, cell: Cell | None) -> Examples:
        import numpy as np

        known = (step, zlib.crc32(block))
        if known != self._known or self._judged is None:
            self._judged = self._judge(block)
            self._known = known
        losses, outputs = self._judged
        kind, true, said, p_true, p_said = compared(self.metrics, self.answered, self.rows, outputs)
        inside = np.arange(len(self.rows))
        if cell is not None and kind == "classes":
            hit = (true == cell.true) & (said == cell.said)
            inside = np.flatnonzero(hit.reshape(len(hit), -1).any(1))
        # what is not finite comes first: it is the worst
        ranked = inside[np.argsort(-np.nan_to_num(losses[inside], nan=np.inf), kind="stable")]
        top = ranked[:MOST]
        return Examples(step, "validation" if self.part == "validation" else "training", len(self.rows), len(inside),
                        cell if kind == "classes" else None, kind, self.rows.rows[top].copy(), losses[top],
                        self.rows.x[top], true[top], said[top], p_true[top], p_said[top], self.answered)  # fmt: skip

    def _judge(self, block: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        from engine.losses import loss_nodes

        weights = {node.id: float(node.attrs["weight"]) for node in loss_nodes(self.session.network)}
        losses = self._evaluator.row_losses(block, self.rows.x, self._target, weights)
        return losses, self._evaluator.outputs(block, self.rows.x)


def compared(metrics: Metrics, answered: Dataset, rows: Part, outputs: np.ndarray) -> tuple[str, Any, Any, Any, Any]:
    """What kind of answers these are, the truth, what was said, and the probabilities of both; see `Examples`."""
    import numpy as np

    none = np.zeros((len(rows), 0))
    truth, answers = metrics.truth(rows), metrics.probabilities(outputs)
    if truth is None:
        return "none", none, none, none, none
    if np.issubdtype(truth.dtype, np.integer) and answers.ndim > truth.ndim:
        if answers.shape[-1] == 1:
            answers = np.concatenate([1 - answers, answers], -1)
        said = np.nan_to_num(answers).argmax(-1)
        places = np.clip(truth, 0, answers.shape[-1] - 1)
        p_true, p_said = (np.take_along_axis(answers, k[..., None], -1)[..., 0] for k in (places, said))
        return "classes", truth, said, p_true, p_said
    if not metrics.answers_data:
        return "inputs", truth, answers.reshape(len(answers), -1), none, none
    true, said = truth.reshape(len(truth), -1), answers.reshape(len(answers), -1)
    if true.shape != said.shape:
        return "none", none, none, none, none
    if true.shape[1:] == (len(answered.target_names),):
        true, said = answered.inverse_target(true), answered.inverse_target(said)
    return "numbers", true, said, none, none
