"""Curves of a run, thinned as they grow: never more than a few thousand points however long the run."""

from __future__ import annotations

import numpy as np

from app.snapshot import History

MOST, A_LOOK = 4000, 64


class Curve:
    """Points (step, values…) in order; beyond MOST, neighbours are averaged in pairs."""

    def __init__(self, columns: int) -> None:
        self.points = np.zeros((0, columns))

    def add(self, points: np.ndarray) -> None:
        """Append `points` (n, columns)."""
        self.points = np.concatenate([self.points, points])
        if len(self.points) > MOST:
            even = self.points[: len(self.points) // 2 * 2]
            self.points = even.reshape(-1, 2, even.shape[1]).mean(1)

    def cut(self, step: float) -> None:
        """Forget points at `step` and later."""
        self.points = self.points[self.points[:, 0] < step]


class Curves:
    """The loss of every step, and what the evaluations found."""

    def __init__(self) -> None:
        self._loss, self._evaluated = Curve(2), Curve(4)
        self._seen = 0
        self._published: History | None = None

    def follow(self, steps: int, session) -> None:
        """Take over the losses of the steps since the last look; forget what was taken back."""
        if steps < self._seen:
            self._loss.cut(steps)
            self._evaluated.cut(steps + 1)
        elif steps > self._seen:
            self._loss.add(bucketed(*session.loss_history(self._seen)))
        else:
            return
        self._seen, self._published = steps, None

    def add_evaluation(self, steps: int, val_loss: float, metric: float, train_metric: float) -> None:
        """One evaluation of the whole sets; a second one at the same step replaces the first."""
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


def bucketed(steps: np.ndarray, losses: np.ndarray) -> np.ndarray:
    """(n, 2) points; more than A_LOOK of them are averaged in buckets."""
    points = np.stack([steps, losses], axis=1).astype(float)
    if len(points) <= A_LOOK:
        return points
    parts = np.array_split(points, A_LOOK)
    return np.array([part.mean(0) for part in parts])
