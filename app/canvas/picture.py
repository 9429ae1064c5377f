"""Small arrays as pictures for the cards. Touches NumPy, so it is imported when the first data arrives."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QImage, qRgb

from app.theme import Tokens, signed_lut

LEVELS = 254  # 0 … 254 show −limit … +limit
NOT_FINITE, GAP = 255, LEVELS // 2
_tables: dict[str, list[int]] = {}


def signed_image(array: np.ndarray, tokens: Tokens, limit: float | None = None) -> QImage:
    """`array` (h, w) as an image: blue (−) – neutral – orange (+) around 0; NaN and ∞ in the colour of problems.

    `limit`: the magnitude drawn in full colour (None: the largest finite one).
    """
    finite = np.isfinite(array)
    if limit is None:
        limit = float(np.abs(array[finite]).max(initial=0.0))
    scaled = np.where(finite, array, 0.0) / (limit or 1.0)
    index = np.rint((np.clip(scaled, -1.0, 1.0) + 1.0) * (LEVELS / 2)).astype(np.uint8)
    index[~finite] = NOT_FINITE
    return _indexed(index, _table(tokens))


def _indexed(index: np.ndarray, table: list[int]) -> QImage:
    height, width = index.shape
    padded = np.zeros((height, -(-width // 4) * 4), np.uint8)  # QImage wants rows of whole 32-bit words
    padded[:, :width] = index
    image = QImage(padded.data, width, height, padded.shape[1], QImage.Format.Format_Indexed8)
    image.setColorTable(table)
    return image.copy()  # owns its pixels from here on


def _table(tokens: Tokens) -> list[int]:
    if tokens.name not in _tables:
        lut = signed_lut(tokens)
        at = np.rint(np.linspace(0, 255, LEVELS + 1)).astype(int)
        bad = tokens.bad
        marked = qRgb(int(bad[1:3], 16), int(bad[3:5], 16), int(bad[5:7], 16))
        _tables[tokens.name] = [qRgb(*(int(c) for c in lut[i, :3])) for i in at] + [marked]
    return _tables[tokens.name]
