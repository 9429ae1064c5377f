"""Linear regions of networks of ReLU-like units: exact breakpoints on a line, exact polygons in a square, and bounds.

A region is a largest set on which the network is one affine function. Layer by layer, every unit's zero cuts the pieces
that there are; the way of counting and the bounds are those of Montúfar, Pascanu, Cho, Bengio 2014, "On the Number of
Linear Regions of Deep Neural Networks", and of Zaslavsky 1975 for one layer.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from engine.errors import SessionError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.network import Network, Node

    Array = NDArray[np.float64]

MOST = 20_000  # polygons
SLOPES = {"relu": 0.0, "absolute": -1.0, "linear": 1.0, "none": 1.0, "identity": 1.0}
CLOSE = 1e-9


@dataclass(frozen=True, eq=False)
class Affine:
    """z = aW + b, then max(z, 0) + `slope`·min(z, 0): W (fan_in, units), b (units,). `slope` 1 bends nothing."""

    W: Array
    b: Array
    slope: float

    def bent(self, z: Array) -> Array:
        """The activation of z."""
        return np.where(z > 0, z, self.slope * z)


def stack_of(network: Network, output: str, parameters: Mapping[str, NDArray]) -> list[Affine]:
    """The layers that lead to the layer `output`, first one first. Raises SessionError where they are no plain stack of
    Dense layers with ReLU-like activations."""
    found: list[Affine] = []
    for node in _path_to(network, output):
        if node.kind == "Dense":
            slope = _slope(node, str(node.attrs["activation"]), float(node.attrs.get("slope", 0.0)))
            W = np.asarray(parameters[f"{node.id}.W"], np.float64)
            b = parameters.get(f"{node.id}.b")
            found.append(Affine(W, np.zeros(W.shape[1]) if b is None else np.asarray(b, np.float64), slope))
        elif node.kind in ("ReLU", "LeakyReLU", "Absolute"):
            name = {"ReLU": "relu", "LeakyReLU": "leaky_relu", "Absolute": "absolute"}[node.kind]
            slope = _slope(node, name, float(node.attrs.get("slope", 0.0)))
            if not found or found[-1].slope != 1.0:
                raise SessionError(f"Linear regions: {node.id} does not stand behind a Dense layer without activation.")
            found[-1] = Affine(found[-1].W, found[-1].b, slope)
        elif not node.layer.is_input:
            raise SessionError(f"Linear regions are counted in stacks of Dense layers; {node.id} is a {node.kind}.")
    if not found:
        raise SessionError("Linear regions: there is no Dense layer between the data and the loss.")
    return found


def _path_to(network: Network, output: str) -> list[Node]:
    path, id = [], output
    while True:
        node = network.nodes[id]
        path.append(node)
        incoming = [wire.source for wire in network.wires if wire.target == id]
        if node.layer.is_input:
            return path[::-1]
        if len(incoming) != 1 or len(path) > len(network.nodes):
            raise SessionError(f"Linear regions are counted in stacks of Dense layers; {id} has no single input.")
        id = incoming[0]


def _slope(node: Node, activation: str, leaky: float) -> float:
    if activation == "leaky_relu":
        return leaky
    if activation not in SLOPES:
        raise SessionError(f"{node.id} has the activation {activation}, which is not made of straight pieces: the "
                           "network has no linear regions. Try relu.")  # fmt: skip
    return SLOPES[activation]


# --- on a line --------------------------------------------------------------------------------------------------------


def breakpoints(stack: Sequence[Affine], low: float, high: float) -> tuple[Array, Array, Array]:
    """Of a network of one number in, between `low` and `high`: where an output bends (k,), and all the ends of straight
    pieces with what the network says there, x (n,) and y (n, outputs)."""
    x = np.array([low, high], np.float64)
    values = x[:, None]
    for layer in stack:
        z = values @ layer.W + layer.b
        if layer.slope != 1.0:
            x, z = _with_zeros(x, z)
        values = layer.bent(z)
    if len(x) < 3:
        return np.zeros(0), x, values
    slopes = np.diff(values, axis=0) / np.diff(x)[:, None]
    scale = max(1e-300, float(np.abs(slopes).max()))
    bends = np.abs(np.diff(slopes, axis=0)).max(axis=1) > 1e-7 * scale
    return x[1:-1][bends], x, values


def _with_zeros(x: Array, z: Array) -> tuple[Array, Array]:
    """More places on the line: those where a unit is 0; z is straight between two places."""
    left, right = z[:-1], z[1:]
    piece, unit = np.nonzero((left < 0) & (right > 0) | (left > 0) & (right < 0))
    share = left[piece, unit] / (left[piece, unit] - right[piece, unit])
    new = x[piece] + share * (x[piece + 1] - x[piece])
    added = left[piece] + share[:, None] * (right[piece] - left[piece])
    added[np.arange(len(unit)), unit] = 0.0
    order = np.argsort(np.concatenate([x, new]), kind="stable")
    places, values = np.concatenate([x, new])[order], np.concatenate([z, added])[order]
    apart = np.concatenate([[True], np.diff(places) > CLOSE * (x[-1] - x[0])])
    apart[-1] = True
    return places[apart], values[apart]


# --- in a square ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Region:
    """A convex polygon, `corners` (m, 2), on which the network is `corners @ A + c`; `pattern` names which units are on
    there, so that it is the same region while the weights move a little."""

    corners: Array
    A: Array
    c: Array
    pattern: int = 0


def regions(stack: Sequence[Affine], extent: tuple[float, float, float, float], most: int = MOST) -> list[Region]:
    """All pieces of a network of two numbers in, within x0, x1, y0, y1. Neighbours may be the same function, as where a
    unit behind them is off: `count` tells how many functions there are. Raises SessionError for more than `most`."""
    x0, x1, y0, y1 = extent
    square = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float64)
    found = [Region(square, np.eye(2), np.zeros(2))]
    for layer in stack:
        found = [part for region in found for part in _cut(region, layer)]
        if len(found) > most:
            raise SessionError(f"There are more than {most:,} linear regions here; take fewer units.")
    return found


def count(found: Sequence[Region]) -> int:
    """How many affine functions the regions hold, to about nine digits."""
    if not found:
        return 0
    maps = np.array([np.concatenate([region.A.ravel(), region.c]) for region in found])
    scale = max(1e-300, float(np.abs(maps).max()))
    return len(np.unique(np.round(maps / scale, 9) + 0.0, axis=0))


def _cut(region: Region, layer: Affine) -> list[Region]:
    A, c = region.A @ layer.W, region.c @ layer.W + layer.b
    if layer.slope == 1.0:
        return [Region(region.corners, A, c, region.pattern)]
    size = float(np.ptp(region.corners, axis=0).max())
    parts = [region.corners]
    z = region.corners @ A + c
    for unit in np.flatnonzero((z.min(0) < 0) & (z.max(0) > 0)):
        parts = [piece for part in parts for piece in _halves(part, part @ A[:, unit] + c[unit], size)]
    found = []
    for part in parts:
        on = part.mean(0) @ A + c > 0
        signs = np.where(on, 1.0, layer.slope)
        found.append(Region(part, A * signs, c * signs, zlib.crc32(np.packbits(on).tobytes(), region.pattern)))
    return found


def _halves(corners: Array, z: Array, size: float) -> list[Array]:
    """The parts of a convex polygon where z > 0 and where z < 0; what is too thin to be seen stays with the other."""
    if z.min() >= 0 or z.max() <= 0:
        return [corners]
    sides: tuple[list[Array], list[Array]] = ([], [])
    for i in range(len(corners)):
        here, there, a, b = corners[i], corners[(i + 1) % len(corners)], z[i], z[(i + 1) % len(corners)]
        if a >= 0:
            sides[0].append(here)
        if a <= 0:
            sides[1].append(here)
        if a * b < 0:
            cut = here + a / (a - b) * (there - here)
            sides[0].append(cut)
            sides[1].append(cut)
    halves = [np.array(side) for side in sides]
    whole = [half for half in halves if len(half) > 2 and _area(half) > CLOSE * size * size]
    return whole if len(whole) == 2 else [corners]


def _area(corners: Array) -> float:
    x, y = corners[:, 0], corners[:, 1]
    return abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2


# --- bounds -----------------------------------------------------------------------------------------------------------


def most_of_one_layer(inputs: int, units: int) -> int:
    """Σ_{j ≤ inputs} C(units, j): into so many regions as most do `units` hyperplanes cut a space (Zaslavsky 1975)."""
    return sum(math.comb(units, j) for j in range(min(inputs, units) + 1))


def upper_bound(inputs: int, widths: Sequence[int]) -> int:
    """∏ over the layers of Σ_{j ≤ d} C(n, j), where d is the least width so far (Montúfar 2017, proposition 3)."""
    bound, least = 1, inputs
    for units in widths:
        bound *= most_of_one_layer(least, units)
        least = min(least, units)
    return bound


def lower_bound(inputs: int, widths: Sequence[int]) -> int:
    """What some network of these widths reaches at least: ∏_{l<L} ⌊n_l / n_0⌋^{n_0} · Σ_{j ≤ n_0} C(n_L, j) (Montúfar,
    Pascanu, Cho, Bengio 2014, theorem 4); 1 where a layer is narrower than the input."""
    if not widths or min(widths) < inputs:
        return 1
    folds = math.prod((units // inputs) ** inputs for units in widths[:-1])
    return folds * most_of_one_layer(inputs, widths[-1])


def parameters_of(inputs: int, widths: Sequence[int], outputs: int) -> int:
    """Weights and biases of the stack."""
    sizes = [inputs, *widths, outputs]
    return sum((fan_in + 1) * units for fan_in, units in pairwise(sizes))
