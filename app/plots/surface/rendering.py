"""A landscape seen by a camera as a picture, with the depth behind every pixel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from app.plots import colours
from app.plots.surface.camera import TALL, Camera

CONTOUR, CONTOUR_INK, MESH, MESH_INK = 0.45, 0.5, 0.3, 0.22  # half widths in px, and strengths
MESH_SPACE = 9.0  # px between mesh lines, at least
TOLERANCE = 0.004  # of the nearness: what lies on the surface is not hidden by it


@dataclass(frozen=True, eq=False)
class Scene:
    """What is drawn: heights 0 to 1 (n, m), NaN for holes, and the heights of contour lines, rising."""

    heights: NDArray[np.float64]
    levels: NDArray[np.float64]

    @property
    def points(self) -> NDArray[np.float64]:
        """The nodes in the box, (n, m, 3)."""
        n, m = self.heights.shape
        x, y = np.meshgrid(np.linspace(-1, 1, n), np.linspace(-1, 1, m), indexing="ij")
        return np.stack([x, y, np.nan_to_num(self.heights) * TALL], -1)


@dataclass(frozen=True, eq=False)
class Rendered:
    """`image` and, for `fine` pixels in each px of the widget, how near the surface is; 0 where there is none."""

    image: QImage
    camera: Camera
    depth: NDArray[np.float32]
    fine: float

    def place_at(self, x: float, y: float) -> NDArray[np.float64] | None:
        """The point of the box that is seen at (x, y) px; None beside the surface."""
        row, column = int(np.floor(y * self.fine)), int(np.floor(x * self.fine))
        if not (0 <= row < self.depth.shape[0] and 0 <= column < self.depth.shape[1]) or self.depth[row, column] <= 0:
            return None
        middle = np.array([(column + 0.5) / self.fine, (row + 0.5) / self.fine, self.depth[row, column]])
        return self.camera.unproject(middle)

    def visible(self, seen: NDArray) -> NDArray[np.bool_]:
        """Whether projected points (K, 3) are in front of the surface or on it."""
        with np.errstate(invalid="ignore"):
            column, row = (np.nan_to_num(np.floor(seen[:, k] * self.fine), nan=-1).astype(int) for k in (0, 1))
        inside = (row >= 0) & (row < self.depth.shape[0]) & (column >= 0) & (column < self.depth.shape[1])
        there = np.zeros(len(seen), np.float64)
        there[inside] = self.depth[row[inside], column[inside]]
        return inside & (seen[:, 2] >= there * (1 - TOLERANCE))


def render(scene: Scene, camera: Camera, width: int, height: int, ratio: float = 1.0, smooth: bool = True) -> Rendered:
    """Draw at width × height px of `ratio` device pixels each; `smooth`: four samples for each of them."""
    from app import surface_raster as raster  # imports numba

    samples = 2 if smooth else 1
    wide, high = max(1, round(width * ratio)), max(1, round(height * ratio))
    fine = samples * ratio
    depth = np.zeros((high * samples, wide * samples), np.float32)
    pixels = np.zeros((*depth.shape, 4), np.uint8)
    heights = np.ascontiguousarray(scene.heights, np.float64)
    seen = camera.project(scene.points)
    seen[..., :2] *= fine
    spaces = np.array([2 / max(1, size - 1) for size in heights.shape])
    shades = np.empty(heights.shape)
    raster.lit(heights, spaces, TALL, np.array(camera.light()), shades)
    every = max(1.0, np.ceil(MESH_SPACE / max(1e-6, camera.scale * spaces.min())))
    look = np.array([CONTOUR * fine, CONTOUR_INK, MESH * fine, MESH_INK, every])
    levels = np.ascontiguousarray(scene.levels, np.float64)
    table = np.ascontiguousarray(colours.viridis()[:, :3], np.float64)
    raster.surface(np.ascontiguousarray(seen), heights, shades, levels, table, look, pixels, depth)
    if smooth:
        small = np.empty((high, wide, 4), np.uint8)
        raster.halve(pixels, small)
        pixels = small
    image = QImage(pixels.data, wide, high, 4 * wide, QImage.Format.Format_RGBA8888_Premultiplied).copy()
    image.setDevicePixelRatio(ratio)
    return Rendered(image, camera, depth, fine)


def render_flat(
    nodes: NDArray, levels: NDArray, size: tuple[int, int], line: tuple[float, float], hatch: NDArray,
    stripes: tuple[float, float],
) -> tuple[QImage, NDArray[np.float64]]:  # fmt: skip
    """Heights at evenly spaced nodes (n, m) as a map of `size` (w, h) pixels, and the height at each pixel, top first.

    line: half width in px and strength of contours; hatch: see `raster.flat`; stripes: px from one to the next, width.
    """
    from app import surface_raster as raster  # imports numba

    wide, high = size
    pixels, heights = np.empty((high, wide, 4), np.uint8), np.empty((high, wide))
    ways = []
    for count, pixel_count in zip(nodes.shape, size, strict=True):
        at = (np.arange(pixel_count) + 0.5) / pixel_count * (count - 1)
        before = np.clip(np.floor(at), 0, max(0, count - 2))
        ways.append(np.ascontiguousarray(np.stack([before, at - before])))
    spaces = [pixel_count / max(1, count - 1) for count, pixel_count in zip(nodes.shape, size, strict=True)]
    look = np.array([*line, *spaces, *stripes], np.float64)
    table = np.ascontiguousarray(colours.viridis()[:, :3], np.float64)
    nodes, levels = np.ascontiguousarray(nodes, np.float64), np.ascontiguousarray(levels, np.float64)
    raster.flat(nodes, *ways, levels, table, look, np.ascontiguousarray(hatch), pixels, heights)
    return colours.to_image(pixels), heights
