"""Tensors of any rank as one flat picture: which cells are drawn, and which element each of them shows. No Qt here."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from app.numbers import format_count

MAX_ROWS = 256
MAX_CELLS = 1 << 19  # of the source that one picture looks at; more rows than that are left out, and said so
MAX_DRAWN = 512
Element = tuple[int, ...]


@dataclass(frozen=True)
class Picture:
    """A tensor laid out flat.

    `cells` (h, w) float: what is drawn; `gaps` (h, w) bool or None: cells between tiles. `grid` is the layout before
    it was thinned out by `step` (rows, columns); `tile` is (height, width, tiles a row) for mosaics of images; the row
    (or image) number `first` comes first.
    """

    shape: tuple[int, ...]
    cells: np.ndarray
    grid: np.ndarray
    step: tuple[int, int] = (1, 1)
    tile: tuple[int, int, int] | None = None
    gaps: np.ndarray | None = None
    note: str = ""
    first: int = 0

    @property
    def limit(self) -> float:
        """Largest finite magnitude drawn; 0 if there is none."""
        magnitude = np.abs(self.cells[np.isfinite(self.cells)])
        return float(magnitude.max()) if magnitude.size else 0.0

    def element_at(self, row: int, column: int) -> Element | None:
        """Index of the element that cell (row, column) shows; None in a gap or outside."""
        if not (0 <= row < self.cells.shape[0] and 0 <= column < self.cells.shape[1]):
            return None
        dy, dx = self.step
        block = self.grid[row * dy : (row + 1) * dy, column * dx : (column + 1) * dx]
        i, j = divmod(_loudest(block), block.shape[1])
        return self._index(row * dy + i, column * dx + j)

    def cell_of(self, element: Element | None) -> tuple[int, int] | None:
        """The cell that shows `element`; None if it is not drawn."""
        if element is None or len(element) != len(self.shape):
            return None
        if any(not 0 <= i < size for i, size in zip(element, self.shape, strict=True)):
            return None
        row, column = self._place(element)
        cell = row // self.step[0], column // self.step[1]
        return cell if 0 <= cell[0] < self.cells.shape[0] and cell[1] < self.cells.shape[1] else None

    def _index(self, row: int, column: int) -> Element | None:
        if self.tile is None:
            return (row + self.first, column)[2 - len(self.shape) :]
        height, width, across = self.tile
        (top, y), (left, x) = divmod(row, height + 1), divmod(column, width + 1)
        number = top * across + left + self.first
        if y == height or x == width or number >= math.prod(self.shape[:-2]):
            return None
        return (*(int(i) for i in np.unravel_index(number, self.shape[:-2])), y, x)

    def _place(self, element: Element) -> tuple[int, int]:
        if self.tile is None:
            row, column = (0, 0, *element)[-2:]
            return row - self.first, column
        height, width, across = self.tile
        number = int(np.ravel_multi_index(element[:-2], self.shape[:-2])) - self.first
        return (number // across) * (height + 1) + element[-2], (number % across) * (width + 1) + element[-1]


def picture(array: np.ndarray, most: int = MAX_ROWS, show: int = 0) -> Picture | None:
    """Lay `array` (any rank, any real dtype) out: rows × columns up to rank 2, a mosaic of images from rank 3 on.

    None for an empty array. At most `most` rows (or images) are laid out, a stretch that holds number `show`; wide
    tensors show, per cell, the element of largest magnitude (a value that is not finite wins).
    """
    array = np.asarray(array)
    if array.size == 0:
        return None
    array = array.astype(np.float32) if array.dtype.kind in "iub" else array
    if array.ndim > 2:
        return _mosaic(array, most, show)
    rows = array.reshape((1, -1)) if array.ndim < 2 else array
    first, count = _stretch(len(rows), min(most, max(1, MAX_CELLS // rows.shape[1])), show)
    kept = rows[first : first + count]
    cells, step = _thin(kept)
    return Picture(array.shape, cells, kept, step, note=_note("row", first, count, len(rows)), first=first)


def _stretch(total: int, most: int, show: int) -> tuple[int, int]:
    """(first, count) of at most `most` out of `total` that holds `show`, from the start as long as it is there."""
    count = min(most, total)
    return (0 if show < count else min(show - count // 2, total - count)), count


def _note(what: str, first: int, count: int, total: int) -> str:
    if count == total:
        return ""
    whole = format_count(total)
    return f"{what}s {first}–{first + count - 1} of {whole}" if first else f"first {count} of {whole} {what}s"


def _mosaic(array: np.ndarray, limit: int, show: int) -> Picture:
    images = array.reshape((-1, *array.shape[-2:]))
    height, width = images.shape[1:]
    most = max(1, min(limit, MAX_CELLS // (height * width)))
    channels = array.shape[-3] if array.ndim > 3 else 1
    across = max(1, min(_across(channels, min(most, len(images)), height / width), len(images), most))
    first, count = _stretch(len(images), max(across, most // across * across), show)
    kept = images[first : first + count]
    down = math.ceil(len(kept) / across)
    grid = np.full((down * (height + 1) - 1, across * (width + 1) - 1), np.nan, array.dtype)
    gaps = np.ones(grid.shape, bool)
    for number, image in enumerate(kept):
        top, left = number // across * (height + 1), number % across * (width + 1)
        grid[top : top + height, left : left + width] = image
        gaps[top : top + height, left : left + width] = False
    filled = np.where(gaps, 0, grid)
    cells, step = _thin(filled)
    note = _note("image", first, count, len(images))
    return Picture(
        array.shape, cells, filled, step, (height, width, across), gaps if step == (1, 1) else None, note, first
    )


def _across(channels: int, count: int, aspect: float) -> int:
    """Images in a row, so that the mosaic is about square and the channels of one example fill whole rows, or some
    examples with all their channels one row; `aspect`: height of an image by its width."""
    square = max(1, math.ceil(math.sqrt(count * aspect)))
    if channels <= 1:
        return square
    whole = [d for d in range(1, channels + 1) if channels % d == 0]
    whole += [channels * k for k in range(2, count // channels + 1)]
    return min(whole, key=lambda across: abs(math.log(across / square)))


def _thin(grid: np.ndarray) -> tuple[np.ndarray, tuple[int, int]]:
    """At most MAX_DRAWN cells each way: every block is shown by its element of largest magnitude."""
    dy, dx = (-(-size // MAX_DRAWN) for size in grid.shape)
    if (dy, dx) == (1, 1):
        return grid, (1, 1)
    height, width = (-(-size // step) for size, step in zip(grid.shape, (dy, dx), strict=True))
    padded = np.pad(grid, ((0, height * dy - grid.shape[0]), (0, width * dx - grid.shape[1])))
    blocks = padded.reshape(height, dy, width, dx)
    low, high = blocks.min(axis=(1, 3)), blocks.max(axis=(1, 3))  # NaN wins in both
    return np.where(-low > high, low, high), (dy, dx)


def _loudest(block: np.ndarray) -> int:
    magnitude = np.abs(block)
    return int(np.argmax(np.where(np.isnan(magnitude), np.inf, magnitude)))
