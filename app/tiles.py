"""Matrices side by side: what a mosaic shows, and where every number of it lies in a picture. No Qt here."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

MOST_SIDE = 512  # cells of a tile each way; larger ones are thinned
GAP, WORDS = 4, 15  # pixels between tiles, and below one for its name
LEAST_TILE, LEAST_NAMED = 12.0, 30.0  # pixels of a tile's longer side, and of one that is named
LARGEST_CELL = 44.0  # pixels


@dataclass(frozen=True)
class Tile:
    """A matrix `cells` (h, w), or a picture (h, w, 3) whose numbers are red, green and blue.

    `rows` and `columns`: what lies along them, with a name for each where they have names. `magnitude`: numbers from 0
    on, in the colours of those. `wrapped`: one list of units, line after line.
    `stretch`: cells need not be square where it stands alone. `step`: so many numbers of the source stand behind one
    cell, each way.
    """

    name: str
    cells: np.ndarray
    rows: str = "row"
    columns: str = "column"
    row_names: tuple[str, ...] = ()
    column_names: tuple[str, ...] = ()
    magnitude: bool = False
    wrapped: bool = False
    stretch: bool = False
    step: tuple[int, int] = (1, 1)

    @property
    def limit(self) -> float:
        """Largest finite magnitude; 0 if there is none."""
        return limit_of(self.cells)

    def describe(self, row: int, column: int, number: str) -> str:
        """What the tip says of a cell."""
        if self.wrapped and self.step == (1, 1):
            return f"{self.name}   unit {row * self.cells.shape[1] + column}\n{number}"
        place = f"{_place(self.rows, self.row_names, row * self.step[0], self.step[0])}, "
        place += _place(self.columns, self.column_names, column * self.step[1], self.step[1])
        most = "largest of them: " if self.step != (1, 1) else ""
        return f"{self.name}   {place}\n{most}{number}"


def _place(what: str, names: tuple[str, ...], index: int, step: int) -> str:
    if step == 1 and index < len(names):
        return f"{what} {index} “{names[index]}”"
    return f"{what} {index}" if step == 1 else f"{what}s {index}–{index + step - 1}"


def limit_of(array: np.ndarray) -> float:
    """Largest finite magnitude; 0 if there is none."""
    magnitude = np.abs(array[np.isfinite(array)])
    return float(magnitude.max()) if magnitude.size else 0.0


def thinned(cells: np.ndarray, most: int = MOST_SIDE) -> tuple[np.ndarray, tuple[int, int]]:
    """`cells` (h, w) as at most `most` each way, and the steps."""
    steps = tuple(max(1, -(-size // most)) for size in cells.shape[:2])
    return blocked(cells, steps), steps


def blocked(cells: np.ndarray, steps: tuple[int, int]) -> np.ndarray:
    """Every block of so many rows and columns as its number of largest magnitude; what is not finite wins. Of pictures
    (h, w, 3), every so manieth pixel."""
    if steps == (1, 1):
        return cells
    (down, across), (height, width) = steps, cells.shape[:2]
    if cells.ndim > 2:
        return cells[::down, ::across]
    tall, wide = -(-height // down), -(-width // across)
    room = ((0, tall * down - height), (0, wide * across - width))
    blocks = np.pad(cells, room).reshape(tall, down, wide, across)
    low, high = blocks.min(axis=(1, 3)), blocks.max(axis=(1, 3))  # NaN wins in both
    return np.where(-low > high, low, high)


def tile(name: str, cells: np.ndarray, rows: str = "row", columns: str = "column", **more) -> Tile:
    """A tile of a copy of `cells`, thinned where they are many."""
    found, step = thinned(np.asarray(cells))
    return Tile(name, np.array(found, np.float32), rows, columns, step=step, **more)


@dataclass(frozen=True)
class Layout:
    """Where tiles lie in a picture of `height` × `width` pixels: `places` (x, y, w, h) of those that have room;
    `named`: whether there is room for their names; `index` (height, width): which of all their cells, one after the
    other, a pixel shows, -1 for none; `starts`: the first cell of each tile; `scale`: pixels a cell. Where that is
    below 1, blocks of `step` × `step` cells are drawn as one."""

    places: list[tuple[int, int, int, int]]
    named: bool
    index: np.ndarray
    starts: np.ndarray
    scale: float
    step: int

    def at(self, x: float, y: float) -> int | None:
        """The tile drawn at a pixel."""
        return next((i for i, (left, top, w, h) in enumerate(self.places)
                     if left <= x < left + w and top <= y < top + h), None)  # fmt: skip


@dataclass(frozen=True)
class Room:
    """Pixels that there are: `gap` between tiles, `words` below each, `margin` (left, top) beside each; `across`: so
    many tiles belong in a line, 0: as many as fit."""

    width: int
    height: int
    gap: int
    words: int = 0
    margin: tuple[int, int] = (0, 0)
    across: int = 0


def lay_out(shapes: list[tuple[int, int]], width: int, height: int, ratio: float = 1.0, names: bool = True,
            margin: tuple[int, int] = (0, 0), across: int = 0) -> Layout:  # fmt: skip
    """Tiles of these shapes (h, w) in lines, all to one scale, the largest at which all fit; where they would become
    too small to see, the first ones. `ratio`: device pixels a unit; the rest as in `Room`."""
    longest = max((max(shape) for shape in shapes), default=1)
    bare = Room(width, height, round((GAP / 2 if across else GAP) * ratio), 0, margin, across)
    with_words = replace(bare, words=round(WORDS * ratio))
    high = LARGEST_CELL * ratio
    named = names and _flow(shapes, with_words, min(high, LEAST_NAMED * ratio / longest))[1]
    room = with_words if named else bare
    smallest = LEAST_NAMED if named else LEAST_TILE / 2 if across else LEAST_TILE
    least = max(smallest / longest, 1.0 if across else 0.0) * ratio
    scale = _largest(shapes, room, min(least, high), high)
    places = _flow(shapes, room, scale)[0]
    if across and across < len(places) < len(shapes):
        places = places[: len(places) // across * across]
    return _indexed(shapes, places, width, height, named, scale)


def filling(shape: tuple[int, int], width: int, height: int, ratio: float = 1.0) -> Layout:
    """One tile of shape (h, w) over all the room, its cells as high and as wide as they come."""
    h, w = shape
    most = round(LARGEST_CELL * ratio)
    wide, high = max(1, min(width, w * most)), max(1, min(height, h * most))
    return _indexed([shape], [(0, 0, wide, high)], width, height, False, min(wide / w, high / h))


def _largest(shapes: list[tuple[int, int]], room: Room, low: float, high: float) -> float:
    """The largest scale between `low` and `high` at which all fit; whole pixels a cell where that is possible."""
    if not _flow(shapes, room, low)[1]:
        return low
    for _ in range(14):
        middle = (low + high) / 2
        low, high = (middle, high) if _flow(shapes, room, middle)[1] else (low, middle)
    return math.floor(low + 1e-3) if low >= 3 else low


def _flow(shapes: list[tuple[int, int]], room: Room, scale: float) -> tuple[list[tuple[int, int, int, int]], bool]:
    """Places of the tiles that have room at this scale, and whether those are all."""
    places: list[tuple[int, int, int, int]] = []
    x, y, line, (left, top) = 0, 0, 0, room.margin
    for i, (h, w) in enumerate(shapes):
        wide, high = max(1, round(w * scale)), max(1, round(h * scale))
        if x and (x + left + wide > room.width or (room.across and i % room.across == 0)):
            x, y, line = 0, y + line + room.gap, 0
        if y + top + high + room.words > room.height or x + left + wide > room.width:
            return places, False
        places.append((x + left, y + top, wide, high))
        x, line = x + left + wide + room.gap, max(line, top + high + room.words)
    return places, True


def _indexed(shapes: list[tuple[int, int]], places: list[tuple[int, int, int, int]], width: int, height: int,
             named: bool, scale: float) -> Layout:  # fmt: skip
    step = max(1, math.ceil(1 / scale - 1e-6))
    shapes = [(-(-h // step), -(-w // step)) for h, w in shapes[: len(places)]]
    index = np.full((max(1, height), max(1, width)), -1, np.int32)
    starts = np.cumsum([0, *(h * w for h, w in shapes)])
    for (x, y, wide, high), (h, w), start in zip(places, shapes, starts[:-1], strict=True):
        rows, columns = np.arange(high) * h // high, np.arange(wide) * w // wide
        index[y : y + high, x : x + wide] = start + rows[:, None] * w + columns
    return Layout(places, named, index, starts, scale, step)
