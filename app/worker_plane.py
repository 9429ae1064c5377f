"""Pictures of the plane of two features: the decision boundary, and what every unit makes of the plane.

While the network trains they are drawn by a thread of their own, from a copy of the parameters: the training does not
wait for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from app import worker_pictures as pictures
from app.snapshot import Boundary
from engine.evaluator import Evaluator

if TYPE_CHECKING:
    from app.worker_beside import Beside
    from engine.session import Session


class Plane:
    """Draws for one session whose rows are two numbers. What was drawn last stays until there is something newer."""

    def __init__(self, session: Session, extent: pictures.Extent, names: dict[str, str], beside: Beside) -> None:
        """`names`: layer id → name of the value that its pictures show."""
        self.session, self.extent = session, extent
        self.boundary: Boundary | None = None
        self.maps: dict[str, np.ndarray] = {}
        self._beside, self._names = beside, names
        self._inputs = {id for id, node in session.network.nodes.items() if node.layer.is_input}
        self._points = pictures.points_map(session.dataset, extent)
        self.cards: dict[str, np.ndarray] = {id: self._points for id in names if id in self._inputs}
        self._evaluator = Evaluator(session.network, session.shapes, session.evaluator.row, session.dtype)

    def look(self, now: bool, boundary: bool, maps: bool) -> None:
        """Draw the boundary, if wanted, and the cards' pictures or the `maps` of all units: at once, or beside."""
        if now:
            self._beside.wait()
        block, step = self.session.parameter_block(), self.session.steps

        def draw() -> None:
            if boundary and self.session.metrics.answers_data:
                self._draw_boundary(block, step)
            self._draw_units(block, maps)

        if now:
            draw()
        else:
            self._beside.take(draw)

    def _draw_boundary(self, block: np.ndarray, step: int) -> None:
        size = pictures.BOUNDARY
        points = pictures.grid(self.extent, size, size)
        answers = self.session.metrics.probabilities(self._evaluator.outputs(block, points))
        self.boundary = Boundary(answers.reshape(size, size, -1), self.extent, step)

    def _draw_units(self, block: np.ndarray, maps: bool) -> None:
        names = {id: name for id, name in self._names.items() if id not in self._inputs}
        aspect = 1.0 if maps else pictures.ASPECT
        drawn = pictures.unit_maps(self._evaluator, block, self.extent, names, aspect)
        if maps:
            self.maps = {id: units[:, :, : pictures.MOST_MAPS].copy() for id, units in drawn.items()}
            return
        self.maps = {}
        inputs = {id: self._points for id in self._names if id in self._inputs}
        self.cards = {id: pictures.tiles(units) for id, units in drawn.items()} | inputs
