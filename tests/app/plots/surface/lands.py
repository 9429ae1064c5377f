"""Landscapes to draw."""

from __future__ import annotations

import numpy as np

from app.landscape import Landscape


def bowl(a, b):
    """Lowest at (0.2, −0.1)."""
    return (a - 0.2) ** 2 + 0.5 * (b + 0.1) ** 2 + 0.1


def land(function=bowl, size=(21, 17), path=None, **given) -> Landscape:
    """`function` over [−1, 1] × [−1, 1], all of it computed."""
    along = np.linspace(-1, 1, size[0])
    across = np.linspace(-1, 1, size[1]) if size[1] > 1 else np.zeros(1)
    values = np.asarray(function(along[:, None], across[None, :]), float) + np.zeros(size)
    path = np.array([(-0.8, -0.6), (-0.3, 0.1), (0.1, 0.0)]) if path is None else path
    known = {"computed": np.ones(size, bool), "here": (0.1, 0.0), "here_loss": 0.12, "names": ("first", "second")}
    return Landscape(along, across, values, path=path, path_losses=np.full(len(path), 0.3), **(known | given))


def with_hole(a, b):
    """A bowl with one cell that is not finite."""
    values = bowl(a, b)
    values[4, 5] = np.inf
    return values


def spread(a, b):
    """1e−8 to 1e8."""
    return 10.0 ** (8 * a) + 0 * b


ODD = {
    "all NaN": land(lambda a, b: np.full((len(a), b.size), np.nan)),
    "constant": land(lambda a, b: 0 * a * b + 3.0),
    "zero": land(lambda a, b: 0 * a * b),
    "one inf": land(with_hole),
    "no path": land(path=np.zeros((0, 2))),
    "path of NaN": land(path=np.full((3, 2), np.nan)),
    "one point": land(path=np.array([[0.1, 0.0]])),
    "2×2": land(size=(2, 2)),
    "line": land(size=(31, 1)),
    "line of NaN": land(lambda a, b: np.full((len(a), 1), np.nan), size=(5, 1)),
    "huge": land(lambda a, b: 1e30 * (1 + a + b)),
    "largest": land(lambda a, b: 1.7e308 * np.sign(a) + 0 * b),
    "spread": land(spread),
    "here is NaN": land(here=(float("nan"), 0.0), here_loss=float("nan")),
    "here is outside": land(here=(5.0, 5.0)),
}
