"""By how much an image is turned, moved, zoomed, mirrored and brightened: drawn from (seed, stream, clock, row)."""

import math
from dataclasses import dataclass

import numpy as np

from engine.machine.counter import random_bits, uniform_of
from engine.machine.pointers import load
from engine.ops.drawing import bits_of
from engine.ops.loops import inline

DRAWS = 6  # numbers for each row: angle, way down, way across, zoom, brightness, mirror


@inline
def _centred(arena, key, place):
    """A number from −1 to 1, in double precision."""
    return 2.0 * np.float64(uniform_of(arena, random_bits(key, place))) - 1.0


@inline
def change_of(arena, args, key, row, height, width):
    """(a, b, c, d, e, f, β): the pixel (i, j) of the result is β times the image at (a·i + b·j + c, d·i + e·j + f)."""
    place = row * 6
    angle = np.float64(load(arena, load(args, 3))) * _centred(arena, key, place)
    shift = np.float64(load(arena, load(args, 4)))
    down, across = shift * height * _centred(arena, key, place + 1), shift * width * _centred(arena, key, place + 2)
    size = 1.0 / (1.0 + np.float64(load(arena, load(args, 5))) * _centred(arena, key, place + 3))
    bright = 1.0 + np.float64(load(arena, load(args, 6))) * _centred(arena, key, place + 4)
    mirror = -1.0 if load(args, 13) == 1 and _centred(arena, key, place + 5) < 0.0 else 1.0
    a, b = size * math.cos(angle), size * math.sin(angle)
    d, e = -b * mirror, a * mirror
    p, q = 0.5 * (height - 1), 0.5 * (width - 1)
    return a, b, p - a * (p + down) - b * (q + across), d, e, q - d * (p + down) - e * (q + across), bright


@dataclass(frozen=True)
class Change:
    """What happens to one image: angle in radians, way in pixels, zoom, brightness, and mirror (−1 or 1)."""

    angle: float
    down: float
    across: float
    zoom: float
    bright: float
    mirror: float
    size: tuple[int, int]

    def source(self, i, j):
        """The place in the image that comes to lie on pixel (i, j)."""
        p, q = (0.5 * (n - 1) for n in self.size)
        y, x = i - p - self.down, j - q - self.across
        cos, sin = math.cos(self.angle) / self.zoom, math.sin(self.angle) / self.zoom
        return p + cos * y + sin * x, q + self.mirror * (cos * x - sin * y)


def changes_of(shape, clock, attrs):
    """The NumPy twin of `change_of`: one Change for each row of a batch of that shape."""
    bits = bits_of(DRAWS * shape[0], clock, attrs["seed"], attrs["stream"])
    drawn = 2 * ((bits >> np.uint32(9)) + 0.5) * 2.0**-23 - 1
    height, width = shape[2:]
    return [
        Change(attrs["turn"] * angle, attrs["shift"] * height * down, attrs["shift"] * width * across,
               1 + attrs["zoom"] * zoom, 1 + attrs["brightness"] * bright,
               -1.0 if attrs["flip"] and mirror < 0 else 1.0, (height, width))
        for angle, down, across, zoom, bright, mirror in drawn.reshape(-1, DRAWS)
    ]  # fmt: skip


def sources_of(change, height, width):
    """For each pixel of the result the pixels of the image that make it: (place, source, weight)."""
    found = []
    for i in range(height):
        for j in range(width):
            down, across = change.source(i, j)
            top, left = math.floor(down), math.floor(across)
            for r, v in ((top, top + 1 - down), (top + 1, down - top)):
                for s, u in ((left, left + 1 - across), (left + 1, across - left)):
                    if 0 <= r < height and 0 <= s < width:
                        found.append(((i, j), (r, s), change.bright * v * u))
    return found
