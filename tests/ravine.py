"""What the lesson of the ravine states about its race: how gradient descent and others cross it, and what is left."""

from __future__ import annotations

import numpy as np

import engine
from engine.race import Contestant, Race
from engine.surface.layout import Layout

STEPS = 100
RUNNERS = {"sgd": 0.2, "momentum": 0.05, "nesterov": 0.05, "adam": 0.1}  # with their rates


class Ravine:
    """A race from the lesson's first weights; in float64, so that what is left can be told apart."""

    def __init__(self, network: engine.Network, seed: int) -> None:
        start = engine.Session.from_network(network, seed=seed, dtype="float64")
        start.loss()
        x, y = np.asarray(start.values["nearly alike.y"], float), start.dataset.train.y[:, 0].astype(float)
        best = np.linalg.lstsq(x, y, rcond=None)[0]
        self.least = float(np.mean((x @ best - y) ** 2))
        self.curvature, directions = np.linalg.eigh(2 * x.T @ x / len(x))
        race = Race(start, [Contestant(name, rate) for name, rate in RUNNERS.items()], rows=0)
        for _ in range(STEPS):
            race.advance(1)
        place = Layout(start)["progression.W"]
        self.left, self.ways = {}, {}
        for standing in race.stand():
            weights = np.stack([place.of(block).ravel() for _, block in standing.path.points])
            self.left[standing.contestant.optimizer] = standing.loss - self.least
            self.ways[standing.contestant.optimizer] = (weights - best) @ directions[:, 1]

    def crossings(self, name: str) -> int:
        """How often it came to the other side of the valley."""
        return int(np.count_nonzero(np.diff(np.sign(self.ways[name]))))

    def across(self, name: str) -> float:
        """How far it went from wall to wall in all."""
        return float(np.abs(np.diff(self.ways[name])).sum())


_known: dict[int, Ravine] = {}


def ravine(session: engine.Session) -> Ravine:
    """That of the session's network and seed, raced once."""
    if session.seed not in _known:
        _known[session.seed] = Ravine(session.network, session.seed)
    return _known[session.seed]
