"""What the network says on a plane through data of many features: of two of them, or of their principal components."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.snapshot import Boundary
from app.watches import base
from engine.errors import SessionError

if TYPE_CHECKING:
    import numpy as np

    from engine.session import Session

SIDE, REACH, MOST = 100, 1.1, 2000  # cells of the picture's edge; how far beyond the rows; rows that are drawn
ANSWERS = "A plane is drawn where the network's outputs answer for classes or for numbers of its data."
NUMBERS = "A plane is drawn through rows of two numbers or more; these are {what}."


@dataclass(frozen=True)
class PlaneWish:
    """The plane of the features `across` and `up`, the others at their mean; None: of the principal components."""

    across: int | None = None
    up: int | None = None


@dataclass(frozen=True, eq=False)
class Points:
    """`x` (n, 2) on the plane, with the targets `y`, as a part of a data set has them."""

    x: np.ndarray
    y: np.ndarray


@dataclass(frozen=True, eq=False)
class PlaneData:
    """The rows as the plane shows them, under the names that a data set has."""

    task: str
    train: Points
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class PlaneFound:
    """`boundary`: the answers; `data`: the training rows there; `features`: the names to choose from; `share` of the
    rows' variance that lies in the plane."""

    wish: PlaneWish
    boundary: Boundary
    data: PlaneData
    features: tuple[str, ...]
    share: float


class Watch(base.Watch):
    """Drawn on a thread beside."""

    share, least = 0.15, 0.08

    def __init__(self, session: Session, wish: Any = None, before: base.Watch | None = None) -> None:
        super().__init__(session, wish, before)
        from engine.evaluator import Evaluator

        self._evaluator = Evaluator(session.network, session.shapes, session.evaluator.row, session.dtype)
        self._places: tuple[PlaneWish, np.ndarray, np.ndarray, PlaneData, tuple, float] | None = None

    def look(self) -> Callable[[], PlaneFound]:
        session, data = self.session, self.session.dataset
        if data.vocabulary is not None or data.task == "sequence" or data.train.x[0].size < 2:
            what = "tokens" if data.vocabulary is not None or data.task == "sequence" else "of one"
            raise SessionError(NUMBERS.format(what=what))
        if not session.metrics.answers_data:
            raise SessionError(ANSWERS)
        block, step = session.parameter_block(), session.steps
        wish = self.wish if isinstance(self.wish, PlaneWish) else PlaneWish()
        return lambda: self._draw(block, step, wish)

    def _draw(self, block: np.ndarray, step: int, wish: PlaneWish) -> PlaneFound:
        if self._places is None or self._places[0] != wish:
            self._places = (wish, *self._lay(wish))
        _, points, extent, data, features, share = self._places
        answers = self.session.metrics.probabilities(self._evaluator.outputs(block, points))
        found = Boundary(answers.reshape(SIDE, SIDE, -1), tuple(extent.tolist()), step)
        return PlaneFound(wish, found, data, features, share)

    def _lay(self, wish: PlaneWish) -> tuple[np.ndarray, np.ndarray, PlaneData, tuple[str, ...], float]:
        """Points (SIDE², *row), extent, rows on the plane, names of the features, share of the variance."""
        import numpy as np

        from engine.targets import rows_array

        data = self.session.metrics.answered()
        rows = np.asarray(data.train.x, np.float64).reshape(len(data.train.x), -1)
        features, mean = tuple(data.feature_names), rows.mean(0)
        if len(features) != rows.shape[1]:
            features = tuple(f"number {k + 1}" for k in range(rows.shape[1]))
        directions, names = self._directions(rows - mean, wish, features)
        there = (rows - mean) @ directions.T
        shift = mean[[wish.across, wish.up]] if self._chosen(wish, len(mean)) else np.zeros(2)
        low, high = there.min(0), there.max(0)
        middle, half = (low + high) / 2, np.maximum((high - low) / 2 * REACH, 1e-6)
        sides = [np.linspace(m - h, m + h, SIDE) for m, h in zip(middle, half, strict=True)]
        across, up = np.meshgrid(*sides)
        points = mean + np.stack([across.ravel(), up.ravel()], 1) @ directions
        total = float((rows - mean).var(0).sum())
        share = float(there.var(0).sum()) / total if total > 0 else 1.0
        extent = np.array([sides[0][0] + shift[0], sides[0][-1] + shift[0], sides[1][0] + shift[1],
                           sides[1][-1] + shift[1]])  # fmt: skip
        shown = PlaneData(data.task, Points((there + shift)[:MOST], data.train.y[:MOST]), names,
                          tuple(getattr(data, "class_names", ()) or ()))  # fmt: skip
        return rows_array(points, self._evaluator.row, self.session.dtype), extent, shown, features, share

    @staticmethod
    def _chosen(wish: PlaneWish, count: int) -> bool:
        known = range(count)
        return wish.across in known and wish.up in known and wish.across != wish.up

    def _directions(
        self, rows: np.ndarray, wish: PlaneWish, features: tuple[str, ...]
    ) -> tuple[np.ndarray, tuple[str, str]]:
        """Two of length 1, (2, features), and what they are called."""
        import numpy as np

        if self._chosen(wish, len(features)):
            assert wish.across is not None
            assert wish.up is not None
            return np.eye(rows.shape[1])[[wish.across, wish.up]], (features[wish.across], features[wish.up])
        _, _, found = np.linalg.svd(rows, full_matrices=False)
        two = found[:2] if len(found) > 1 else np.eye(rows.shape[1])[:2]
        signs = np.sign(two[np.arange(2), np.abs(two).argmax(1)])
        return two * signs[:, None], ("1st component", "2nd component")
