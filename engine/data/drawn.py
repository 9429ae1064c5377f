"""Drawings brought into the form of a data set of grey images: as large, in the same place, in the same tones.

MNIST's digits fill a box of 20 × 20 pixels, their proportions kept, and lie in 28 × 28 pixels with their centre of mass
in the middle (LeCun, Cortes, Burges: The MNIST database of handwritten digits, its page's description). Those of 8 × 8
fill their frame from top to bottom instead. So size and place are measured on the images themselves: of the centre of
mass and the middle of the box around a figure, that one counts which varies less from image to image.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MEASURED = 500  # images, evenly spread, on which the frame is measured
THERE = 0.2  # share of full ink from which on a pixel belongs to the figure
FINE = 8  # samples along each side of a pixel


@dataclass(frozen=True)
class Frame:
    """How the images (height, width) of a set lie: `size`, the longer side of a figure, and `centre` (row, column), in
    pixels; `by_mass`, for rows and columns: whether that is the centre of mass, or else the middle of the box. `paper`
    and `ink`: the values of an empty and of a full pixel."""

    shape: tuple[int, int]
    size: float
    centre: tuple[float, float]
    paper: float
    ink: float
    by_mass: tuple[bool, bool] = (True, True)

    def share(self, image: NDArray) -> NDArray:
        """From values to shares of ink, 0 to 1."""
        return np.clip((np.asarray(image, float) - self.paper) / (self.ink - self.paper), 0.0, 1.0)

    def value(self, share: NDArray) -> NDArray:
        """From shares of ink to values."""
        return self.paper + share * (self.ink - self.paper)


def frame_of(images: NDArray) -> Frame:
    """Measured on images (N, height, width); the paper is what most of their edges are. Medians, so that a few odd
    images do not count."""
    chosen = np.linspace(0, len(images) - 1, min(MEASURED, len(images))).astype(int)
    images = np.nan_to_num(np.asarray(images[chosen], float))
    height, width = images.shape[1:]
    edge = np.concatenate([images[:, 0].ravel(), images[:, -1].ravel(), images[:, :, 0].ravel(),
                           images[:, :, -1].ravel()])  # fmt: skip
    paper, low, high = float(np.median(edge)), float(images.min()), float(images.max())
    ink = high if high - paper >= paper - low else low
    ink = ink if ink != paper else paper + 1.0
    found = Frame((height, width), float(max(height, width)), ((height - 1) / 2, (width - 1) / 2), paper, ink)
    shares = found.share(images)
    figures = [image for image in shares if box_of(image) is not None]
    if not figures:
        return found
    boxes = np.array([box_of(image) for image in figures])
    size = np.median(np.maximum(boxes[:, 1] - boxes[:, 0], boxes[:, 3] - boxes[:, 2]))
    masses = np.array([centre_of(image) for image in figures])
    middles = (boxes[:, [0, 2]] + boxes[:, [1, 3]] - 1) / 2
    by_mass = masses.std(0) <= middles.std(0)
    row, column = np.where(by_mass, np.median(masses, 0), np.median(middles, 0))
    return Frame((height, width), float(size), (float(row), float(column)), paper, ink,
                 (bool(by_mass[0]), bool(by_mass[1])))  # fmt: skip


def box_of(share: NDArray) -> tuple[int, int, int, int] | None:
    """Top, bottom, left, right (the latter of each behind the last) of what is drawn; None for an empty sheet."""
    rows, columns = (np.flatnonzero((share >= THERE).any(axis)) for axis in (1, 0))
    return None if not len(rows) else (int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1)


def centre_of(share: NDArray) -> tuple[float, float]:
    """Centre of mass (row, column) of an image that is not empty."""
    total = float(share.sum())
    row = float(share.sum(1) @ np.arange(share.shape[0])) / total
    return row, float(share.sum(0) @ np.arange(share.shape[1])) / total


def placed(ink: NDArray, frame: Frame) -> NDArray:
    """A drawing, shares of ink (side, side), as an image of the set: (height, width) in its values.

    Scaled, its proportions kept, until its longer side has the frame's size, moved until its centre is the frame's, and
    as dark in its darkest pixel as ink can be.
    """
    box = box_of(ink)
    if box is None:
        return frame.value(np.zeros(frame.shape))
    scale = frame.size / max(box[1] - box[0], box[3] - box[2])
    middle = ((box[0] + box[1] - 1) / 2, (box[2] + box[3] - 1) / 2)
    row, column = (a if mass else b for mass, a, b in zip(frame.by_mass, centre_of(ink), middle, strict=True))
    share = _sampled(ink, frame.shape, (row, column), frame.centre, scale)
    return frame.value(share / max(float(share.max()), 1e-9))


def shrunk(ink: NDArray, frame: Frame) -> NDArray:
    """The whole sheet (side, side) as an image of the set, without any scaling or moving of what is on it."""
    height, width = frame.shape
    middle = (len(ink) - 1) / 2
    scale = max(height, width) / len(ink)
    share = _sampled(ink, frame.shape, (middle, middle), ((height - 1) / 2, (width - 1) / 2), scale)
    return frame.value(share)


def grown(image: NDArray, frame: Frame, side: int) -> NDArray:
    """The other way: an image of the set as shares of ink (side, side); what `shrunk` makes of it is the image."""
    height, width = frame.shape
    larger = max(height, width)
    at = (np.arange(side) + 0.5) / side * larger
    rows, columns = ((at - (larger - size) / 2) for size in (height, width))
    inside = np.outer((rows >= 0) & (rows < height), (columns >= 0) & (columns < width))
    picked = frame.share(image)[np.clip(rows, 0, height - 1).astype(int)][:, np.clip(columns, 0, width - 1).astype(int)]
    return np.where(inside, picked, 0.0)


def _sampled(ink: NDArray, shape: tuple[int, int], source: tuple[float, float], target: tuple[float, float],
             scale: float) -> NDArray:  # fmt: skip
    """Means over pixels of `shape`, of which `target` shows what stands at `source`, `scale` times as large."""
    fine = (np.arange(FINE) + 0.5) / FINE - 0.5
    places = []
    for size, start, end in zip(shape, source, target, strict=True):
        at = (np.arange(size)[:, None] + fine).reshape(-1)
        places.append(np.rint(start + (at - end) / scale).astype(int))
    rows, columns = places
    inside = np.outer((rows >= 0) & (rows < len(ink)), (columns >= 0) & (columns < len(ink)))
    last = len(ink) - 1
    picked = np.where(inside, ink[np.clip(rows, 0, last)][:, np.clip(columns, 0, last)], 0.0)
    means: NDArray = picked.reshape(shape[0], FINE, shape[1], FINE).mean((1, 3))
    return means
