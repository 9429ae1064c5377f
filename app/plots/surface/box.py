"""The box around a surface in three dimensions: its floor, the walls behind, and the numbers along its edges."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QPainter, QPen

from app import theme
from app.landscape import Landscape
from app.plots.surface.camera import TALL, Camera
from app.plots.surface.heights import Scale, brief, round_numbers
from app.plots.surface.labels import Labels

OUT = 7.0  # px between an edge and its numbers
NAME_OUT = (24.0, 15.0, 33.0, 46.0)  # px beyond the numbers, tried in turn
LOWEST = 24.0  # px of the upright edge that still get numbers
ROOM, MOST = 46.0, 6  # px for a number and the space beside it, and how many along an edge at most


def paint_box(painter: QPainter, camera: Camera, levels: np.ndarray) -> None:
    """Hairlines: the floor, and on the two walls behind the surface the given heights."""
    pen = QPen(theme.color(theme.current().hairline), 1)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    away = away_from(camera)
    edges = [ends_of(x, y, 0.0) for x, y in ((1, 0), (-1, 0), (0, 1), (0, -1))]
    for height in (*levels * TALL, TALL):
        edges += [ends_of(away[0], 0, height), ends_of(0, away[1], height)]
    for corner in (away, (away[0], -away[1]), (-away[0], away[1])):
        edges.append(np.array([(*corner, 0.0), (*corner, TALL)]))
    ends = camera.project(np.stack(edges))[..., :2].tolist()
    painter.drawLines([QLineF(*one, *other) for one, other in ends])


def ends_of(x: int, y: int, height: float) -> np.ndarray:
    """Both ends of the side where x (or y) is ±1, the other one 0."""
    return np.array([(x, -1, height), (x, 1, height)] if x else [(-1, y, height), (1, y, height)], float)


def away_from(camera: Camera) -> tuple[int, int]:
    """The corner (±1, ±1) farthest from the eye."""
    corners = np.array([(x, y, 0) for x in (-1, 1) for y in (-1, 1)])
    x, y, _ = corners[np.argmin(camera.project(corners)[:, 2])].tolist()
    return x, y


def add_numbers(labels: Labels, camera: Camera, landscape: Landscape, scale: Scale) -> None:
    """Numbers along the two edges in front and up the leftmost one; then the names, where there is room."""
    far = away_from(camera)
    sides = ((0, landscape.along, (0, -far[1])), (1, landscape.across, (-far[0], 0)))
    names = []
    for axis, knots, side in sides:
        ends = camera.project(ends_of(*side, 0.0))
        out = _outwards(camera, ends)
        length = float(np.hypot(*(ends[1, :2] - ends[0, :2])))
        low, high = float(knots[0]), float(knots[-1])
        for value in round_numbers(low, high, min(MOST, max(1, int(length / ROOM)))):
            point = np.array([*side, 0.0], float)
            point[axis] = 2 * (value - low) / (high - low) - 1
            at = camera.project(point)
            labels.add(brief(float(value)), QPointF(*(at[:2] + OUT * out)), _anchor(out))
        names.append((landscape.names[axis], ends[:, :2].mean(0), out, max(length, 60.0)))
    _add_losses(labels, camera, scale)
    for name, middle, out, width in names:
        places = [QPointF(*(middle + (OUT + more) * out)) for more in NAME_OUT]
        any(labels.add_elided(name, place, width, _anchor(out)) for place in places)


def _outwards(camera: Camera, ends: np.ndarray) -> np.ndarray:
    """The direction on the screen at right angles to an edge of the floor, away from the middle of the floor."""
    along = ends[1, :2] - ends[0, :2]
    across = np.array([-along[1], along[0]]) / max(1e-9, float(np.hypot(*along)))
    middle = camera.project(np.zeros(3))[:2]
    return across if across @ (ends[:, :2].mean(0) - middle) > 0 else -across


def _anchor(out: np.ndarray) -> tuple[float, float]:
    """The part of a label that is next to the edge."""
    return (1 - out[0]) / 2, (1 - out[1]) / 2


def leftmost(camera: Camera) -> np.ndarray:
    """The corner of the floor that is farthest left on the screen."""
    corners = np.array([(x, y, 0.0) for x in (-1, 1) for y in (-1, 1)])
    return corners[np.argmin(camera.project(corners)[:, 0])]


def _add_losses(labels: Labels, camera: Camera, scale: Scale) -> None:
    corner = leftmost(camera)
    foot, top = (camera.project(corner + np.array([0, 0, z]))[:2] for z in (0.0, TALL))
    if foot[1] - top[1] < LOWEST:
        return  # seen from above, there is no height to read off
    labels.add("loss", QPointF(*(top - (0, 5))), (0.5, 1.0), mono=False)
    for level in scale.levels(min(MOST, max(2, int((foot[1] - top[1]) / 22)))):
        height = float(scale.height(level)) * TALL
        at = camera.project(corner + np.array([0, 0, height]))[:2]
        labels.add(brief(float(level)), QPointF(*(at - (5, 0))), (1.0, 0.5))
