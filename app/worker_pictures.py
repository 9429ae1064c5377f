"""Small pictures for the cards, made of the session's values on the worker: activations, unit maps, gradient bars."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING

import numpy as np

from app.value_names import owner, rank, shows_layer

if TYPE_CHECKING:
    from engine.data import Dataset
    from engine.evaluator import Evaluator
    from engine.network import Network
    from engine.session import Session

Extent = tuple[float, float, float, float]  # x0, x1, y0, y1
ASPECT = 2.0  # of a card's picture
ROWS, COLUMNS, BARS = 24, 64, 24
MAP_HEIGHT = 30
BOUNDARY = 100
MOST_MAPS = 64  # units of a layer whose maps are published


def main_names(session: Session) -> dict[str, str]:
    """Layer id → name of the value that shows best what it computes."""
    shown = {id for id, node in session.network.nodes.items() if not node.layer.is_loss}
    found: dict[str, str] = {}
    for name in filter(shows_layer, session.values):
        id = owner(name)
        if id in shown and (id not in found or rank(name) < rank(found[id])):
            found[id] = name
    return found


def plane_extent(dataset: Dataset) -> Extent | None:
    """x0, x1, y0, y1 of a square around all open rows; None unless a row is two numbers."""
    if dataset.shape != (2,) or dataset.vocabulary is not None or dataset.task == "sequence":
        return None
    low, high = dataset.x.min(0), dataset.x.max(0)
    middle, half = (low + high) / 2, float((high - low).max()) / 2 * 1.12 or 1.0
    return middle[0] - half, middle[0] + half, middle[1] - half, middle[1] + half


@functools.lru_cache(maxsize=8)
def grid(extent: Extent, width: int, height: int) -> np.ndarray:
    """Points (height·width, 2) at the cells' centres, row 0 at y0. It is kept: not to be changed."""
    x0, x1, y0, y1 = extent
    xs = x0 + (np.arange(width) + 0.5) * (x1 - x0) / width
    ys = y0 + (np.arange(height) + 0.5) * (y1 - y0) / height
    across, up = np.meshgrid(xs, ys)
    points = np.stack([across.ravel(), up.ravel()], axis=1)
    points.flags.writeable = False
    return points


def widened(extent: Extent, aspect: float = ASPECT) -> Extent:
    """The same square seen in a picture that is `aspect` times as wide as high."""
    x0, x1, y0, y1 = extent
    middle, half = (x0 + x1) / 2, (y1 - y0) / 2 * aspect
    return middle - half, middle + half, y0, y1


def tiles(units: np.ndarray) -> np.ndarray:
    """Maps (height, width, n) of n units side by side, each on its own scale, upright (row 0 on top), gaps 0."""
    height, width, count = units.shape
    columns, rows = tiling(count)
    crop = max(4, min(width, round(height * ASPECT * rows / columns)))
    left = (width - crop) // 2
    out = np.zeros((rows * (height + 1) - 1, columns * (crop + 1) - 1), np.float32)
    for unit in range(min(count, columns * rows)):
        top, start = unit // columns * (height + 1), unit % columns * (crop + 1)
        one = units[::-1, left : left + crop, unit]
        finite = np.abs(one[np.isfinite(one)])
        out[top : top + height, start : start + crop] = one / (finite.max(initial=0.0) or 1.0)
    return out


def tiling(count: int) -> tuple[int, int]:
    """Columns and rows for `count` tiles (at most 24 are shown) with few empty places and nearly square tiles."""
    count = min(count, 24)

    def cost(columns: int) -> float:
        rows = math.ceil(count / columns)
        aspect = ASPECT * rows / columns
        return abs(math.log(aspect)) + 1.5 * (columns * rows - count) / count

    columns = min(range(1, count + 1), key=cost)
    return columns, math.ceil(count / columns)


def unit_maps(
    evaluator: Evaluator, block: np.ndarray, extent: Extent, names: dict[str, str], aspect: float = 1.0
) -> dict[str, np.ndarray]:
    """What every unit of the values `names` says about the plane of the inputs, by layer.

    Each (MAP_HEIGHT, `aspect` · MAP_HEIGHT, units); `block` holds all parameters.
    """
    width = round(MAP_HEIGHT * aspect)
    values = evaluator.values(block, grid(widened(extent, aspect), width, MAP_HEIGHT), list(names.values()))
    return {id: values[name].reshape(MAP_HEIGHT, width, -1) for id, name in names.items() if name in values}


def points_map(dataset: Dataset, extent: Extent) -> np.ndarray:
    """The training points as cells coloured by their target, in a card's wide picture."""
    x0, x1, y0, y1 = widened(extent)
    height, width = MAP_HEIGHT + 7, round((MAP_HEIGHT + 7) * ASPECT)
    out = np.zeros((height, width), np.float32)
    x, y = dataset.train.x, np.asarray(dataset.train.y, float).reshape(len(dataset.train), -1)[:, 0]
    spread = float(np.ptp(y)) or 1.0
    column = np.clip(((x[:, 0] - x0) / (x1 - x0) * width).astype(int), 0, width - 1)
    row = np.clip(((y1 - x[:, 1]) / (y1 - y0) * height).astype(int), 0, height - 1)
    out[row, column] = 2 * (y - y.min()) / spread - 1
    return out


def value_picture(value: np.ndarray, image_shape: tuple[int, ...] | None) -> np.ndarray:
    """The first rows of a batch: a mosaic where a row is an image, else a row a line and a unit a column.

    Of channels of images, those of the first row; of a sequence, the first row too, a step a column and a unit a line.
    """
    if image_shape is not None and value[0].size == math.prod(image_shape) and len(image_shape) == 2:
        images = np.asarray(value[:8], np.float32).reshape(-1, *image_shape)
        return _mosaic(images, min(4, len(images)))
    if value.ndim == 4:
        return _feature_maps(np.asarray(value, np.float32))
    if value.ndim == 3:
        return _steps(np.asarray(value[0], np.float32))
    flat = value.reshape(len(value), -1)[:ROWS] if value.ndim else value.reshape(1, 1)
    step = -(-flat.shape[1] // COLUMNS)
    return np.array(flat[:, ::step], np.float32)


def delayed(steps: np.ndarray) -> np.ndarray:
    """A picture of steps, a step a column, as it was one step before."""
    later = np.zeros_like(steps)
    later[:, 1:] = steps[:, :-1]
    return later


def _feature_maps(value: np.ndarray) -> np.ndarray:
    maps = value[0] if value.shape[1] > 1 else value[:8, 0]
    maps = maps[:24, :: -(-maps.shape[1] // COLUMNS), :: -(-maps.shape[2] // COLUMNS)]
    return _mosaic(maps, tiling(len(maps))[0])


def _steps(row: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(row[:: -(-len(row) // COLUMNS), :: -(-row.shape[1] // ROWS)].T)


def _mosaic(images: np.ndarray, columns: int) -> np.ndarray:
    rows, (height, width) = -(-len(images) // columns), images.shape[1:]
    out = np.zeros((rows * (height + 1) - 1, columns * (width + 1) - 1), np.float32)
    for i, image in enumerate(images):
        top, left = i // columns * (height + 1), i % columns * (width + 1)
        out[top : top + height, left : left + width] = image
    return out


def gradient_figures(session: Session, order: list[str]) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    """By layer: mean |∂L/∂W| into each unit (at most 24 bars), and the norm of the gradient of all its parameters; the
    norms in this `order`."""
    bars: dict[str, np.ndarray] = {}
    squares: dict[str, float] = {}
    for name in session.parameters:
        gradient = session.values.get(f"{name}.grad")
        if gradient is None:
            continue
        id = name.rpartition(".")[0]
        squares[id] = squares.get(id, 0.0) + float(np.vdot(gradient, gradient))
        if id not in bars:
            sizes = np.abs(gradient).reshape(-1, gradient.shape[-1]).mean(0)
            bars[id] = np.nan_to_num(sizes[:: -(-len(sizes) // BARS)].astype(np.float32), posinf=0.0)
    norms = {id: math.sqrt(square) if square >= 0 else math.nan for id, square in squares.items()}
    return bars, {id: norms[id] for id in order if id in norms}


def branch_after_branch(network: Network) -> list[str]:
    """The layers from the data to the losses, those of one branch behind each other."""
    later: dict[str, list[str]] = {id: [] for id in network.nodes}
    for wire in network.wires:
        if network.nodes[wire.target].kind != "Delay":
            later[wire.source].append(wire.target)
    found: dict[str, None] = {}
    starts = [id for id, node in reversed(network.nodes.items()) if node.layer.is_input or node.kind == "Delay"]
    stack = [(id, False) for id in (*network.nodes, *starts)]  # the last one is taken first
    seen: set[str] = set()
    while stack:
        id, done = stack.pop()
        if done:
            found[id] = None
        elif id not in seen:
            seen.add(id)
            stack.append((id, True))
            stack += [(target, False) for target in later[id]]
    return list(reversed(found))
