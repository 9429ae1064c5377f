"""From the box of a surface to the screen and back. The box is [−1, 1] × [−1, 1] × [0, TALL]."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

TALL = 0.85
NEAR, FAR = 6.0, 1000.0  # distance of the eye: with perspective, and so far off that there is none
STEEPEST, FLATTEST = 88.0, 8.0
CLOSEST, WIDEST = 6.0, 0.5
CORNERS = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (0, TALL)], np.float64)


@dataclass(frozen=True)
class Camera:
    """Angles in degrees; `scale`, `across`, `down`: px for a unit, and where the middle of the box lies, in px."""

    azimuth: float = -32.0
    elevation: float = 28.0
    zoom: float = 1.0
    perspective: bool = True
    scale: float = 100.0
    across: float = 0.0
    down: float = 0.0

    @property
    def distance(self) -> float:
        """Of the eye from the middle."""
        return NEAR if self.perspective else FAR

    def turned(self, azimuth: float, elevation: float) -> Camera:
        """Turned by so many degrees, within the limits."""
        around = (self.azimuth + azimuth + 180) % 360 - 180
        return replace(self, azimuth=around, elevation=min(STEEPEST, max(FLATTEST, self.elevation + elevation)))

    def zoomed(self, factor: float) -> Camera:
        """Nearer by `factor`, within the limits."""
        return replace(self, zoom=min(CLOSEST, max(WIDEST, self.zoom * factor)))

    def fitted(self, left: float, top: float, width: float, height: float) -> Camera:
        """So that the box fits into a rectangle at any azimuth: turning it does not make it breathe."""
        low, high = _extent(self.elevation, self.perspective)
        scale = max(1.0, min(width / (high[0] - low[0]), height / (high[1] - low[1])))
        middle = scale * (low + high) / 2
        scale *= self.zoom
        return replace(self, scale=scale, across=left + width / 2 - middle[0], down=top + height / 2 - middle[1])

    def project(self, points: NDArray) -> NDArray[np.float64]:
        """(…, 3) points of the box to (x, y, 1 / distance); what is nearer has the larger last one."""
        right, up, away = np.moveaxis(self._turn(np.asarray(points, np.float64)), -1, 0)
        nearness = 1 / (away + self.distance)
        focal = self.scale * self.distance
        return np.stack([self.across + focal * right * nearness, self.down - focal * up * nearness, nearness], -1)

    def unproject(self, seen: NDArray) -> NDArray[np.float64]:
        """The inverse of `project`."""
        x, y, nearness = np.moveaxis(np.asarray(seen, np.float64), -1, 0)
        focal = self.scale * self.distance
        right, up = (x - self.across) / (focal * nearness), (self.down - y) / (focal * nearness)
        away = 1 / nearness - self.distance
        cos, sin, level, steep = self._angles()
        forth, height = up * steep + away * level, up * level - away * steep
        return np.stack([right * cos + forth * sin, forth * cos - right * sin, height + TALL / 2], -1)

    def light(self) -> tuple[float, float, float]:
        """Direction of the light in the box: from the left, above, behind the eye."""
        cos, sin, _, _ = self._angles()
        right, forth, up = -0.50, -0.42, 0.76
        return right * cos + forth * sin, forth * cos - right * sin, up

    def _turn(self, points: NDArray) -> NDArray[np.float64]:
        """To the right, up and away."""
        x, y, z = points[..., 0], points[..., 1], points[..., 2] - TALL / 2
        cos, sin, level, steep = self._angles()
        right, forth = x * cos - y * sin, x * sin + y * cos
        return np.stack([right, z * level + forth * steep, forth * level - z * steep], -1)

    def _angles(self) -> tuple[float, float, float, float]:
        azimuth, elevation = math.radians(self.azimuth), math.radians(self.elevation)
        return math.cos(azimuth), math.sin(azimuth), math.cos(elevation), math.sin(elevation)


@functools.lru_cache(maxsize=256)
def _extent(elevation: float, perspective: bool) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How far left and up, right and down the box reaches on the screen, at any azimuth."""
    still = Camera(0.0, elevation, 1.0, perspective, 1.0)
    seen = [replace(still, azimuth=azimuth).project(CORNERS)[:, :2] for azimuth in np.arange(0.0, 90.0, 7.5)]
    return np.min(seen, (0, 1)), np.max(seen, (0, 1))
