"""Points of a layer in two dimensions: the rows of an embedding table, or what a layer makes of the data's rows."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from app.watches import base
from engine.errors import SessionError

if TYPE_CHECKING:
    import numpy as np

    from app.watches._points import Cloud

PCA, TSNE, UMAP = "PCA", "t-SNE", "UMAP"
HAS_UMAP = importlib.util.find_spec("umap") is not None
METHODS = (PCA, TSNE, UMAP) if HAS_UMAP else (PCA, TSNE)
Method = Literal["PCA", "t-SNE", "UMAP"]
GOING_ON = 60  # turns of t-SNE that take the points of the look before further


@dataclass(frozen=True)
class Wish:
    """Of which layer (None: the first embedding, else the last layer before the output), and how."""

    layer: str | None = None
    method: str = PCA


@dataclass(frozen=True)
class Points:
    """`points` (n, 2) of a layer; `told` says of each what it is, `words` is what it is called in the picture (or ()).

    `colours` (n,): classes (int, -1 none; named by `classes`), or numbers, or None. `shares` of the variance along both
    axes, where they mean something. `what`: which rows; `left_out`: rows with numbers that are not finite.
    """

    layer: str
    method: str
    points: np.ndarray
    told: tuple[str, ...]
    words: tuple[str, ...]
    colours: np.ndarray | None
    classes: tuple[str, ...]
    shares: tuple[float, float] | None
    what: str
    left_out: int


class Watch(base.Watch):
    """Works on a thread beside, from copies of the parameters: the worker spends next to nothing on it, so that it may
    take much of that thread's time."""

    share, least = 0.4, 0.2

    def __init__(self, session, wish=None, before=None) -> None:
        super().__init__(session, wish, before)
        from app.watches._points import Source

        self._source = Source(session)
        self._before: Points | None = getattr(before, "_before", None)  # so that nothing flips at an edit

    def look(self) -> Callable[[], Points | None]:
        """Raises SessionError where no layer has points."""
        wish = self.wish or Wish()
        layer = self._source.layer(wish.layer)
        if layer is None:
            raise SessionError("No layer here makes numbers of a row yet. Add an Embedding or a Dense layer.")
        numbers = self._source.copy(self.session, layer)
        return lambda: self._made(wish, layer, numbers)

    def _made(self, wish: Wish, layer: str, numbers: np.ndarray) -> Points | None:
        cloud = self._source.cloud(layer, numbers)
        before = self._before
        if before is not None and (before.layer, before.method, before.told) != (layer, wish.method, cloud.told):
            before = None
        found = self._flat(wish, cloud, before)
        if found is None:  # another wish has come: its look follows, and until then the picture stays
            return self._before
        points, shares = found
        self._before = Points(layer, wish.method, points, cloud.told, cloud.words, cloud.colours, cloud.classes, shares,
                              cloud.what, cloud.left_out)  # fmt: skip
        return self._before

    def _flat(self, wish: Wish, cloud: Cloud, before: Points | None):
        """(points, shares) by the method that is wished; None where another wish has come meanwhile."""
        from engine.projection import EARLY, TURNS, principal, tsne

        plane = principal(cloud.x, None if before is None or wish.method != PCA else before.points)
        if wish.method == PCA or len(cloud.x) < 4:
            return plane.points, plane.shares
        if wish.method == UMAP:
            return _umap(cloud.x), None
        start, turns, early = plane.points, TURNS, EARLY
        if before is not None:
            start, turns, early = before.points, GOING_ON, 0
        made = tsne(cloud.x, start, turns, early, go_on=lambda: (self.wish or Wish()) == wish)
        return None if made is None else (made.points, None)


def _umap(x: np.ndarray) -> np.ndarray:
    import umap

    found: np.ndarray = umap.UMAP(n_neighbors=min(15, len(x) - 1), random_state=0).fit_transform(x)
    return found
