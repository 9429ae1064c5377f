"""The geometry that the pooling ops share: which inputs lie in which window, for one, two or three dimensions.

Attributes: `kernel`, `stride` (default: the kernel), `pads` (before and behind, default none), `ceil` (whether a last
window that is only partly filled counts too, as in PyTorch's ceil_mode).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from engine.errors import ShapeError
from engine.machine.pointers import load
from engine.ops.loops import inline
from engine.ops.op import Shape, require
from engine.windows import pooled_size

if TYPE_CHECKING:
    from engine.graph import Call

Pads = tuple[tuple[int, int], ...]


@inline
def first_fit(place, stride, before):
    """The first window x whose element at `place` is no padding: x·stride + place − before ≥ 0."""
    return max(0, (before - place + stride - 1) // stride)


@inline
def last_fit(place, stride, before, size, windows):
    """The end of the windows x whose element at `place` is no padding: x·stride + place − before < size."""
    return min(windows, (size + before - place + stride - 1) // stride)


@inline
def covered(window, kernel, stride, before, behind, size, padded):
    """Elements of a window along one dimension, with the padding or without."""
    start = window * stride - before
    if padded:
        return min(start + kernel, size + behind) - start
    return min(start + kernel, size) - max(start, 0)


@inline
def axis(args, first, dimension):
    """size, windows, kernel, stride and padding before of dimension 0, 1 or 2 from `pool_sizes` at args[first…]."""
    at = first + 1 + dimension
    return load(args, at), load(args, at + 3), load(args, at + 6), load(args, at + 9), load(args, at + 12)


def window_settings(attrs: dict[str, Any]) -> tuple[Shape, Shape, Pads]:
    """kernel, stride and pads, one for each dimension."""
    kernel = attrs["kernel"]
    return kernel, attrs.get("stride", kernel), attrs.get("pads", ((0, 0),) * len(kernel))


def pooled_shape(x: Shape, **attrs: Any) -> Shape:
    """Shape of what pooling makes of x. Raises ShapeError."""
    kernel, stride, pads = window_settings(attrs)
    rank = len(kernel)
    require(len(x) == rank + 2 and 1 <= rank <= 3, f"pooling takes (rows, channels, sizes…), but x is {x} and the "
            f"window {kernel}", "x", rank + 2, x)  # fmt: skip
    require(len(stride) == len(pads) == rank and min(*kernel, *stride) >= 1, f"window {kernel}, stride {stride} and "
            f"paddings {pads} do not fit together", "x")  # fmt: skip
    require(all(0 <= max(each) < k for each, k in zip(pads, kernel, strict=True)) and min(map(min, pads)) >= 0,
            f"paddings {pads} must be smaller than the window {kernel}: it would hold nothing", "x")  # fmt: skip
    ceil = attrs.get("ceil", False)
    sizes = tuple(pooled_size(*each, ceil) for each in zip(x[2:], kernel, stride, pads, strict=True))
    if min(sizes) < 1 or 0 in x:
        raise ShapeError(f"a window of {kernel} does not fit into {x[2:]} with paddings {pads}", "x", kernel, x[2:])
    return (*x[:2], *sizes)


def unpooled_shape(y: Shape, size: Shape, attrs: dict[str, Any], port: str = "dy") -> Shape:
    """Shape of the input of which pooling makes y. Raises ShapeError."""
    require(len(y) == len(size) + 2, f"{port} {y} and size {size} must have the same dimensions", port, None, y)
    x = (*y[:2], *size)
    want = pooled_shape(x, **attrs)
    require(y == want, f"{port} must be {want} for an input of {x}, but is {y}", port, want, y)
    return x


def pool_sizes(x: Shape, y: Shape, attrs: dict[str, Any]) -> list[int]:
    """Planes, then sizes, windows, kernel, stride, pads before and pads behind, three of each."""
    kernel, stride, pads = window_settings(attrs)
    missing = 3 - len(kernel)
    ones, none = [1] * missing, [0] * missing
    return [
        math.prod(x[:2]), *ones, *x[2:], *ones, *y[2:], *ones, *kernel, *ones, *stride,
        *none, *(before for before, _ in pads), *none, *(behind for _, behind in pads),
    ]  # fmt: skip


def sizes_to_pool(call: Call) -> list[int]:
    """`sizes` of an op whose first input is pooled."""
    return pool_sizes(call.inputs[0].shape, call.outputs[0].shape, call.attrs)


def sizes_to_unpool(call: Call) -> list[int]:
    """`sizes` of an op whose first output has the shape of what was pooled."""
    return pool_sizes(call.outputs[0].shape, call.inputs[0].shape, call.attrs)


def without_size(attrs: dict[str, Any]) -> dict[str, Any]:
    """The attributes of a gradient without the one that pooling itself does not have."""
    return {name: value for name, value in attrs.items() if name != "size"}


def windows(size: Shape, y_size: Shape, attrs: dict[str, Any]) -> Iterator[tuple[Shape, tuple[slice, ...]]]:
    """Every window's place and its slices of the input, padding left out."""
    kernel, stride, pads = window_settings(attrs)
    for place in itertools.product(*map(range, y_size)):
        starts = [i * s - p for i, s, (p, _) in zip(place, stride, pads, strict=True)]
        yield place, tuple(slice(max(0, a), min(a + k, n)) for a, k, n in zip(starts, kernel, size, strict=True))


def window_of(shape: Shape, place: Shape, attrs: dict[str, Any]) -> tuple[Any, ...]:
    """Index of the inputs in the window behind output `place` of (row, channel, …)."""
    kernel, stride, pads = window_settings(attrs)
    starts = [i * s - p for i, s, (p, _) in zip(place[2:], stride, pads, strict=True)]
    return (*place[:2], *(slice(max(0, a), min(a + k, n)) for a, k, n in zip(starts, kernel, shape[2:], strict=True)))
