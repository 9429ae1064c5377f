"""Resizing by interpolation: along each dimension in turn, a matrix of weights that follows from the sizes alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from engine.graph import Value
from tests.onnx.adapter import Adapter, Node, maps


@dataclass(frozen=True)
class Axis:
    """One dimension: `size` samples become `count`, by `scale`; `start` and `stop` bound the region of interest."""

    size: int
    count: int
    scale: float
    start: float = 0.0
    stop: float = 1.0

    def places(self, mode: str) -> np.ndarray:
        """Where each result lies among the samples."""
        i, n, m = np.arange(self.count, dtype=float), self.size, self.size * self.scale  # m need not be whole
        half = (i + 0.5) / self.scale - 0.5
        if mode == "half_pixel" or (mode == "pytorch_half_pixel" and m > 1):
            return half
        if mode == "half_pixel_symmetric":
            return n / 2 * (1 - self.count / m) + half
        if mode == "asymmetric":
            return i / self.scale
        if mode == "tf_crop_and_resize":
            if m == 1:
                return np.full(self.count, 0.5 * (self.start + self.stop) * (n - 1))
            return self.start * (n - 1) + i * (self.stop - self.start) * (n - 1) / (m - 1)
        return i * (n - 1) / (m - 1) if mode == "align_corners" and m > 1 else np.zeros(self.count)


NEAREST: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "round_prefer_floor": lambda x: np.ceil(x - 0.5),
    "round_prefer_ceil": lambda x: np.floor(x + 0.5),
    "floor": np.floor,
    "ceil": np.ceil,
}


def linear(distance: np.ndarray, a: float) -> np.ndarray:
    """Weight of a sample by its distance: a triangle."""
    return np.clip(1 - np.abs(distance), 0, 1)


def cubic(distance: np.ndarray, a: float) -> np.ndarray:
    """Weight of a sample by its distance: Keys' cubic (Keys 1981)."""
    d = np.abs(distance)
    near = ((a + 2) * d - (a + 3)) * d * d + 1
    far = ((a * d - 5 * a) * d + 8 * a) * d - 4 * a
    return np.where(d <= 1, near, np.where(d < 2, far, 0))


def weights(axis: Axis, node: Node, places: np.ndarray) -> np.ndarray:
    """(results, samples): how much of each sample is in each result."""
    function, reach = (linear, 1) if node.attrs["mode"] == "linear" else (cubic, 2)
    shrink = min(1.0, axis.scale) if node.get("antialias") else 1.0
    reach = math.ceil(reach / shrink)
    matrix = np.zeros((axis.count, axis.size))
    for i, place in enumerate(places):
        samples = np.arange(math.floor(place) - reach + 1, math.floor(place) + reach + 1)
        parts = function((samples - place) * shrink, node.get("cubic_coeff_a", -0.75))
        if node.get("exclude_outside"):
            parts = np.where((samples >= 0) & (samples < axis.size), parts, 0)
        np.add.at(matrix[i], np.clip(samples, 0, axis.size - 1), parts / parts.sum())
    return matrix


@maps("Resize")
def resize(g: Adapter, node: Node, x: Value, roi: Value | None = None, scales: Value | None = None,
           sizes: Value | None = None) -> Value:  # fmt: skip
    if node.opset < 11:
        scales, roi = roi, None
    rank = len(x.shape)
    where = [axis % rank for axis in node.get("axes", range(rank))]
    mode = node.get("coordinate_transformation_mode", "half_pixel" if node.opset >= 11 else "asymmetric")
    crops = mode == "tf_crop_and_resize"
    region = g.known(roi).tolist() if crops and roi is not None else [0.0] * len(where) + [1.0] * len(where)
    found = counts(g, node, [x.shape[axis] for axis in where], scales, sizes)
    outside = np.zeros(())
    for k, (dim, (count, scale)) in enumerate(zip(where, found, strict=True)):
        axis = Axis(x.shape[dim], count, scale, region[k], region[k + len(where)])
        if (axis.size, axis.start, axis.stop) == (count, 0.0, 1.0) and scale == 1:
            continue
        places = axis.places(mode)
        if crops:
            beyond = (places < 0) | (places > axis.size - 1)
            outside = np.maximum(outside, beyond.reshape(count, *(1,) * (rank - dim - 1)).astype(float))
        x = along(g, node, x, dim, axis, places)
    value = g.number(node.get("extrapolation_value", 0.0))
    return g.choose(g.given(outside), value, x) if outside.any() else x


def along(g: Adapter, node: Node, x: Value, dim: int, axis: Axis, places: np.ndarray) -> Value:
    """`x` with new samples at `places` along one dimension."""
    if node.get("mode", "nearest") == "nearest":
        rule = "round_prefer_floor" if node.opset >= 11 else "floor"
        nearest = NEAREST[node.get("nearest_mode", rule)](places)
        return g.take(x, np.clip(nearest, 0, axis.size - 1), dim)
    rest = [k for k in range(len(x.shape)) if k != dim]
    order = [*rest, dim]
    rows = g.reshape(g.moved(x, order), shape=(x.size // axis.size, axis.size))
    y = g.matmul(rows, g.given(weights(axis, node, places)), tb=True)
    shaped = g.reshape(y, shape=(*(x.shape[k] for k in rest), axis.count))
    return g.moved(shaped, [order.index(k) for k in range(len(order))])


def counts(
    g: Adapter, node: Node, own: list[int], scales: Value | None, sizes: Value | None
) -> list[tuple[int, float]]:
    """How many samples each dimension gets, and by which factor."""
    if scales is not None and scales.size:
        factors = [float(number) for number in g.known(scales)]
        return [(math.floor(n * factor), factor) for n, factor in zip(own, factors, strict=True)]
    wanted = g.ints(sizes) if sizes is not None else own
    policy = node.get("keep_aspect_ratio_policy", "stretch")
    ratios = [m / n for m, n in zip(wanted, own, strict=True)]
    if policy == "stretch":
        return list(zip(wanted, ratios, strict=True))
    factor = min(ratios) if policy == "not_larger" else max(ratios)
    return [(math.floor(n * factor + 0.5), factor) for n in own]


@maps("Upsample")
def upsample(g: Adapter, node: Node, x: Value, scales: Value | None = None) -> Value:
    """What Resize was called before opset 10."""
    given = g.given(node.attrs["scales"], "float32") if scales is None else scales
    return resize(g, Node("Resize", {"mode": "nearest", **node.attrs}, node.wanted, 10), x, given)
