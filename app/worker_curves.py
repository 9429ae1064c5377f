"""Curves of a run, thinned as they grow: never more than some hundred points however long the run."""

from __future__ import annotations

import numpy as np

from app.snapshot import History
from engine.curve import Curve


class Curves:
    """The loss of every step, and what the evaluations found."""

    def __init__(self, steps: int = 0) -> None:
        """`steps`: where the run begins, as after a file with weights was opened."""
        self._loss, self._evaluated = Curve(2), Curve(4)
        self._seen = steps
        self._published: History | None = None

    @classmethod
    def from_arrays(cls, steps: int, loss: np.ndarray, judged: np.ndarray) -> Curves:
        """Those that `arrays` gave, of a run that has come to `steps`."""
        found = cls(steps)
        found._loss.add(loss)
        found._evaluated.add(judged)
        return found

    def arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """The points of the loss (n, 2) and of the evaluations (m, 4)."""
        return self._loss.points, self._evaluated.points

    def follow(self, steps: int, session) -> None:
        """Take over the losses of the steps since the last look. What is run once more is the same once more."""
        if steps > self._seen:
            self._loss.add(np.stack(session.loss_history(self._seen), axis=1).astype(float))
            self._seen, self._published = steps, None

    def add_evaluation(self, steps: int, val_loss: float, metric: float, train_metric: float) -> None:
        """One evaluation of the whole sets; a second one at the same step replaces the first."""
        points = self._evaluated.points
        if len(points) and steps < points[-1, 0]:
            return  # it is known what came there
        self._evaluated.cut(steps)
        self._evaluated.add(np.array([[steps, val_loss, metric, train_metric]]))
        self._published = None

    def history(self) -> History:
        """The curves as they stand; the same object until something is added."""
        if self._published is None:
            loss, found = self._loss.points, self._evaluated.points
            self._published = History(
                loss[:, 0].copy(), loss[:, 1].copy(), found[:, 0].copy(), found[:, 1].copy(), found[:, 2].copy(),
                found[:, 3].copy(),
            )  # fmt: skip
        return self._published
