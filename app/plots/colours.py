"""Numbers into colours: the signed map (blue −, neutral 0, orange +), viridis for magnitudes, hues for classes."""

from __future__ import annotations

import functools

import numpy as np
from PySide6.QtGui import QColor, QImage

from app import theme

# viridis at nine even places (Smith & van der Walt 2015, CC0), interpolated linearly between them
_VIRIDIS = ("#440154", "#472d7b", "#3b528b", "#2c728e", "#21918c", "#28ae80", "#5ec962", "#addc30", "#fde725")
# after the theme's own blue and orange: hues that stay apart for colour-blind eyes too
_MORE_CLASSES = ("#2bb3a3", "#d65fae", "#8c7ae6", "#c9a227", "#6fb7d6", "#9a6b4f", "#7f8c99", "#b3de69")


def rgba(color: str, alpha: int = 255) -> np.ndarray:
    """A colour "#rrggbb" as uint8 (4,)."""
    value = QColor(color)
    return np.array([value.red(), value.green(), value.blue(), alpha], np.uint8)


@functools.cache
def viridis() -> np.ndarray:
    """The map for magnitudes, uint8 (256, 4)."""
    stops = np.array([rgba(color) for color in _VIRIDIS], float)
    at = np.linspace(0, len(stops) - 1, 256)
    return np.stack([np.interp(at, np.arange(len(stops)), stops[:, k]) for k in range(4)], 1).round().astype(np.uint8)


def class_colour(tokens: theme.Tokens, number: int) -> str:
    """The hue of class `number`; with more than ten classes hues come again."""
    hues = (tokens.forward, tokens.backward, *_MORE_CLASSES)
    return hues[number % len(hues)]


def depth_colour(tokens: theme.Tokens, place: int, count: int) -> str:
    """The hue of layer `place` of `count`, from the data (0) to the loss: the part of viridis that can be told from
    the ground."""
    low, high = (0.36, 1.0) if tokens.is_dark else (0.0, 0.82)
    pixel = viridis()[round(255 * (low + (high - low) * place / max(1, count - 1)))]
    return "#" + "".join(f"{part:02x}" for part in pixel[:3])


_LINES = (0, 3, 5, 2, 6, 7, 9, 4, 8, 1)  # orange last: the current point has it


def line_colour(tokens: theme.Tokens, number: int) -> str:
    """The hue of line `number` of several beside each other; with more than ten, hues come again."""
    return class_colour(tokens, _LINES[number % len(_LINES)])


_tables: dict[tuple[str, ...], np.ndarray] = {}


def _signed_table(tokens: theme.Tokens) -> np.ndarray:
    """The theme's signed map, made once for its colours."""
    key = (tokens.negative, tokens.neutral, tokens.positive)
    if key not in _tables:
        _tables[key] = theme.signed_lut(tokens)
    return _tables[key]


def signed(cells: np.ndarray, limit: float, tokens: theme.Tokens) -> np.ndarray:
    """Colours uint8 (h, w, 4) of `cells` (h, w) between −limit and +limit; what is not finite is marked."""
    scale = limit if 0 < limit < float("inf") else 1.0
    with np.errstate(invalid="ignore", over="ignore"):
        place = np.clip(np.asarray(cells) / scale, -1, 1)
        codes = np.nan_to_num(place * 127.5 + 127.5, nan=0.0).round().astype(np.uint8)
    image = _signed_table(tokens)[codes]
    image[~np.isfinite(cells)] = rgba(tokens.bad)
    return image


def ramp(cells: np.ndarray, low: float, high: float, tokens: theme.Tokens) -> np.ndarray:
    """Viridis colours uint8 (h, w, 4) of `cells` between `low` and `high`; what is not finite is marked."""
    with np.errstate(invalid="ignore", over="ignore"):
        place = np.clip((np.asarray(cells, float) - low) / ((high - low) or 1.0), 0, 1)
        codes = np.nan_to_num(place * 255, nan=0.0).round().astype(np.uint8)
    image = viridis()[codes]
    image[~np.isfinite(cells)] = rgba(tokens.bad)
    return image


def blend(probabilities: np.ndarray, tokens: theme.Tokens) -> np.ndarray:
    """Colours uint8 (h, w, 4) for class probabilities (h, w, classes): the likeliest class, paler where unsure."""
    classes = probabilities.shape[-1]
    hues = np.array([rgba(class_colour(tokens, k)) for k in range(classes)], float)
    best = np.nan_to_num(probabilities).argmax(-1)
    sure = (np.nan_to_num(probabilities).max(-1) - 1 / classes) / (1 - 1 / classes)
    sure = np.clip(sure, 0, 1)[..., None]
    image = (hues[best] * sure + rgba(tokens.canvas).astype(float) * (1 - sure)).round().astype(np.uint8)
    image[~np.isfinite(probabilities).all(-1)] = rgba(tokens.bad)
    return image


def to_image(pixels: np.ndarray) -> QImage:
    """A QImage of its own memory from uint8 (h, w, 4)."""
    pixels = np.ascontiguousarray(pixels)
    height, width = pixels.shape[:2]
    return QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGBA8888).copy()
